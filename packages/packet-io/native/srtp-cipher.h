#pragma once
// The ciphers of SRTP: AES-GCM (RFC 7714) and AES-CM with HMAC-SHA1 (RFC 3711), keyed once, with a
// new IV for each packet.
// Hot path: no allocation per packet.

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <cstddef>
#include <cstdint>

#include "srtp-keys.h"

namespace packet_io {

// One direction of SRTP or of SRTCP.
class SrtpCipher {
 public:
  SrtpCipher() = default;
  ~SrtpCipher();
  SrtpCipher(const SrtpCipher&) = delete;
  SrtpCipher& operator=(const SrtpCipher&) = delete;

  bool setKey(Profile profile, const SessionKeys& keys, bool encrypt);

  // The initialization vector of one packet. `index` is the 48-bit SRTP index or the 31-bit SRTCP index.
  void ivFor(uint32_t ssrc, uint64_t index, bool rtcp, uint8_t iv[16]) const;

  // AES-GCM. The tag follows the `length` bytes of text, in the output or the input. `in` and `out`
  // may be the same.
  bool seal(const uint8_t iv[16], const uint8_t* aad, size_t aadLength, const uint8_t* aad2, size_t aad2Length,
            const uint8_t* in, size_t length, uint8_t* out);
  bool unseal(const uint8_t iv[16], const uint8_t* aad, size_t aadLength, const uint8_t* aad2, size_t aad2Length,
              uint8_t* text, size_t length, const uint8_t* tag);

  // Prefetches the data for a packet, as far as OpenSSL exposes it.
  void prefetch() const { __builtin_prefetch(this); }
  void prefetchContext() const {
    __builtin_prefetch(context_);
    __builtin_prefetch(reinterpret_cast<const char*>(context_) + 64);
  }

  // AES-CM and its authentication.
  bool crypt(const uint8_t iv[16], const uint8_t* in, size_t length, uint8_t* out);
  // HMAC-SHA1 over the bytes, then over `tail` (the rollover counter).
  void authenticate(const uint8_t* bytes, size_t length, const uint8_t* tail, size_t tailLength, uint8_t tag[20]) const;

 private:
  EVP_CIPHER_CTX* context_ = nullptr;
  uint8_t salt_[kMaxSaltLength] = {};
  bool gcm_ = false;
  SHA_CTX inner_ = {};
  SHA_CTX outer_ = {};
};

}  // namespace packet_io
