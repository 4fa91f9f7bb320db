#pragma once
// The kind of a datagram, by its first byte (RFC 7983 section 7) and, for RTCP, its second (RFC
// 5761 section 4).

#include <cstddef>
#include <cstdint>

namespace packet_io {

enum class DatagramKind { Unknown, Stun, Dtls, Rtp, Rtcp };

inline DatagramKind classify(const uint8_t* bytes, size_t length) {
  constexpr size_t kStunHeader = 20;
  constexpr size_t kDtlsRecordHeader = 13;
  constexpr size_t kRtpHeader = 12;
  constexpr size_t kRtcpHeader = 8;
  if (length == 0) return DatagramKind::Unknown;
  uint8_t first = bytes[0];
  if (first <= 3) return length >= kStunHeader ? DatagramKind::Stun : DatagramKind::Unknown;
  if (first >= 20 && first <= 63) return length >= kDtlsRecordHeader ? DatagramKind::Dtls : DatagramKind::Unknown;
  if (first >= 128 && first <= 191 && length >= kRtcpHeader) {
    // RTCP packet types 192-223 are RTP payload types 64-95 with the marker bit, which muxing
    // forbids.
    if (bytes[1] >= 192 && bytes[1] <= 223) return DatagramKind::Rtcp;
    if (length >= kRtpHeader) return DatagramKind::Rtp;
  }
  return DatagramKind::Unknown;
}

}  // namespace packet_io
