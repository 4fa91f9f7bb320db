#include "budget.h"

#include <openssl/rand.h>

#include <cstdlib>
#include <cstring>

namespace packet_io {

namespace {

// An RTCP packet costs JavaScript several times as much as an RTP packet: the engine parses all of
// it and answers.
constexpr int64_t kRtcpWeight = 4;
// Dropped packets further apart are not one flood, microseconds.
constexpr int64_t kPause = 1000000;
// 32 KB: a flood from one address affects one in 4,096 other addresses.
constexpr size_t kStrangers = 4096;

int64_t costOf(double perSecond) { return static_cast<int64_t>(1e9 / perSecond); }

}  // namespace

Budgets::Budgets(const IncomingBudget& budget)
    : packetCost_(costOf(budget.packets)),
      byteCost_(static_cast<int64_t>(8e9 / budget.bits)),
      stunCost_(costOf(budget.stun)),
      dtlsCost_(costOf(budget.dtls)),
      strangerCost_(costOf(budget.strangerStun)),
      strangersCost_(costOf(budget.strangersStun)),
      patience_(static_cast<int64_t>(budget.patience * 1000)),
      strangers_(kStrangers) {
  if (RAND_bytes(reinterpret_cast<uint8_t*>(&seed_), sizeof seed_) != 1) std::abort();
}

Verdict Budgets::media(SessionBudget* session, bool rtcp, size_t length, int64_t now) const {
  int64_t at = now * 1000;
  int64_t packetCost = rtcp ? kRtcpWeight * packetCost_ : packetCost_;
  int64_t bitCost = static_cast<int64_t>(length) * byteCost_;
  if (session->packets.fits(at, packetCost) && session->bits.fits(at, bitCost)) {
    session->packets.add(at, packetCost);
    session->bits.add(at, bitCost);
    return Verdict::Pass;
  }
  if (session->floodSince == 0 || now - session->droppedAt > kPause) session->floodSince = now;
  session->droppedAt = now;
  if (session->reported || now - session->floodSince < patience_) return Verdict::Drop;
  session->reported = true;
  return Verdict::Report;
}

bool Budgets::strangerStun(const Address& from, int64_t now) {
  int64_t at = now * 1000;
  Bucket& own = strangers_[placeOf(from)];
  // The excess of one address takes nothing from the others.
  if (!own.fits(at, strangerCost_) || !allStrangers_.fits(at, strangersCost_)) return false;
  own.add(at, strangerCost_);
  allStrangers_.add(at, strangersCost_);
  return true;
}

// An IPv6 host is counted by its network: it has 2^64 addresses of its own.
size_t Budgets::placeOf(const Address& from) const {
  uint64_t network = 0;
  memcpy(&network, from.remote, from.family == 4 ? 4 : 8);
  uint64_t mixed = (network ^ seed_) * 0x9e3779b97f4a7c15u;
  mixed = (mixed ^ mixed >> 32) * 0xd6e8feb86659fd93u;
  return static_cast<size_t>(mixed >> 52) % kStrangers;
}

}  // namespace packet_io
