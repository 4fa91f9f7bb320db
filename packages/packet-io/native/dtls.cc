#include "dtls.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <sys/time.h>

#include <cstring>

namespace packet_io {

namespace {

// Forward secrecy and AEAD only (RFC 9325 section 4.2). Our certificate is ECDSA; a server to which
// we are the client may have an RSA one.
constexpr char kCiphers[] =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-CHACHA20-POLY1305:ECDHE-RSA-AES256-GCM-SHA384";
constexpr char kGroups[] = "X25519:P-256:P-384";
constexpr char kExporterLabel[] = "EXTRACTOR-dtls_srtp";  // RFC 5764 section 4.2

// RFC 6347 section 4.2.4.1 starts at 1 s, for handshakes without an estimate of the round trip. A
// loss here delays the first media by that time, so we start at 200 ms and double up to 3.2 s.
constexpr unsigned kFirstRetransmit = 200000;
constexpr unsigned kLastRetransmit = 3200000;
// As long as ICE consent lasts (RFC 7675 section 5.1): a peer that has not finished by then has
// left.
constexpr int64_t kHandshakeTimeout = 30000000;

unsigned nextRetransmit(SSL*, unsigned previous) {
  if (previous == 0) return kFirstRetransmit;
  return previous * 2 > kLastRetransmit ? kLastRetransmit : previous * 2;
}

}  // namespace

DtlsContext::~DtlsContext() {
  SSL_CTX_free(context_);
  BIO_meth_free(method_);
}

bool DtlsContext::open(const std::string& profiles, size_t mtu) {
  mtu_ = mtu;
  context_ = SSL_CTX_new(DTLS_method());
  method_ = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "datagram");
  if (context_ == nullptr || method_ == nullptr || !certificate_.generate()) return false;
  BIO_meth_set_write(method_, Dtls::writeDatagram);
  BIO_meth_set_read(method_, Dtls::readDatagram);
  BIO_meth_set_ctrl(method_, Dtls::control);
  SSL_CTX_set_options(context_, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
                                    SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF);
  // One datagram may contain several records.
  SSL_CTX_set_read_ahead(context_, 1);
  SSL_CTX_set_verify(context_, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(context_, Dtls::verify, nullptr);
  return SSL_CTX_set_min_proto_version(context_, DTLS1_2_VERSION) == 1 &&
         SSL_CTX_set_max_proto_version(context_, DTLS1_2_VERSION) == 1 &&
         SSL_CTX_set_cipher_list(context_, kCiphers) == 1 && SSL_CTX_set1_groups_list(context_, kGroups) == 1 &&
         SSL_CTX_use_certificate(context_, certificate_.x509) == 1 &&
         SSL_CTX_use_PrivateKey(context_, certificate_.key) == 1 &&
         SSL_CTX_set_tlsext_use_srtp(context_, profiles.c_str()) == 0;
}

std::unique_ptr<Dtls> Dtls::create(const DtlsContext& context, DtlsRole role, const Fingerprint& remote, int session,
                                   DatagramSink* sink) {
  std::unique_ptr<Dtls> dtls(new Dtls(context, role));
  dtls->sink_ = sink;
  dtls->session_ = session;
  dtls->remote_ = remote;
  return dtls->openSsl() ? std::move(dtls) : nullptr;
}

// Starts a new association when there is one already.
bool Dtls::openSsl() {
  SSL_free(ssl_);
  records_.reset();
  ssl_ = SSL_new(context_.context_);
  BIO* bio = BIO_new(context_.method_);
  if (ssl_ == nullptr || bio == nullptr) {
    BIO_free(bio);
    return false;
  }
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_, bio, bio);
  SSL_set_app_data(ssl_, this);
  DTLS_set_link_mtu(ssl_, static_cast<long>(context_.mtu_));
  DTLS_set_timer_cb(ssl_, nextRetransmit);
  if (role_ == DtlsRole::Client) {
    SSL_set_connect_state(ssl_);
  } else {
    SSL_set_accept_state(ssl_);
  }
  return true;
}

Dtls::~Dtls() { SSL_free(ssl_); }

void Dtls::start(int64_t now) {
  if (role_ != DtlsRole::Client) return;
  state_ = DtlsState::Connecting;
  startedAt_ = now;
  advance();
}

bool Dtls::receive(const uint8_t* datagram, size_t length, int64_t now) {
  if (state_ == DtlsState::Failed || state_ == DtlsState::Closed) return false;
  filtered_.resize(length);
  size_t taken = records_.filter(datagram, length, state_ == DtlsState::Connected, filtered_.data());
  if (taken == 0) return false;
  if (records_.startsOver()) {
    if (answered_) return false;
    if (!openSsl()) {
      state_ = DtlsState::Failed;
      return true;
    }
    // Keeps the lengths of the messages taken.
    taken = records_.filter(datagram, length, false, filtered_.data());
  }
  if (state_ == DtlsState::Idle) {
    state_ = DtlsState::Connecting;
    startedAt_ = now;
  }
  incoming_ = filtered_.data();
  incomingLength_ = taken;
  if (state_ == DtlsState::Connecting) advance();
  if (state_ == DtlsState::Connected) drain();
  incoming_ = nullptr;
  return true;
}

void Dtls::tick(int64_t now) {
  if (state_ != DtlsState::Connecting) return;
  ERR_clear_error();
  if (now - startedAt_ >= kHandshakeTimeout || DTLSv1_handle_timeout(ssl_) < 0) state_ = DtlsState::Failed;
}

int64_t Dtls::deadline(int64_t now) const {
  if (state_ != DtlsState::Connecting) return -1;
  int64_t giveUp = startedAt_ + kHandshakeTimeout;
  timeval left{};
  if (DTLSv1_get_timeout(ssl_, &left) != 1) return giveUp;
  int64_t retransmit = now + static_cast<int64_t>(left.tv_sec) * 1000000 + left.tv_usec;
  return retransmit < giveUp ? retransmit : giveUp;
}

void Dtls::close() {
  if (state_ != DtlsState::Connected) return;
  ERR_clear_error();
  SSL_shutdown(ssl_);
  state_ = DtlsState::Closed;
}

bool Dtls::exportKeys(uint8_t* send, uint8_t* receive) const {
  const ProfileShape& shape = shapeOf(profile_);
  uint8_t material[2 * (kMaxKeyLength + kMaxSaltLength)];
  size_t key = shape.keyLength;
  size_t salt = shape.saltLength;
  size_t total = 2 * (key + salt);
  if (SSL_export_keying_material(ssl_, material, total, kExporterLabel, sizeof kExporterLabel - 1, nullptr, 0, 0) != 1)
    return false;
  // RFC 5764 section 4.2: client key, server key, client salt, server salt.
  uint8_t* client = role_ == DtlsRole::Client ? send : receive;
  uint8_t* server = role_ == DtlsRole::Client ? receive : send;
  memcpy(client, material, key);
  memcpy(server, material + key, key);
  memcpy(client + key, material + 2 * key, salt);
  memcpy(server + key, material + 2 * key + salt, salt);
  OPENSSL_cleanse(material, sizeof material);
  return true;
}

void Dtls::advance() {
  ERR_clear_error();
  int result = SSL_do_handshake(ssl_);
  if (result == 1) {
    state_ = selectProfile() ? DtlsState::Connected : DtlsState::Failed;
    return;
  }
  int error = SSL_get_error(ssl_, result);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return;
  // A ClientHello that we cannot answer may be forged, and the peer's own may still arrive.
  if (answered_ || !openSsl()) state_ = DtlsState::Failed;
}

// Only alerts and retransmitted flights are expected; OpenSSL handles them while it reads.
void Dtls::drain() {
  uint8_t ignored[2048];
  for (;;) {
    ERR_clear_error();
    int result = SSL_read(ssl_, ignored, sizeof ignored);
    if (result > 0) continue;
    int error = SSL_get_error(ssl_, result);
    if (error == SSL_ERROR_ZERO_RETURN) {
      // The answer to close_notify is a close_notify (RFC 5246 section 7.2.1).
      SSL_shutdown(ssl_);
      state_ = DtlsState::Closed;
    } else if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
      state_ = DtlsState::Failed;
    }
    return;
  }
}

bool Dtls::selectProfile() {
  const SRTP_PROTECTION_PROFILE* selected = SSL_get_selected_srtp_profile(ssl_);
  if (selected != nullptr) profile_ = profileByDtlsId(static_cast<uint16_t>(selected->id));
  return profile_ != Profile::None;
}

int Dtls::writeDatagram(BIO* bio, const char* bytes, int length) {
  auto* dtls = static_cast<Dtls*>(BIO_get_data(bio));
  constexpr uint8_t kAlert = 21;
  bool alert = length > 0 && static_cast<uint8_t>(bytes[0]) == kAlert;
  // An alert about a ClientHello that may be forged would end the peer's handshake (RFC 6347 section 4.1.2.7).
  if (alert && !dtls->answered_) return length;
  dtls->answered_ = dtls->answered_ || !alert;
  // A datagram that fails to leave is a lost datagram: the timer retransmits it.
  dtls->sink_->sendDatagram(dtls->session_, reinterpret_cast<const uint8_t*>(bytes), static_cast<size_t>(length));
  return length;
}

int Dtls::readDatagram(BIO* bio, char* bytes, int length) {
  auto* dtls = static_cast<Dtls*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (dtls->incoming_ == nullptr) {
    BIO_set_retry_read(bio);
    return -1;
  }
  size_t taken = dtls->incomingLength_ < static_cast<size_t>(length) ? dtls->incomingLength_ : static_cast<size_t>(length);
  memcpy(bytes, dtls->incoming_, taken);
  dtls->incoming_ = nullptr;
  return static_cast<int>(taken);
}

long Dtls::control(BIO* bio, int command, long, void*) {
  auto* dtls = static_cast<Dtls*>(BIO_get_data(bio));
  switch (command) {
    case BIO_CTRL_FLUSH:
      return 1;
    case BIO_CTRL_PENDING:
      return dtls != nullptr && dtls->incoming_ != nullptr ? static_cast<long>(dtls->incomingLength_) : 0;
    default:
      return 0;
  }
}

// Replaces OpenSSL's chain check: trust rests on the fingerprint from signalling alone (RFC 8122
// section 6.2).
int Dtls::verify(X509_STORE_CTX* store, void*) {
  auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* dtls = static_cast<Dtls*>(SSL_get_app_data(ssl));
  if (dtls->remote_.matches(X509_STORE_CTX_get0_cert(store))) return 1;
  X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
  return 0;
}

}  // namespace packet_io
