#pragma once
// The authentication tags of a stream's last packets, by index. They allow to send a packet again,
// and no other packet under its number.
// Hot path: no allocation per packet.

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace packet_io {

class SentTags {
 public:
  void keep(uint64_t index, const uint8_t* tag, size_t length) {
    Sent& sent = sent_[index % kPackets];
    sent.index = index;
    memcpy(sent.tag, tag, length);
  }

  bool holds(uint64_t index) const { return sent_[index % kPackets].index == index; }

  // Whether the packet sent under this index had this tag: then header and payload are the same.
  bool matches(uint64_t index, const uint8_t* tag, size_t length) const {
    return holds(index) && memcmp(sent_[index % kPackets].tag, tag, length) == 0;
  }

 private:
  // 2.5 s of sound; half a second of video at 2.5 Mbit/s. Three kilobytes.
  static constexpr size_t kPackets = 128;
  static constexpr size_t kLongestTag = 16;
  static constexpr uint64_t kNone = ~uint64_t{0};

  struct Sent {
    uint64_t index = kNone;
    uint8_t tag[kLongestTag];
  };
  Sent sent_[kPackets];
};

}  // namespace packet_io
