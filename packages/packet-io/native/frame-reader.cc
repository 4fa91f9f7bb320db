#include "frame-reader.h"

#include <cstring>

#include "bytes.h"

namespace packet_io {

size_t FrameReader::resume(uint8_t* slot) const {
  memcpy(slot, bytes_, length_);
  return length_;
}

size_t FrameReader::cut(const uint8_t* slot, size_t length) {
  size_t at = 0;
  length_ = 0;
  while (at + kFrameHeader <= length) {
    size_t frame = readUint16(slot + at);
    if (frame > kMaxFrame) return kOversize;
    if (at + kFrameHeader + frame > length) break;
    at += kFrameHeader + frame;
  }
  length_ = length - at;
  memcpy(bytes_, slot + at, length_);
  return at;
}

}  // namespace packet_io
