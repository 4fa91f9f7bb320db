#pragma once
// Certificate fingerprints as in SDP (RFC 8122 section 5).

#include <openssl/x509.h>

#include <cstdint>
#include <string>

namespace packet_io {

struct Fingerprint {
  const EVP_MD* digest = nullptr;
  uint8_t value[EVP_MAX_MD_SIZE];
  unsigned length = 0;

  // False for hashes that no longer protect (md5, sha-1), unknown ones and malformed values.
  static bool parse(const std::string& algorithm, const std::string& value, Fingerprint* fingerprint);
  bool matches(const X509* certificate) const;
};

// Upper-case hex pairs joined by colons, or empty.
std::string sha256Fingerprint(const X509* certificate);

}  // namespace packet_io
