// OpenSSL 3 marks the plain SHA1 functions as deprecated; its EVP_MAC copies and allocates a
// context for every packet.
#define OPENSSL_SUPPRESS_DEPRECATED 1
#include "srtp-cipher.h"

#include <openssl/crypto.h>

#include <cstring>

#include "bytes.h"

namespace packet_io {

namespace {
constexpr size_t kGcmTag = 16;
constexpr size_t kShaBlock = 64;

const EVP_CIPHER* cipherOf(Profile profile) {
  // Fetched once for the process: an implicit fetch takes a lock on every init.
  static EVP_CIPHER* const gcm128 = EVP_CIPHER_fetch(nullptr, "AES-128-GCM", nullptr);
  static EVP_CIPHER* const gcm256 = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  static EVP_CIPHER* const ctr128 = EVP_CIPHER_fetch(nullptr, "AES-128-CTR", nullptr);
  switch (profile) {
    case Profile::Gcm128:
      return gcm128;
    case Profile::Gcm256:
      return gcm256;
    case Profile::Cm80:
      return ctr128;
    case Profile::None:
      return nullptr;
  }
  return nullptr;
}
}  // namespace

SrtpCipher::~SrtpCipher() {
  EVP_CIPHER_CTX_free(context_);
  OPENSSL_cleanse(salt_, sizeof salt_);
  OPENSSL_cleanse(&inner_, sizeof inner_);
  OPENSSL_cleanse(&outer_, sizeof outer_);
}

bool SrtpCipher::setKey(Profile profile, const SessionKeys& keys, bool encrypt) {
  const EVP_CIPHER* cipher = cipherOf(profile);
  context_ = EVP_CIPHER_CTX_new();
  if (cipher == nullptr || context_ == nullptr) return false;
  gcm_ = profile != Profile::Cm80;
  memcpy(salt_, keys.salt, shapeOf(profile).saltLength);
  // AES-CM is its own inverse.
  int direction = gcm_ && !encrypt ? 0 : 1;
  if (EVP_CipherInit_ex(context_, cipher, nullptr, keys.key, nullptr, direction) != 1) return false;
  if (gcm_) return true;
  uint8_t pad[kShaBlock];
  memset(pad, 0x36, sizeof pad);
  for (size_t i = 0; i < kAuthKeyLength; i++) pad[i] ^= keys.auth[i];
  SHA1_Init(&inner_);
  SHA1_Update(&inner_, pad, sizeof pad);
  for (uint8_t& byte : pad) byte ^= 0x36 ^ 0x5c;
  SHA1_Init(&outer_);
  SHA1_Update(&outer_, pad, sizeof pad);
  OPENSSL_cleanse(pad, sizeof pad);
  return true;
}

void SrtpCipher::ivFor(uint32_t ssrc, uint64_t index, bool rtcp, uint8_t iv[16]) const {
  memset(iv, 0, 16);
  if (gcm_) {
    // RFC 7714 sections 8.1 and 9.1.
    writeUint32(iv + 2, ssrc);
    if (!rtcp) writeUint16(iv + 6, static_cast<uint16_t>(index >> 32));
    writeUint32(iv + 8, static_cast<uint32_t>(index));
    for (size_t i = 0; i < 12; i++) iv[i] ^= salt_[i];
    return;
  }
  // RFC 3711 section 4.1.1.
  writeUint32(iv + 4, ssrc);
  writeUint16(iv + 8, static_cast<uint16_t>(index >> 32));
  writeUint32(iv + 10, static_cast<uint32_t>(index));
  for (size_t i = 0; i < 14; i++) iv[i] ^= salt_[i];
}

bool SrtpCipher::seal(const uint8_t iv[16], const uint8_t* aad, size_t aadLength, const uint8_t* aad2,
                      size_t aad2Length, const uint8_t* in, size_t length, uint8_t* out) {
  int written;
  if (EVP_EncryptInit_ex(context_, nullptr, nullptr, nullptr, iv) != 1) return false;
  if (EVP_EncryptUpdate(context_, nullptr, &written, aad, static_cast<int>(aadLength)) != 1) return false;
  if (aad2Length > 0 && EVP_EncryptUpdate(context_, nullptr, &written, aad2, static_cast<int>(aad2Length)) != 1)
    return false;
  if (length > 0 && EVP_EncryptUpdate(context_, out, &written, in, static_cast<int>(length)) != 1) return false;
  if (EVP_EncryptFinal_ex(context_, out + length, &written) != 1) return false;
  return EVP_CIPHER_CTX_ctrl(context_, EVP_CTRL_AEAD_GET_TAG, kGcmTag, out + length) == 1;
}

bool SrtpCipher::unseal(const uint8_t iv[16], const uint8_t* aad, size_t aadLength, const uint8_t* aad2,
                        size_t aad2Length, uint8_t* text, size_t length, const uint8_t* tag) {
  int written;
  uint8_t expected[kGcmTag];
  memcpy(expected, tag, sizeof expected);
  if (EVP_DecryptInit_ex(context_, nullptr, nullptr, nullptr, iv) != 1) return false;
  if (EVP_CIPHER_CTX_ctrl(context_, EVP_CTRL_AEAD_SET_TAG, kGcmTag, expected) != 1) return false;
  if (EVP_DecryptUpdate(context_, nullptr, &written, aad, static_cast<int>(aadLength)) != 1) return false;
  if (aad2Length > 0 && EVP_DecryptUpdate(context_, nullptr, &written, aad2, static_cast<int>(aad2Length)) != 1)
    return false;
  if (length > 0 && EVP_DecryptUpdate(context_, text, &written, text, static_cast<int>(length)) != 1) return false;
  uint8_t unused[16];
  return EVP_DecryptFinal_ex(context_, unused, &written) == 1;
}

bool SrtpCipher::crypt(const uint8_t iv[16], const uint8_t* in, size_t length, uint8_t* out) {
  int written;
  if (EVP_EncryptInit_ex(context_, nullptr, nullptr, nullptr, iv) != 1) return false;
  return length == 0 || EVP_EncryptUpdate(context_, out, &written, in, static_cast<int>(length)) == 1;
}

void SrtpCipher::authenticate(const uint8_t* bytes, size_t length, const uint8_t* tail, size_t tailLength,
                              uint8_t tag[20]) const {
  SHA_CTX context = inner_;
  SHA1_Update(&context, bytes, length);
  SHA1_Update(&context, tail, tailLength);
  SHA1_Final(tag, &context);
  context = outer_;
  SHA1_Update(&context, tag, SHA_DIGEST_LENGTH);
  SHA1_Final(tag, &context);
}

}  // namespace packet_io
