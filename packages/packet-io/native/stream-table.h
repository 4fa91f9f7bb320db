#pragma once
// Packet indexes per SSRC: the rollover counter, and the indexes already used (RFC 3711 sections
// 3.3.1, 3.3.2).
// Hot path: no allocation per packet (only for an SSRC never seen before).

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "sent-tags.h"

namespace packet_io {

// A window over the last 1,024 indexes, as libwebrtc uses: at 10 Mbit/s that is one second of retransmissions.
class IndexWindow {
 public:
  // The 48-bit index meant by a 16-bit sequence number, RFC 3711 appendix A.
  uint64_t estimate(uint16_t sequenceNumber) const;
  // False when the index was used before, or is too old to decide.
  bool isFresh(uint64_t index) const;
  bool isNewest(uint64_t index) const { return !started_ || index > highest_; }
  void commit(uint64_t index);

 private:
  static constexpr uint64_t kBits = 1024;
  uint64_t highest_ = 0;
  bool started_ = false;
  uint64_t bits_[kBits / 64] = {};
};

// Maps SSRC to window. Grows by doubling up to `limit`, so that a peer cannot exhaust memory with
// invented SSRCs.
class StreamTable {
 public:
  explicit StreamTable(size_t limit) : limit_(limit) {}
  // The window of an SSRC or null. Windows move when a stream is added or removed.
  IndexWindow* find(uint32_t ssrc);
  // The window of an SSRC, created when absent; null when the table is full.
  IndexWindow* findOrAdd(uint32_t ssrc);
  // The tags of a stream in the table, created when absent.
  SentTags* tagsOf(uint32_t ssrc);
  // The same for streams that may be evicted: a full table evicts one that was not looked up for a
  // while.
  IndexWindow* findOrReplace(uint32_t ssrc);
  void remove(uint32_t ssrc);
  // Prefetches the data of a look-up: first the table, then the stream's part of it.
  void prefetch() const {
    __builtin_prefetch(this);
    __builtin_prefetch(reinterpret_cast<const char*>(this + 1) - 1);
  }
  void prefetchSlot(uint32_t ssrc) const {
    if (!slots_.empty()) __builtin_prefetch(&slots_[firstSlotOf(ssrc)]);
  }
  void prefetchStream(uint32_t ssrc) const;
  size_t size() const { return streams_.size(); }
  uint64_t replaced() const { return replaced_; }

 private:
  struct Stream {
    uint32_t ssrc;
    // Looked up again since it was added, or since the hand of `findOrReplace` passed.
    bool recent;
    IndexWindow window;
    // Only for streams whose packets may be sent again.
    std::unique_ptr<SentTags> tags;
  };
  void grow();
  size_t firstSlotOf(uint32_t ssrc) const { return (ssrc * 0x9e3779b1u >> 8) & (slots_.size() - 1); }
  size_t slotOf(uint32_t ssrc) const;
  void vacate(size_t slot);

  size_t hand_ = 0;
  uint64_t replaced_ = 0;

  size_t limit_;
  std::vector<Stream> streams_;
  std::vector<int32_t> slots_;
};

}  // namespace packet_io
