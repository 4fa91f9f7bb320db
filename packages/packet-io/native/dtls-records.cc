#include "dtls-records.h"

#include <cstring>

#include "bytes.h"

namespace packet_io {

namespace {

constexpr size_t kRecordHeader = 13;
constexpr size_t kMessageHeader = 12;
constexpr uint8_t kChangeCipherSpec = 20;
constexpr uint8_t kHandshake = 22;
constexpr uint8_t kApplicationData = 23;
// DTLS 1.0 (a ClientHello for 1.2 may name it) and 1.2 share it.
constexpr uint8_t kVersionMajor = 0xfe;

// RFC 5246 section 7.4, RFC 6347 section 4.2.2.
constexpr uint8_t kClientHello = 1;
constexpr uint8_t kServerHello = 2;
constexpr uint8_t kHelloVerifyRequest = 3;
constexpr uint8_t kCertificate = 11;
constexpr uint8_t kServerKeyExchange = 12;
constexpr uint8_t kCertificateRequest = 13;
constexpr uint8_t kServerHelloDone = 14;
constexpr uint8_t kCertificateVerify = 15;
constexpr uint8_t kClientKeyExchange = 16;

// The plaintext messages of a client to a server that asks for its certificate, without resumption,
// in this order.
constexpr uint8_t kOfClient[] = {kClientHello, kCertificate, kClientKeyExchange, kCertificateVerify};

uint32_t readUint24(const uint8_t* at) {
  return static_cast<uint32_t>(at[0]) << 16 | static_cast<uint32_t>(at[1]) << 8 | at[2];
}

// OpenSSL fails above these lengths. A ClientHello with a post-quantum key share has 1.5 kB, a
// browser's certificate 300 bytes.
uint32_t longest(uint8_t type) {
  switch (type) {
    case kServerHelloDone:
      return 0;
    case kHelloVerifyRequest:
      return 258;
    case kClientKeyExchange:
      return 2048;
    case kClientHello:
    case kCertificate:
      return 16384;
    default:
      return 8192;
  }
}

}  // namespace

bool DtlsRecords::opens(const uint8_t* datagram, size_t length) {
  return length >= kRecordHeader + kMessageHeader && datagram[0] == kHandshake && datagram[1] == kVersionMajor &&
         readUint16(datagram + 3) == 0 && datagram[kRecordHeader] == kClientHello;
}

size_t DtlsRecords::filter(const uint8_t* datagram, size_t length, bool connected, uint8_t* out) {
  startsOver_ = false;
  size_t taken = 0;
  for (size_t at = 0; at + kRecordHeader <= length;) {
    const uint8_t* record = datagram + at;
    size_t body = readUint16(record + 11);
    size_t whole = kRecordHeader + body;
    // The start of the record after a truncated one is unknown.
    if (at + whole > length || record[1] != kVersionMajor) break;
    at += whole;
    uint16_t epoch = readUint16(record + 3);
    bool passes = false;
    if (epoch == 1) {
      // OpenSSL decrypts it first. There is no renegotiation, so there is no further epoch.
      passes = record[0] >= kChangeCipherSpec && record[0] <= kApplicationData;
    } else if (epoch == 0 && !connected) {
      if (record[0] == kHandshake) passes = passesHandshake(record + kRecordHeader, body);
      if (record[0] == kChangeCipherSpec) passes = cipherMayChange_ && body == 1 && record[kRecordHeader] == 1;
    }
    if (!passes) continue;
    memcpy(out + taken, record, whole);
    taken += whole;
  }
  return taken;
}

void DtlsRecords::reset() {
  memset(lengths_, 0, sizeof lengths_);
  cipherMayChange_ = false;
}

// A record may hold several messages, or fragments of them.
bool DtlsRecords::passesHandshake(const uint8_t* messages, size_t length) {
  if (length < kMessageHeader) return false;
  for (size_t at = 0; at < length;) {
    if (length - at < kMessageHeader) return false;
    const uint8_t* message = messages + at;
    uint32_t total = readUint24(message + 1);
    uint16_t sequence = readUint16(message + 4);
    uint32_t offset = readUint24(message + 6);
    uint32_t fragment = readUint24(message + 9);
    at += kMessageHeader;
    if (fragment > length - at || offset + fragment > total || total > longest(message[0])) return false;
    if (!isExpected(message[0], sequence)) return false;
    uint32_t& known = lengths_[sequence];
    if (known != total + 1) {
      // The first ClientHello may have been forged: the peer repeats its own. The answer to our
      // ClientHello cannot start anew.
      if (known != 0 && message[0] != kClientHello) return false;
      startsOver_ = startsOver_ || known != 0;
      known = total + 1;
    }
    if (message[0] == (role_ == DtlsRole::Server ? kCertificateVerify : kServerHelloDone)) cipherMayChange_ = true;
    at += fragment;
  }
  return true;
}

bool DtlsRecords::isExpected(uint8_t type, uint16_t sequence) const {
  if (role_ == DtlsRole::Server) return sequence < sizeof kOfClient && kOfClient[sequence] == type;
  if (sequence >= kMessages) return false;
  switch (type) {
    case kServerHello:
    case kHelloVerifyRequest:
    case kCertificate:
    case kServerKeyExchange:
    case kCertificateRequest:
    case kServerHelloDone:
      return true;
    default:
      return false;
  }
}

}  // namespace packet_io
