#pragma once
// DTLS 1.2 (RFC 6347) with SRTP keying (RFC 5764), over OpenSSL. Each write is one datagram, each
// read takes one.

#include <openssl/ssl.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "certificate.h"
#include "dtls-records.h"
#include "fingerprint.h"
#include "srtp-keys.h"

namespace packet_io {

enum class DtlsState { Idle = 0, Connecting = 1, Connected = 2, Failed = 3, Closed = 4 };

// Sends the datagrams of a DTLS association.
class DatagramSink {
 public:
  virtual ~DatagramSink() = default;
  virtual void sendDatagram(int session, const uint8_t* bytes, size_t length) = 0;
};

// The shared parts of all associations of one socket: certificate, ciphers, profiles.
class DtlsContext {
 public:
  DtlsContext() = default;
  ~DtlsContext();
  DtlsContext(const DtlsContext&) = delete;
  DtlsContext& operator=(const DtlsContext&) = delete;

  // `profiles` is a colon-separated list of OpenSSL's profile names. False when OpenSSL refuses.
  bool open(const std::string& profiles, size_t mtu);
  std::string fingerprint() const { return sha256Fingerprint(certificate_.x509); }

 private:
  friend class Dtls;
  Certificate certificate_;
  SSL_CTX* context_ = nullptr;
  BIO_METHOD* method_ = nullptr;
  size_t mtu_ = 0;
};

class Dtls {
 public:
  // Null when OpenSSL has no memory.
  static std::unique_ptr<Dtls> create(const DtlsContext& context, DtlsRole role, const Fingerprint& remote, int session,
                                      DatagramSink* sink);
  ~Dtls();
  Dtls(const Dtls&) = delete;
  Dtls& operator=(const Dtls&) = delete;

  DtlsState state() const { return state_; }
  // A client sends its first flight. `now` is in microseconds of the monotonic clock.
  void start(int64_t now);
  // False when no record of it was taken.
  bool receive(const uint8_t* datagram, size_t length, int64_t now);
  // Retransmits a flight that is due; gives up a handshake that takes too long.
  void tick(int64_t now);
  // The time of the next `tick`, or -1.
  int64_t deadline(int64_t now) const;
  // Sends close_notify.
  void close();

  Profile profile() const { return profile_; }
  // After `Connected`: master key and salt of both directions.
  bool exportKeys(uint8_t* send, uint8_t* receive) const;

 private:
  Dtls(const DtlsContext& context, DtlsRole role) : context_(context), role_(role), records_(role) {}
  static int writeDatagram(BIO* bio, const char* bytes, int length);
  static int readDatagram(BIO* bio, char* bytes, int length);
  static long control(BIO* bio, int command, long number, void* pointer);
  static int verify(X509_STORE_CTX* store, void*);
  friend class DtlsContext;

  bool openSsl();
  void advance();
  void drain();
  bool selectProfile();

  const DtlsContext& context_;
  DtlsRole role_;
  DtlsRecords records_;
  SSL* ssl_ = nullptr;
  DatagramSink* sink_ = nullptr;
  int session_ = -1;
  // A record other than an alert was sent: from then on the peer and we are bound to one handshake.
  bool answered_ = false;
  std::vector<uint8_t> filtered_;
  Fingerprint remote_;
  DtlsState state_ = DtlsState::Idle;
  Profile profile_ = Profile::None;
  int64_t startedAt_ = 0;
  const uint8_t* incoming_ = nullptr;
  size_t incomingLength_ = 0;
};

}  // namespace packet_io
