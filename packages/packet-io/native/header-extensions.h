#pragma once
// The header extensions of stored packets under the ids that another receiver negotiated.
// Hot path: no allocation per packet.

#include <cstddef>
#include <cstdint>

namespace packet_io {

// By the id of an element in stored packets, 1 to 14: the receiver's id, 0 when it takes none.
struct ExtensionIds {
  uint8_t of[16];
};

// Bytes before the payload for this receiver. Of a checked descriptor of RTP; never more than in
// the stored packet.
size_t rewrittenHeaderLength(const ExtensionIds& ids, const int32_t* words, const uint8_t* stored);

// Writes these bytes to `out`, with the numbers and patches of the descriptor that lie in a header
// extension; the caller writes the fixed header. Returns their length.
size_t rewriteHeader(const ExtensionIds& ids, const int32_t* words, const uint8_t* stored, uint8_t* out);

}  // namespace packet_io
