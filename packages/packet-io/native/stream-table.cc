#include "stream-table.h"

namespace packet_io {

namespace {
constexpr size_t kFirstSlots = 16;
constexpr uint16_t kHalf = 0x8000;
constexpr size_t kCacheLine = 64;
}  // namespace

uint64_t IndexWindow::estimate(uint16_t sequenceNumber) const {
  if (!started_) return sequenceNumber;
  uint64_t rollover = highest_ >> 16;
  auto last = static_cast<uint16_t>(highest_);
  if (last < kHalf) {
    // Before the first rollover there is no lower one.
    if (sequenceNumber - last > kHalf && rollover > 0) rollover--;
  } else if (last - kHalf > sequenceNumber) {
    rollover++;
  }
  return (rollover & 0xffffffff) << 16 | sequenceNumber;
}

bool IndexWindow::isFresh(uint64_t index) const {
  if (!started_ || index > highest_) return true;
  if (highest_ - index >= kBits) return false;
  return (bits_[index / 64 % (kBits / 64)] >> (index % 64) & 1) == 0;
}

void IndexWindow::commit(uint64_t index) {
  if (!started_) {
    started_ = true;
    highest_ = index;
  } else if (index > highest_) {
    // Bits are addressed by index modulo the window, so only the skipped bits are cleared.
    if (index - highest_ >= kBits) {
      for (uint64_t& word : bits_) word = 0;
    } else {
      for (uint64_t skipped = highest_ + 1; skipped < index; skipped++) {
        bits_[skipped / 64 % (kBits / 64)] &= ~(1ull << (skipped % 64));
      }
    }
    highest_ = index;
  }
  bits_[index / 64 % (kBits / 64)] |= 1ull << (index % 64);
}

IndexWindow* StreamTable::find(uint32_t ssrc) {
  if (slots_.empty()) return nullptr;
  int32_t stream = slots_[slotOf(ssrc)];
  if (stream < 0) return nullptr;
  streams_[stream].recent = true;
  return &streams_[stream].window;
}

IndexWindow* StreamTable::findOrAdd(uint32_t ssrc) {
  if (IndexWindow* window = find(ssrc)) return window;
  if (streams_.size() >= limit_) return nullptr;
  if ((streams_.size() + 1) * 2 > slots_.size()) grow();
  slots_[slotOf(ssrc)] = static_cast<int32_t>(streams_.size());
  streams_.push_back({ssrc, false, {}, nullptr});
  return &streams_.back().window;
}

SentTags* StreamTable::tagsOf(uint32_t ssrc) {
  Stream& stream = streams_[slots_[slotOf(ssrc)]];
  if (stream.tags == nullptr) stream.tags = std::make_unique<SentTags>();
  return stream.tags.get();
}

IndexWindow* StreamTable::findOrReplace(uint32_t ssrc) {
  if (IndexWindow* window = findOrAdd(ssrc)) return window;
  // Second-chance eviction: the hand passes over a stream that was looked up since its last round.
  for (;; hand_++) {
    if (hand_ >= streams_.size()) hand_ = 0;
    if (!streams_[hand_].recent) break;
    streams_[hand_].recent = false;
  }
  remove(streams_[hand_].ssrc);
  replaced_++;
  return findOrAdd(ssrc);
}

void StreamTable::prefetchStream(uint32_t ssrc) const {
  if (slots_.empty()) return;
  int32_t stream = slots_[firstSlotOf(ssrc)];
  if (stream < 0) return;
  const char* bytes = reinterpret_cast<const char*>(&streams_[static_cast<size_t>(stream)]);
  for (size_t line = 0; line < sizeof(Stream); line += kCacheLine) __builtin_prefetch(bytes + line);
}

void StreamTable::remove(uint32_t ssrc) {
  if (slots_.empty()) return;
  size_t slot = slotOf(ssrc);
  int32_t stream = slots_[slot];
  if (stream < 0) return;
  vacate(slot);
  // The last stream takes its place.
  auto last = static_cast<int32_t>(streams_.size()) - 1;
  if (stream != last) {
    slots_[slotOf(streams_[last].ssrc)] = stream;
    streams_[stream] = std::move(streams_[last]);
  }
  streams_.pop_back();
}

void StreamTable::grow() {
  slots_.assign(slots_.empty() ? kFirstSlots : slots_.size() * 2, -1);
  for (size_t i = 0; i < streams_.size(); i++) slots_[slotOf(streams_[i].ssrc)] = static_cast<int32_t>(i);
}

size_t StreamTable::slotOf(uint32_t ssrc) const {
  size_t mask = slots_.size() - 1;
  size_t slot = firstSlotOf(ssrc);
  while (slots_[slot] >= 0 && streams_[slots_[slot]].ssrc != ssrc) slot = (slot + 1) & mask;
  return slot;
}

// Linear probing: the entries behind move up, as far as their own slot allows.
void StreamTable::vacate(size_t slot) {
  size_t mask = slots_.size() - 1;
  slots_[slot] = -1;
  for (size_t next = (slot + 1) & mask; slots_[next] >= 0; next = (next + 1) & mask) {
    int32_t stream = slots_[next];
    slots_[next] = -1;
    slots_[slotOf(streams_[stream].ssrc)] = stream;
  }
}

}  // namespace packet_io
