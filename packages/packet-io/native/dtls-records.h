#pragma once
// Selects the records of a datagram that OpenSSL may process. OpenSSL ends an association for many
// kinds of plaintext record, which any sender that can forge an address can send; RFC 6347 section
// 4.1.2.7 requires that invalid records are discarded.

#include <cstddef>
#include <cstdint>

namespace packet_io {

enum class DtlsRole { Client, Server };

class DtlsRecords {
 public:
  explicit DtlsRecords(DtlsRole role) : role_(role) {}

  // Whether the datagram may begin a handshake: the first record is a part of a ClientHello.
  static bool opens(const uint8_t* datagram, size_t length);

  // Copies the records that may pass to `out`, which is as long as the datagram, and returns their
  // length. After the handshake no plaintext record passes: the origin of an alert is unknown then.
  size_t filter(const uint8_t* datagram, size_t length, bool connected, uint8_t* out);

  // Whether the records filtered last begin another ClientHello than the one being assembled.
  bool startsOver() const { return startsOver_; }
  // Forgets the messages seen.
  void reset();

 private:
  bool passesHandshake(const uint8_t* messages, size_t length);
  bool isExpected(uint8_t type, uint16_t sequence) const;

  // A handshake has five messages of a client and six of a server; a HelloVerifyRequest adds one.
  static constexpr size_t kMessages = 8;

  DtlsRole role_;
  bool startsOver_ = false;
  // The last message before the peer's ChangeCipherSpec was seen.
  bool cipherMayChange_ = false;
  // For each message: its length by the first fragment, plus one.
  uint32_t lengths_[kMessages] = {};
};

}  // namespace packet_io
