#include "srtp.h"

#include <openssl/crypto.h>

#include <cstring>

#include "bytes.h"

namespace packet_io {

namespace {
constexpr size_t kRtpFixedHeader = 12;
constexpr size_t kRtcpFixedHeader = 8;
constexpr uint32_t kRtcpEncrypted = 0x80000000;
constexpr uint32_t kRtcpIndexLimit = 0x7fffffff;
constexpr size_t kHmacTag = 10;
}  // namespace

size_t rtpHeaderLength(const uint8_t* packet, size_t length) {
  if (length < kRtpFixedHeader || packet[0] >> 6 != 2) return 0;
  size_t header = kRtpFixedHeader + 4 * (packet[0] & 0x0f);
  if (packet[0] & 0x10) {
    if (length < header + 4) return 0;
    header += 4 + 4 * static_cast<size_t>(readUint16(packet + header + 2));
  }
  return header <= length ? header : 0;
}

bool SrtpSender::setKey(Profile profile, const uint8_t* master) {
  SessionKeys rtp;
  SessionKeys rtcp;
  return deriveSessionKeys(profile, master, false, &rtp) && deriveSessionKeys(profile, master, true, &rtcp) &&
         setSessionKeys(profile, rtp, rtcp);
}

bool SrtpSender::setSessionKeys(Profile profile, const SessionKeys& rtp, const SessionKeys& rtcp) {
  shape_ = &shapeOf(profile);
  return rtp_.setKey(profile, rtp, true) && rtcp_.setKey(profile, rtcp, true);
}

size_t SrtpSender::protectRtp(uint8_t* header, size_t headerLength, const uint8_t* payload, size_t payloadLength,
                              bool repeatable) {
  uint32_t ssrc = readUint32(header + 8);
  IndexWindow* window = streams_.findOrAdd(ssrc);
  full_ = window == nullptr;
  if (full_) return 0;
  uint64_t index = window->estimate(readUint16(header + 2));
  SentTags* tags = repeatable ? streams_.tagsOf(ssrc) : nullptr;
  bool repeated = !window->isFresh(index);
  if (repeated && (tags == nullptr || !tags->holds(index))) return 0;
  window->commit(index);
  bool gcm = shape_->profile != Profile::Cm80;
  uint8_t iv[16];
  rtp_.ivFor(ssrc, index, false, iv);
  uint8_t* out = header + headerLength;
  if (gcm) {
    if (!rtp_.seal(iv, header, headerLength, nullptr, 0, payload, payloadLength, out)) return 0;
  } else {
    if (!rtp_.crypt(iv, payload, payloadLength, out)) return 0;
    uint8_t rollover[4];
    uint8_t tag[20];
    writeUint32(rollover, static_cast<uint32_t>(index >> 16));
    rtp_.authenticate(header, headerLength + payloadLength, rollover, sizeof rollover, tag);
    memcpy(out + payloadLength, tag, kHmacTag);
  }
  if (tags != nullptr) {
    const uint8_t* tag = out + payloadLength;
    if (!repeated) {
      tags->keep(index, tag, shape_->tagLength);
    } else if (!tags->matches(index, tag, shape_->tagLength)) {
      OPENSSL_cleanse(out, payloadLength + shape_->tagLength);
      return 0;
    }
  }
  return headerLength + payloadLength + shape_->tagLength;
}

size_t SrtpSender::protectRtcp(const uint8_t* packet, size_t length, uint8_t* out) {
  if (length < kRtcpFixedHeader || rtcpIndex_ > kRtcpIndexLimit) return 0;
  uint32_t index = rtcpIndex_++;
  uint32_t ssrc = readUint32(packet + 4);
  uint8_t iv[16];
  uint8_t word[4];
  rtcp_.ivFor(ssrc, index, true, iv);
  writeUint32(word, kRtcpEncrypted | index);
  memcpy(out, packet, kRtcpFixedHeader);
  const uint8_t* text = packet + kRtcpFixedHeader;
  size_t textLength = length - kRtcpFixedHeader;
  if (shape_->profile != Profile::Cm80) {
    if (!rtcp_.seal(iv, out, kRtcpFixedHeader, word, 4, text, textLength, out + kRtcpFixedHeader)) return 0;
    memcpy(out + length + shape_->tagLength, word, 4);
  } else {
    if (!rtcp_.crypt(iv, text, textLength, out + kRtcpFixedHeader)) return 0;
    uint8_t tag[20];
    memcpy(out + length, word, 4);
    rtcp_.authenticate(out, length, word, 4, tag);
    memcpy(out + length + 4, tag, kHmacTag);
  }
  return length + rtcpOverhead();
}

void SrtpSender::setRollover(uint32_t ssrc, uint32_t rollover, uint16_t sequenceNumber) {
  if (IndexWindow* window = streams_.findOrAdd(ssrc)) window->commit(uint64_t{rollover} << 16 | sequenceNumber);
}

bool SrtpReceiver::setKey(Profile profile, const uint8_t* master) {
  SessionKeys rtp;
  SessionKeys rtcp;
  return deriveSessionKeys(profile, master, false, &rtp) && deriveSessionKeys(profile, master, true, &rtcp) &&
         setSessionKeys(profile, rtp, rtcp);
}

bool SrtpReceiver::setSessionKeys(Profile profile, const SessionKeys& rtp, const SessionKeys& rtcp) {
  shape_ = &shapeOf(profile);
  return rtp_.setKey(profile, rtp, false) && rtcp_.setKey(profile, rtcp, false);
}

Unprotect SrtpReceiver::unprotectRtp(uint8_t* packet, size_t* length) {
  size_t headerLength = rtpHeaderLength(packet, *length);
  if (headerLength == 0 || *length < headerLength + shape_->tagLength) return Unprotect::Malformed;
  uint32_t ssrc = readUint32(packet + 8);
  IndexWindow* window = streams_.find(ssrc);
  uint64_t index = window != nullptr ? window->estimate(readUint16(packet + 2)) : readUint16(packet + 2);
  if (window != nullptr && !window->isFresh(index)) return Unprotect::Replayed;
  uint8_t iv[16];
  rtp_.ivFor(ssrc, index, false, iv);
  size_t plain = *length - shape_->tagLength;
  uint8_t* payload = packet + headerLength;
  if (shape_->profile != Profile::Cm80) {
    if (!rtp_.unseal(iv, packet, headerLength, nullptr, 0, payload, plain - headerLength, packet + plain))
      return Unprotect::Unauthentic;
  } else {
    uint8_t rollover[4];
    uint8_t tag[20];
    writeUint32(rollover, static_cast<uint32_t>(index >> 16));
    rtp_.authenticate(packet, plain, rollover, sizeof rollover, tag);
    if (CRYPTO_memcmp(tag, packet + plain, kHmacTag) != 0) return Unprotect::Unauthentic;
    if (!rtp_.crypt(iv, payload, plain - headerLength, payload)) return Unprotect::Unauthentic;
  }
  // Only an authenticated packet may take a place in the table.
  if (window == nullptr) window = streams_.findOrReplace(ssrc);
  newest_ = window->isNewest(index);
  window->commit(index);
  *length = plain;
  return Unprotect::Ok;
}

Unprotect SrtpReceiver::unprotectRtcp(uint8_t* packet, size_t* length) {
  size_t overhead = shape_->tagLength + kSrtcpIndexLength;
  if (*length < kRtcpFixedHeader + overhead || packet[0] >> 6 != 2) return Unprotect::Malformed;
  size_t plain = *length - overhead;
  bool gcm = shape_->profile != Profile::Cm80;
  // RFC 7714 section 9.3 puts the index word behind the tag, RFC 3711 section 3.4 before it.
  const uint8_t* word = packet + plain + (gcm ? shape_->tagLength : 0);
  const uint8_t* tag = packet + plain + (gcm ? 0 : kSrtcpIndexLength);
  uint32_t index = readUint32(word) & kRtcpIndexLimit;
  bool encrypted = (readUint32(word) & kRtcpEncrypted) != 0;
  uint32_t ssrc = readUint32(packet + 4);
  IndexWindow* window = reporters_.find(ssrc);
  if (window != nullptr && !window->isFresh(index)) return Unprotect::Replayed;
  uint8_t iv[16];
  rtcp_.ivFor(ssrc, index, true, iv);
  uint8_t* text = packet + kRtcpFixedHeader;
  size_t textLength = plain - kRtcpFixedHeader;
  if (gcm) {
    size_t clear = encrypted ? kRtcpFixedHeader : plain;
    if (!rtcp_.unseal(iv, packet, clear, word, 4, text, encrypted ? textLength : 0, tag)) return Unprotect::Unauthentic;
  } else {
    uint8_t expected[20];
    rtcp_.authenticate(packet, plain, word, 4, expected);
    if (CRYPTO_memcmp(expected, tag, kHmacTag) != 0) return Unprotect::Unauthentic;
    if (encrypted && !rtcp_.crypt(iv, text, textLength, text)) return Unprotect::Unauthentic;
  }
  if (window == nullptr) window = reporters_.findOrReplace(ssrc);
  newest_ = window->isNewest(index);
  window->commit(index);
  *length = plain;
  return Unprotect::Ok;
}

void SrtpReceiver::setRollover(uint32_t ssrc, uint32_t rollover, uint16_t sequenceNumber) {
  if (IndexWindow* window = streams_.findOrAdd(ssrc)) window->commit(uint64_t{rollover} << 16 | sequenceNumber);
}

}  // namespace packet_io
