#include "outgoing-packet.h"

#include <cstring>

#include "bytes.h"
#include "srtp.h"
#include "words.h"

namespace packet_io {

namespace {
constexpr size_t kMaxPaddingCount = 255;
constexpr size_t kOriginalSequenceNumberLength = 2;
constexpr size_t kMaxPatch = 8;
constexpr size_t kFixedHeader = 12;
constexpr uint8_t kPaddingBit = 0x20;
// The most that fits a UDP datagram with the longest SRTP trailer and some padding.
constexpr size_t kMaxPlain = 65000;
}  // namespace

namespace {

// Replaces the bytes that a descriptor names in a packet that begins at `packet`.
void writePatch(const int32_t* words, uint8_t* packet) {
  auto patch = static_cast<uint32_t>(words[kSendPayloadPatch]);
  uint64_t bytes = static_cast<uint32_t>(words[kSendPayloadLow]) |
                   static_cast<uint64_t>(static_cast<uint32_t>(words[kSendPayloadHigh])) << 32;
  uint8_t* at = packet + (patch & 0xffff);
  for (size_t i = 0; i < patch >> 16; i++) at[i] = static_cast<uint8_t>(bytes >> (8 * i));
}

}  // namespace

const char* checkDescriptor(int32_t* words, const uint8_t* arena, size_t arenaLength) {
  int64_t offset = words[kSendOffset];
  int64_t length = words[kSendLength];
  if (offset < 0 || length < 8 || length > static_cast<int64_t>(kMaxPlain) ||
      offset + length > static_cast<int64_t>(arenaLength))
    return "a send descriptor's bytes lie outside the arena, or are no packet";
  const uint8_t* packet = arena + offset;
  int32_t flags = words[kSendFlags];
  if ((flags & kSendFlagRtp) == 0) return nullptr;
  size_t header = rtpHeaderLength(packet, static_cast<size_t>(length));
  if (header == 0) return "a send descriptor's RTP header is malformed";
  words[kSendHeaderLength] = static_cast<int32_t>(header);
  if (words[kSendTransportWide] >= 0) {
    int64_t at = words[kSendTransportWideOffset];
    if (at < 12 || at + 2 > static_cast<int64_t>(header))
      return "a send descriptor's transport-wide sequence number lies outside the header extension";
  }
  if (flags & kSendFlagPayload) {
    auto patch = static_cast<uint32_t>(words[kSendPayloadPatch]);
    size_t patchLength = patch >> 16;
    size_t at = patch & 0xffff;
    bool inPayload = at >= header && at + patchLength <= static_cast<size_t>(length);
    bool inExtension = at >= kFixedHeader && at + patchLength <= header;
    if (patchLength < 1 || patchLength > kMaxPatch || (!inPayload && !inExtension))
      return "a send descriptor's payload patch lies outside payload and header extension";
  }
  return nullptr;
}

size_t plainLength(const int32_t* words, const uint8_t* arena, const ExtensionIds* ids) {
  size_t length = static_cast<size_t>(words[kSendLength]);
  if (ids != nullptr && (words[kSendFlags] & kSendFlagRtp) != 0) {
    length -= static_cast<size_t>(words[kSendHeaderLength]);
    length += rewrittenHeaderLength(*ids, words, arena + words[kSendOffset]);
  }
  bool rtx = (words[kSendFlags] & (kSendFlagRtp | kSendFlagRtx)) == (kSendFlagRtp | kSendFlagRtx);
  return rtx ? length + kOriginalSequenceNumberLength : length;
}

size_t maxPadding(const int32_t* words, const uint8_t* arena) {
  if ((words[kSendFlags] & (kSendFlagRtp | kSendFlagRepeatable)) != kSendFlagRtp) return 0;
  const uint8_t* packet = arena + words[kSendOffset];
  if ((packet[0] & kPaddingBit) == 0) return kMaxPaddingCount;
  return kMaxPaddingCount - packet[words[kSendLength] - 1];
}

OutgoingRtp writeRtp(const int32_t* words, const uint8_t* arena, const ExtensionIds* ids, size_t padding, uint8_t* out) {
  const uint8_t* stored = arena + words[kSendOffset];
  size_t length = static_cast<size_t>(words[kSendLength]);
  int32_t flags = words[kSendFlags];
  auto storedHeader = static_cast<size_t>(words[kSendHeaderLength]);
  size_t storedPayload = length - storedHeader;
  size_t headerLength = storedHeader;
  if (ids != nullptr) {
    headerLength = rewriteHeader(*ids, words, stored, out);
  } else {
    memcpy(out, stored, headerLength);
  }
  out[1] = static_cast<uint8_t>((stored[1] & 0x80) | ((flags & kSendFlagMarker) != 0 ? 0x80 : 0) | (words[kSendPayloadType] & 0x7f));
  writeUint16(out + 2, static_cast<uint16_t>(words[kSendSequenceNumber]));
  writeUint32(out + 4, static_cast<uint32_t>(words[kSendTimestamp]));
  writeUint32(out + 8, static_cast<uint32_t>(words[kSendSsrc]));
  if (ids == nullptr && words[kSendTransportWide] >= 0)
    writeUint16(out + words[kSendTransportWideOffset], static_cast<uint16_t>(words[kSendTransportWide]));
  if ((flags & kSendFlagPayload) != 0 && (static_cast<uint32_t>(words[kSendPayloadPatch]) & 0xffff) < storedHeader) {
    if (ids == nullptr) writePatch(words, out);
    flags &= ~kSendFlagPayload;
  }
  if ((flags & (kSendFlagRtx | kSendFlagPayload)) == 0 && padding == 0) {
    return {headerLength, stored + storedHeader, storedPayload};
  }

  uint8_t* payload = out + headerLength;
  size_t prefix = 0;
  if (flags & kSendFlagRtx) {
    writeUint16(payload, static_cast<uint16_t>(words[kSendOriginalSequenceNumber]));
    prefix = kOriginalSequenceNumberLength;
  }
  memcpy(payload + prefix, stored + storedHeader, storedPayload);
  if (flags & kSendFlagPayload) writePatch(words, payload + prefix - storedHeader);
  size_t payloadLength = prefix + storedPayload;
  if (padding > 0) {
    // Padding on top of padding: the last byte counts both.
    size_t counted = padding + ((stored[0] & kPaddingBit) ? stored[length - 1] : 0);
    out[0] |= kPaddingBit;
    memset(payload + payloadLength, 0, padding);
    payloadLength += padding;
    payload[payloadLength - 1] = static_cast<uint8_t>(counted);
  }
  return {headerLength, payload, payloadLength};
}

}  // namespace packet_io
