#pragma once
// The memory shared by the addon and JavaScript: one mapping, so that one ArrayBuffer covers all of
// it.
//
//   | received records | send descriptors | session addresses | sender addresses | receive slots | caller's bytes |

#include <cstddef>
#include <cstdint>

namespace packet_io {

struct ArenaLayout {
  size_t sessions;
  size_t receiveMessages;
  size_t sendCapacity;
  size_t callerBytes;
};

class Arena {
 public:
  // Null when the system has no memory for it.
  static Arena* create(const ArenaLayout& layout);
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // JavaScript may hold the buffer longer than the socket lives: the last release unmaps it.
  void retain() { references_++; }
  void release();

  uint8_t* bytes() const { return bytes_; }
  size_t length() const { return length_; }
  size_t receivedOffset() const { return 0; }
  size_t receivedCapacity() const { return receivedCapacity_; }
  size_t sendsOffset() const { return sendsOffset_; }
  size_t sessionAddressOffset(size_t session) const;
  size_t messageAddressOffset(size_t message) const;
  size_t slotOffset(size_t message) const;
  size_t callerOffset() const { return callerOffset_; }

  int32_t* received() const { return reinterpret_cast<int32_t*>(bytes_); }
  int32_t* sends() const { return reinterpret_cast<int32_t*>(bytes_ + sendsOffset_); }

  // Holds the largest UDP payload, and so one GRO message.
  static constexpr size_t kSlotBytes = 65536;
  // The kernel joins at most 64 datagrams (UDP_GRO_CNT_MAX).
  static constexpr size_t kSegmentsPerMessage = 64;
  // Room in a batch for DTLS events besides datagrams; further events wait for the next batch.
  static constexpr size_t kEventRecords = 64;

 private:
  Arena() = default;
  ~Arena() = default;

  uint8_t* bytes_ = nullptr;
  size_t length_ = 0;
  size_t receivedCapacity_ = 0;
  size_t sendsOffset_ = 0;
  size_t sessionAddressesOffset_ = 0;
  size_t messageAddressesOffset_ = 0;
  size_t slotsOffset_ = 0;
  size_t callerOffset_ = 0;
  int references_ = 1;
};

}  // namespace packet_io
