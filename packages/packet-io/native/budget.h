#pragma once
// How much of the process one peer may use. Checked before a packet costs JavaScript anything.
// Hot path: no allocation per packet.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "address.h"

namespace packet_io {

// Per second; a second's worth may come at once.
struct IncomingBudget {
  // Of one session: authentic RTP and RTCP.
  double packets;
  double bits;
  // Of one session: what is not authenticated before it is worked on.
  double stun;
  double dtls;
  // STUN from addresses of no session: from one of them, and from all.
  double strangerStun;
  double strangersStun;
  // Milliseconds that a session may go on above its budget of RTP and RTCP before it is reported.
  double patience;
};

// A leaky bucket in its virtual scheduling form (ITU-T I.371): one number, no timer.
class Bucket {
 public:
  // `cost` is what the packet takes of a second, in nanoseconds; so is `now`, of a monotonic clock.
  bool fits(int64_t now, int64_t cost) const { return (until_ > now ? until_ - now : 0) + cost <= kDepth; }
  void add(int64_t now, int64_t cost) { until_ = (until_ > now ? until_ : now) + cost; }
  bool take(int64_t now, int64_t cost) {
    if (!fits(now, cost)) return false;
    add(now, cost);
    return true;
  }

 private:
  static constexpr int64_t kDepth = 1000000000;
  // When it has run empty.
  int64_t until_ = 0;
};

// One session's.
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
  // `now` is in microseconds. Report comes once for each session: it is to be dropped.
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
  // By hash of the address: two that share a place share its budget, which nobody can bring about without the seed.
  std::vector<Bucket> strangers_;
  Bucket allStrangers_;
};

}  // namespace packet_io
