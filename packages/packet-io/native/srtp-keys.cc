#include "srtp-keys.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <cstring>

namespace packet_io {

namespace {

constexpr ProfileShape kShapes[] = {
    {Profile::None, "", "", 0, 0, 0, 0, ""},
    {Profile::Gcm128, "AEAD_AES_128_GCM", "SRTP_AEAD_AES_128_GCM", 0x0007, 16, 12, 16, "AES-128-GCM"},
    {Profile::Gcm256, "AEAD_AES_256_GCM", "SRTP_AEAD_AES_256_GCM", 0x0008, 32, 12, 16, "AES-256-GCM"},
    {Profile::Cm80, "AES128_CM_HMAC_SHA1_80", "SRTP_AES128_CM_SHA1_80", 0x0001, 16, 14, 10, "AES-128-CTR"},
};

// RFC 3711 section 4.3.2.
constexpr uint8_t kLabelRtpEncryption = 0;
constexpr uint8_t kLabelRtpAuthentication = 1;
constexpr uint8_t kLabelRtpSalt = 2;
constexpr uint8_t kRtcpLabels = 3;

// AES-CM as pseudo-random function with a key derivation rate of 0: the label is XORed into byte 7 of the salt, which
// for the 12 byte salts of AES-GCM is extended by zeros.
bool derive(const ProfileShape& shape, const uint8_t* master, uint8_t label, uint8_t* out, size_t length) {
  uint8_t iv[16] = {};
  memcpy(iv, master + shape.keyLength, shape.saltLength);
  iv[7] ^= label;
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  const EVP_CIPHER* cipher = shape.keyLength == 32 ? EVP_aes_256_ctr() : EVP_aes_128_ctr();
  memset(out, 0, length);
  int written = 0;
  bool ok = context != nullptr && EVP_EncryptInit_ex(context, cipher, nullptr, master, iv) == 1 &&
            EVP_EncryptUpdate(context, out, &written, out, static_cast<int>(length)) == 1;
  EVP_CIPHER_CTX_free(context);
  return ok;
}

}  // namespace

const ProfileShape& shapeOf(Profile profile) { return kShapes[static_cast<size_t>(profile)]; }

Profile profileByName(const char* name) {
  for (const ProfileShape& shape : kShapes) {
    if (shape.profile != Profile::None && strcmp(shape.name, name) == 0) return shape.profile;
  }
  return Profile::None;
}

Profile profileByDtlsId(uint16_t id) {
  for (const ProfileShape& shape : kShapes) {
    if (shape.profile != Profile::None && shape.dtlsId == id) return shape.profile;
  }
  return Profile::None;
}

SessionKeys::~SessionKeys() { OPENSSL_cleanse(this, sizeof *this); }

bool deriveSessionKeys(Profile profile, const uint8_t* master, bool rtcp, SessionKeys* keys) {
  const ProfileShape& shape = shapeOf(profile);
  uint8_t base = rtcp ? kRtcpLabels : 0;
  return derive(shape, master, base + kLabelRtpEncryption, keys->key, shape.keyLength) &&
         derive(shape, master, base + kLabelRtpAuthentication, keys->auth, kAuthKeyLength) &&
         derive(shape, master, base + kLabelRtpSalt, keys->salt, shape.saltLength);
}

}  // namespace packet_io
