#include "frame-queue.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace packet_io {

int32_t FrameBlocks::take() {
  if (free_ < 0) {
    if (groups_.size() == kMaxGroups) return -1;
    std::unique_ptr<FrameBlock[]> group(new (std::nothrow) FrameBlock[kGroup]);
    if (group == nullptr) return -1;
    auto first = static_cast<int32_t>(groups_.size() * kGroup);
    groups_.push_back(std::move(group));
    used_ += kGroup;
    for (size_t i = 0; i < kGroup; i++) release(first + static_cast<int32_t>(i));
  }
  int32_t block = free_;
  free_ = at(block).next;
  used_++;
  return block;
}

void FrameBlocks::release(int32_t block) {
  at(block).next = free_;
  free_ = block;
  used_--;
}

void countTcpDrop(Counters* counters, Urgency urgency) {
  if (urgency == Urgency::Control) counters->tcpDroppedControl++;
  if (urgency == Urgency::Audio) counters->tcpDroppedAudio++;
  if (urgency == Urgency::Video) counters->tcpDroppedVideo++;
}

void FrameQueue::begin(const uint8_t* rest, size_t length) {
  memcpy(begun_, rest, length);
  begunLength_ = length;
  begunSent_ = 0;
}

void FrameQueue::add(const Bounds& bounds, const uint8_t* frame, size_t length, Urgency urgency, int64_t now) {
  dropOld(bounds, now);
  size_t most = std::min(bounds.bytes, bounds.blocks->share());
  auto place = static_cast<size_t>(urgency);
  for (size_t lowest = kUrgencies - 1; lowest > place; lowest--) {
    while (bytes_ + length > most && lists_[lowest].first >= 0) dropFirst(bounds, lowest);
  }
  int32_t index = bytes_ + length <= most ? bounds.blocks->take() : -1;
  if (index < 0) {
    countTcpDrop(bounds.counters, urgency);
    return;
  }
  FrameBlock& block = bounds.blocks->at(index);
  memcpy(block.bytes, frame, length);
  block.length = static_cast<uint32_t>(length);
  block.since = now;
  block.next = -1;
  List& list = lists_[place];
  (list.first < 0 ? list.first : bounds.blocks->at(list.last).next) = index;
  list.last = index;
  bytes_ += length;
}

const uint8_t* FrameQueue::next(const Bounds& bounds, size_t* length, int64_t now) {
  dropOld(bounds, now);
  for (size_t urgency = 0; begunLength_ == 0 && urgency < kUrgencies; urgency++) {
    if (lists_[urgency].first < 0) continue;
    int32_t index = takeFirst(bounds, urgency);
    begin(bounds.blocks->at(index).bytes, bounds.blocks->at(index).length);
    bounds.blocks->release(index);
  }
  *length = begunLength_ - begunSent_;
  return begun_ + begunSent_;
}

bool FrameQueue::sent(size_t bytes) {
  begunSent_ += bytes;
  if (begunSent_ < begunLength_) return false;
  begunLength_ = begunSent_ = 0;
  return true;
}

void FrameQueue::clear(const Bounds& bounds) {
  for (size_t urgency = 0; urgency < kUrgencies; urgency++) {
    while (lists_[urgency].first >= 0) bounds.blocks->release(takeFirst(bounds, urgency));
  }
  begunLength_ = begunSent_ = 0;
}

void FrameQueue::dropOld(const Bounds& bounds, int64_t now) {
  for (size_t urgency = 0; urgency < kUrgencies; urgency++) {
    while (lists_[urgency].first >= 0 && now - bounds.blocks->at(lists_[urgency].first).since > bounds.age) {
      bounds.counters->tcpDroppedTooOld++;
      dropFirst(bounds, urgency);
    }
  }
}

void FrameQueue::dropFirst(const Bounds& bounds, size_t urgency) {
  bounds.blocks->release(takeFirst(bounds, urgency));
  countTcpDrop(bounds.counters, static_cast<Urgency>(urgency));
}

int32_t FrameQueue::takeFirst(const Bounds& bounds, size_t urgency) {
  List& list = lists_[urgency];
  int32_t index = list.first;
  const FrameBlock& block = bounds.blocks->at(index);
  list.first = block.next;
  bytes_ -= block.length;
  return index;
}

}  // namespace packet_io
