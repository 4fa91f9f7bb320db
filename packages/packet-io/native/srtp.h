#pragma once
// Protects and unprotects RTP and RTCP packets of one session (RFC 3711, RFC 7714).
// Hot path: no allocation per packet.

#include <cstddef>
#include <cstdint>

#include "bytes.h"
#include "srtp-cipher.h"
#include "srtp-keys.h"
#include "stream-table.h"

namespace packet_io {

// Length of the RTP header with its CSRCs and extension, or 0 when the bytes are not an RTP packet.
size_t rtpHeaderLength(const uint8_t* packet, size_t length);

class SrtpSender {
 public:
  // `master` is the master key followed by the salt; false when OpenSSL refuses.
  bool setKey(Profile profile, const uint8_t* master);
  // Without derivation.
  bool setSessionKeys(Profile profile, const SessionKeys& rtp, const SessionKeys& rtcp);
  size_t rtpOverhead() const { return shape_->tagLength; }
  size_t rtcpOverhead() const { return shape_->tagLength + kSrtcpIndexLength; }

  // `header` is the finished RTP header at the place of output; the payload is copied from
  // `payload` (which may be the place of output itself) to the bytes after the header. Returns the
  // length of the SRTP packet, or 0: the table of SSRCs is full, or the sequence number was used
  // before. Under AES-GCM a second message with one nonce reveals the authentication key (RFC 7714
  // section 8.1), under AES-CM the XOR of both. So a number may be used again only for a packet
  // that was `repeatable` and is the same: its tag proves it before it leaves.
  size_t protectRtp(uint8_t* header, size_t headerLength, const uint8_t* payload, size_t payloadLength, bool repeatable);
  // Prefetches the data to protect packets of these streams; each step needs the result of the one
  // before.
  void prefetch() const {
    rtp_.prefetch();
    streams_.prefetch();
  }
  void prefetchSlot(uint32_t ssrc) const {
    rtp_.prefetchContext();
    streams_.prefetchSlot(ssrc);
  }
  void prefetchStream(uint32_t ssrc) const { streams_.prefetchStream(ssrc); }
  // Whether the last `protectRtp` failed because too many SSRCs are in use.
  bool full() const { return full_; }
  // Forgets an SSRC. It must never be sent with these keys again: its nonces would repeat.
  void forget(uint32_t ssrc) { streams_.remove(ssrc); }
  // Returns the length written to `out`, or 0.
  size_t protectRtcp(const uint8_t* packet, size_t length, uint8_t* out);

  // The starting point of test vectors: the next SRTCP index, and the rollover counter of an SSRC.
  void setRtcpIndex(uint32_t index) { rtcpIndex_ = index; }
  void setRollover(uint32_t ssrc, uint32_t rollover, uint16_t sequenceNumber);

 private:
  const ProfileShape* shape_ = nullptr;
  SrtpCipher rtp_;
  SrtpCipher rtcp_;
  // Our own limit: far above what one peer connection carries.
  StreamTable streams_{16384};
  bool full_ = false;
  // One counter for all SSRCs of the session: unique and increasing for each of them.
  uint32_t rtcpIndex_ = 0;
};

enum class Unprotect { Ok, Malformed, Unauthentic, Replayed };

class SrtpReceiver {
 public:
  bool setKey(Profile profile, const uint8_t* master);
  bool setSessionKeys(Profile profile, const SessionKeys& rtp, const SessionKeys& rtcp);
  // In place; `length` becomes the plain packet's.
  Unprotect unprotectRtp(uint8_t* packet, size_t* length);
  Unprotect unprotectRtcp(uint8_t* packet, size_t* length);
  // The same for unprotecting.
  void prefetch() const {
    rtp_.prefetch();
    streams_.prefetch();
  }
  void prefetchSlot(const uint8_t* packet) const {
    rtp_.prefetchContext();
    streams_.prefetchSlot(ssrcOf(packet));
  }
  void prefetchStream(const uint8_t* packet) const { streams_.prefetchStream(ssrcOf(packet)); }
  uint64_t replacedStreams() const { return streams_.replaced() + reporters_.replaced(); }
  // Whether the packet unprotected last arrived in order: a packet that others overtook shows an
  // old address of its sender.
  bool newest() const { return newest_; }
  void setRollover(uint32_t ssrc, uint32_t rollover, uint16_t sequenceNumber);

 private:
  // For any bytes; for bytes that are not an RTP packet the value is meaningless, and a look-up
  // finds nothing.
  static uint32_t ssrcOf(const uint8_t* packet) { return readUint32(packet + 8); }

  const ProfileShape* shape_ = nullptr;
  SrtpCipher rtp_;
  SrtpCipher rtcp_;
  // A camera with simulcast and retransmission takes 6 SSRCs: this is 170 cameras on one
  // connection, and 150 KB at most. A full table evicts a silent SSRC, which the peer no longer
  // uses.
  StreamTable streams_{1024};
  StreamTable reporters_{1024};
  bool newest_ = false;
};

}  // namespace packet_io
