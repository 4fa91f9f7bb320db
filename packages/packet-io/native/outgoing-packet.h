#pragma once
// One send descriptor turned into the plain packet it describes.
// Hot path: no allocation per packet.

#include <cstddef>
#include <cstdint>

namespace packet_io {

// Why a descriptor cannot be sent. Each is a mistake of whoever wrote it, not of a peer.
const char* checkDescriptor(const int32_t* words, const uint8_t* arena, size_t arenaLength);

// Length of the plain packet before padding.
size_t plainLength(const int32_t* words);

// The most bytes of RTP padding that may follow: 0 for RTCP and for what may be sent again and must be the same then, and
// less where the packet is padded already.
size_t maxPadding(const int32_t* words, const uint8_t* arena);

struct OutgoingRtp {
  size_t headerLength;
  // The payload: still in the arena when nothing of it changes, else right behind the header in the output.
  const uint8_t* payload;
  size_t payloadLength;
};

// Writes header and, where it changes, payload to `out`, with `padding` bytes of RTP padding (RFC 3550 section 5.1).
OutgoingRtp writeRtp(const int32_t* words, const uint8_t* arena, size_t padding, uint8_t* out);

}  // namespace packet_io
