#pragma once
// Limits the use of the process by one peer, before a packet costs JavaScript anything.
// Hot path: no allocation per packet.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "address.h"

namespace packet_io {

// Per second; the amount of one second may arrive at once.
struct IncomingBudget {
  // Per session: authentic RTP and RTCP.
  double packets;
  double bits;
  // Per session: datagrams that are processed before they are authenticated.
  double stun;
  double dtls;
  // STUN from addresses of no session: per address, and from all.
  double strangerStun;
  double strangersStun;
  // Milliseconds that a session may exceed its budget of RTP and RTCP before it is reported.
  double patience;
};

// A leaky bucket in its virtual scheduling form (ITU-T I.371): one number, no timer.
class Bucket {
 public:
  // `cost` is the share of the packet in a second, in nanoseconds; `now` is nanoseconds of a
  // monotonic clock.
  bool fits(int64_t now, int64_t cost) const { return (until_ > now ? until_ - now : 0) + cost <= kDepth; }
  void add(int64_t now, int64_t cost) { until_ = (until_ > now ? until_ : now) + cost; }
  bool take(int64_t now, int64_t cost) {
    if (!fits(now, cost)) return false;
    add(now, cost);
    return true;
  }

 private:
  static constexpr int64_t kDepth = 1000000000;
  // The time at which it is empty.
  int64_t until_ = 0;
};

// The budget of one session.
struct SessionBudget {
  Bucket packets;
  Bucket bits;
  Bucket stun;
  Bucket dtls;
  // The first and the last packet dropped without a pause of a second, microseconds.
  int64_t floodSince = 0;
  int64_t droppedAt = 0;
  bool reported = false;
};

enum class Verdict { Pass, Drop, Report };

class Budgets {
 public:
  explicit Budgets(const IncomingBudget& budget);
  // `now` is in microseconds. Report is returned once for each session; the packet is to be
  // dropped.
  Verdict media(SessionBudget* session, bool rtcp, size_t length, int64_t now) const;
  bool stun(SessionBudget* session, int64_t now) const { return session->stun.take(now * 1000, stunCost_); }
  bool dtls(SessionBudget* session, int64_t now) const { return session->dtls.take(now * 1000, dtlsCost_); }
  bool strangerStun(const Address& from, int64_t now);

 private:
  size_t placeOf(const Address& from) const;

  int64_t packetCost_;
  int64_t byteCost_;
  int64_t stunCost_;
  int64_t dtlsCost_;
  int64_t strangerCost_;
  int64_t strangersCost_;
  int64_t patience_;
  uint64_t seed_;
  // By hash of the address: two addresses with one place share its budget; an attacker without the
  // seed cannot cause this.
  std::vector<Bucket> strangers_;
  Bucket allStrangers_;
};

}  // namespace packet_io
