#pragma once
// Decides when to read the socket: at each arrival, or, above some rate, at intervals, as network
// cards moderate their interrupts. A wake-up costs as much as sending a packet, and packets read
// together leave together, in longer runs.
// Hot path: no allocation per packet.

#include <cstdint>

namespace packet_io {

class Moderation {
 public:
  // Messages in and out per second, above which the socket is read at intervals; below half of it,
  // at each arrival again.
  void moderateAbove(int64_t messages) { enterAt_ = messages; }

  // Called after each reading, with the messages read and the messages sent as a result. `now` is
  // microseconds.
  void note(uint64_t work, int64_t now) {
    work_ += work;
    int64_t elapsed = now - since_;
    if (elapsed < kWindow) return;
    active_ = static_cast<int64_t>(work_) * 2000000 >= (active_ ? enterAt_ : 2 * enterAt_) * elapsed;
    since_ = now;
    work_ = 0;
  }
  bool active() const { return active_; }

  // Microseconds between readings: the time in which the last packets of a frame arrive, below what
  // a person notices.
  static constexpr int64_t kInterval = 1000;

 private:
  static constexpr int64_t kWindow = 10000;

  int64_t enterAt_ = 0;
  int64_t since_ = 0;
  uint64_t work_ = 0;
  bool active_ = false;
};

}  // namespace packet_io
