#pragma once
// SRTP protection profiles and the derivation of session keys (RFC 3711 section 4.3, RFC 7714 section 11).

#include <cstddef>
#include <cstdint>

namespace packet_io {

enum class Profile : uint8_t { None, Gcm128, Gcm256, Cm80 };

struct ProfileShape {
  Profile profile;
  const char* name;         // as in the TypeScript interface
  const char* opensslName;  // as in SSL_CTX_set_tlsext_use_srtp
  uint16_t dtlsId;          // RFC 5764 section 4.1.2, RFC 7714 section 14.2
  size_t keyLength;
  size_t saltLength;
  size_t tagLength;
  const char* cipher;
};

constexpr size_t kMaxKeyLength = 32;
constexpr size_t kMaxSaltLength = 14;
constexpr size_t kAuthKeyLength = 20;
// The E flag and index that end every SRTCP packet.
constexpr size_t kSrtcpIndexLength = 4;

const ProfileShape& shapeOf(Profile profile);
Profile profileByName(const char* name);
Profile profileByDtlsId(uint16_t id);

// The keys of one direction of one protocol (SRTP or SRTCP). Wiped when destroyed.
struct SessionKeys {
  ~SessionKeys();
  uint8_t key[kMaxKeyLength];
  uint8_t salt[kMaxSaltLength];
  uint8_t auth[kAuthKeyLength];
};

// `master` is the master key followed by the master salt.
bool deriveSessionKeys(Profile profile, const uint8_t* master, bool rtcp, SessionKeys* keys);

}  // namespace packet_io
