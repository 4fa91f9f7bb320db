#pragma once
// The frames that wait until a TCP connection takes more: bounded by bytes and age, in blocks that
// all connections share.
// Hot path: no allocation per packet (blocks are allocated in groups, and used again).

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "counters.h"
#include "frame-reader.h"
#include "transmit.h"

namespace packet_io {

// One waiting frame with its header.
struct FrameBlock {
  int32_t next;
  uint32_t length;
  // Microseconds of the monotonic clock.
  int64_t since;
  uint8_t bytes[kFrameHeader + kMaxFrame];
};

class FrameBlocks {
 public:
  // A free block, or -1 when all connections together use as many as they may.
  int32_t take();
  void release(int32_t block);
  // The bytes that one connection may use: a share of what is free, so that many peers that do not
  // read leave room for others (dynamic thresholds of Choudhury and Hahne, 1998).
  size_t share() const { return (kMaxGroups * kGroup - used_) * kMaxFrame / kShares; }
  FrameBlock& at(int32_t block) {
    auto index = static_cast<size_t>(block);
    return groups_[index / kGroup][index % kGroup];
  }

 private:
  static constexpr size_t kGroup = 64;
  // 17 MB.
  static constexpr size_t kMaxGroups = 128;
  static constexpr size_t kShares = 8;

  std::vector<std::unique_ptr<FrameBlock[]>> groups_;
  int32_t free_ = -1;
  size_t used_ = 0;
};

class FrameQueue {
 public:
  bool empty() const { return bytes_ == 0 && begunLength_ == 0; }

  struct Bounds {
    FrameBlocks* blocks;
    Counters* counters;
    size_t bytes;
    // Microseconds.
    int64_t age;
  };

  // The first bytes of a frame have left, and these are the others. Only into an empty queue.
  void begin(const uint8_t* rest, size_t length);
  // Adds a frame. Less urgent frames are dropped for it; it is dropped itself when it finds no room.
  void add(const Bounds& bounds, const uint8_t* frame, size_t length, Urgency urgency, int64_t now);
  // The bytes to send next; `*length` is 0 when none wait. A begun frame is finished first, then the
  // most urgent kind follows.
  const uint8_t* next(const Bounds& bounds, size_t* length, int64_t now);
  // The connection took that many of them. True when this ended the frame.
  bool sent(size_t bytes);
  void clear(const Bounds& bounds);

 private:
  struct List {
    int32_t first = -1;
    int32_t last = -1;
  };
  void dropOld(const Bounds& bounds, int64_t now);
  void dropFirst(const Bounds& bounds, size_t urgency);
  int32_t takeFirst(const Bounds& bounds, size_t urgency);

  List lists_[kUrgencies];
  size_t bytes_ = 0;
  // The frame that leaves now, and its bytes that left. It has memory of its own: a stream whose
  // frame stays incomplete is lost.
  uint8_t begun_[kFrameHeader + kMaxFrame];
  size_t begunLength_ = 0;
  size_t begunSent_ = 0;
};

void countTcpDrop(Counters* counters, Urgency urgency);

}  // namespace packet_io
