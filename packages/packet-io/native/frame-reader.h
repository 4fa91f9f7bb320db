#pragma once
// Cuts a byte stream into the frames of RFC 4571: a length of 16 bits, then a datagram.
// Hot path: no allocation per packet.

#include <cstddef>
#include <cstdint>

namespace packet_io {

constexpr size_t kFrameHeader = 2;
// WebRTC peers stay below 1,500 bytes: a longer frame is another protocol.
constexpr size_t kMaxFrame = 2048;

class FrameReader {
 public:
  // Copies the beginning of an incomplete frame, which earlier bytes left here, to `slot`. The next
  // bytes of the stream belong directly after it. Returns its length, less than a frame's.
  size_t resume(uint8_t* slot) const;

  // Keeps the incomplete frame at the end of these bytes, and returns the number of bytes before it:
  // whole frames. kOversize when a frame is too long; nothing is kept then.
  size_t cut(const uint8_t* slot, size_t length);

  static constexpr size_t kOversize = SIZE_MAX;

 private:
  size_t length_ = 0;
  uint8_t bytes_[kFrameHeader + kMaxFrame];
};

}  // namespace packet_io
