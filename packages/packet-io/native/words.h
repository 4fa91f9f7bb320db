#pragma once
// The descriptor words of src/interface.ts; test/descriptors.test.ts compares the two.

#include <cstdint>

namespace packet_io {

enum ReceiveWord { kKind, kReceiveSession, kReceiveOffset, kReceiveLength, kAge, kAddress, kReceiveFlags, kReserved, kReceiveWords };
enum ReceiveKind { kStun = 1, kRtp = 2, kRtcp = 3, kDtls = 4, kFlood = 5 };
enum ReceiveFlag { kFlagElsewhere = 1 };

enum SendWord {
  kSendSession,
  kSendOffset,
  kSendLength,
  kSendFlags,
  kPayloadType,
  kSequenceNumber,
  kTimestamp,
  kSsrc,
  kTransportWide,
  kTransportWideOffset,
  kOriginalSequenceNumber,
  kPayloadPatch,
  kPayloadLow,
  kPayloadHigh,
  kSendReserved0,
  kSendReserved1,
  kSendWords
};
enum SendFlag { kFlagRtp = 1, kFlagRtx = 2, kFlagPayload = 4, kFlagRepeatable = 8, kFlagAudio = 16, kFlagMarker = 32 };

static_assert(kReceiveWords == 8 && kSendWords == 16, "the interface fixes the record sizes");

}  // namespace packet_io
