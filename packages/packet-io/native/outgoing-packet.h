#pragma once
// Turns one send descriptor into the plain packet that it describes.
// Hot path: no allocation per packet.

#include <cstddef>
#include <cstdint>

#include "header-extensions.h"

namespace packet_io {

// The reason why a descriptor cannot be sent. Each is a mistake of the caller, not of a peer. Notes
// the length of an RTP header in the descriptor.
const char* checkDescriptor(int32_t* words, const uint8_t* arena, size_t arenaLength);

// Length of the plain packet before padding. `ids`: null for a receiver with the stored ids.
size_t plainLength(const int32_t* words, const uint8_t* arena, const ExtensionIds* ids);

// The most bytes of RTP padding that may follow: 0 for RTCP and for a packet that may be sent again
// and must be the same then, and less where the packet is padded already.
size_t maxPadding(const int32_t* words, const uint8_t* arena);

struct OutgoingRtp {
  size_t headerLength;
  // The payload: in the arena when it is unchanged, else directly after the header in the output.
  const uint8_t* payload;
  size_t payloadLength;
};

// Of a checked descriptor. Writes the header and, if it changes, the payload to `out`, with `padding` bytes of RTP padding
// (RFC 3550 section 5.1).
OutgoingRtp writeRtp(const int32_t* words, const uint8_t* arena, const ExtensionIds* ids, size_t padding, uint8_t* out);

}  // namespace packet_io
