#include "arena.h"

#include <sys/mman.h>

#include "address.h"
#include "words.h"

namespace packet_io {

namespace {

// Slots of exactly 64 KiB begin in the same cache sets, and 16 packets evict each other.
constexpr size_t kSlotStride = Arena::kSlotBytes + 1088;
constexpr size_t kPage = 4096;
// A smaller area is used in small parts, and would take more memory than it needs.
constexpr size_t kHugeFrom = 16 << 20;

size_t align(size_t value, size_t to) { return (value + to - 1) / to * to; }

}  // namespace

Arena* Arena::create(const ArenaLayout& layout) {
  auto* arena = new Arena();
  arena->receivedCapacity_ = layout.receiveMessages * kSegmentsPerMessage + kEventRecords;
  arena->sendsOffset_ = align(arena->receivedCapacity_ * kReceiveWords * 4, kPage);
  arena->sessionAddressesOffset_ = align(arena->sendsOffset_ + layout.sendCapacity * kSendWords * 4, kPage);
  arena->messageAddressesOffset_ = arena->sessionAddressesOffset_ + layout.sessions * sizeof(Address);
  arena->slotsOffset_ = align(arena->messageAddressesOffset_ + layout.receiveMessages * sizeof(Address), kPage);
  arena->callerOffset_ = align(arena->slotsOffset_ + layout.receiveMessages * kSlotStride, kPage);
  arena->length_ = align(arena->callerOffset_ + layout.callerBytes, kPage);
  // Offsets are int32 words.
  if (arena->length_ > INT32_MAX) {
    delete arena;
    return nullptr;
  }
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  void* mapped = mmap(nullptr, arena->length_, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (mapped == MAP_FAILED) {
    delete arena;
    return nullptr;
  }
  arena->bytes_ = static_cast<uint8_t*>(mapped);
  // A packet store cycles through all of it: with small pages each third packet takes a page fault
  // in the first cycle, and later packets miss the address cache. A refusal changes nothing.
  if (layout.callerBytes >= kHugeFrom) {
    madvise(arena->bytes_ + arena->callerOffset_, arena->length_ - arena->callerOffset_, MADV_HUGEPAGE);
  }
  return arena;
}

void Arena::release() {
  if (--references_ > 0) return;
  munmap(bytes_, length_);
  delete this;
}

size_t Arena::sessionAddressOffset(size_t session) const { return sessionAddressesOffset_ + session * sizeof(Address); }
size_t Arena::messageAddressOffset(size_t message) const { return messageAddressesOffset_ + message * sizeof(Address); }
size_t Arena::slotOffset(size_t message) const { return slotsOffset_ + message * kSlotStride; }

}  // namespace packet_io
