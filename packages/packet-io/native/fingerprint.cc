#include "fingerprint.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <strings.h>

namespace packet_io {

namespace {

int hexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

bool Fingerprint::parse(const std::string& algorithm, const std::string& value, Fingerprint* fingerprint) {
  if (strcasecmp(algorithm.c_str(), "sha-256") == 0) {
    fingerprint->digest = EVP_sha256();
  } else if (strcasecmp(algorithm.c_str(), "sha-384") == 0) {
    fingerprint->digest = EVP_sha384();
  } else if (strcasecmp(algorithm.c_str(), "sha-512") == 0) {
    fingerprint->digest = EVP_sha512();
  } else {
    return false;
  }
  fingerprint->length = static_cast<unsigned>(EVP_MD_get_size(fingerprint->digest));
  if (value.size() != fingerprint->length * 3 - 1) return false;
  for (unsigned i = 0; i < fingerprint->length; i++) {
    int high = hexDigit(value[i * 3]);
    int low = hexDigit(value[i * 3 + 1]);
    if (high < 0 || low < 0 || (i + 1 < fingerprint->length && value[i * 3 + 2] != ':')) return false;
    fingerprint->value[i] = static_cast<uint8_t>(high << 4 | low);
  }
  return true;
}

bool Fingerprint::matches(const X509* certificate) const {
  uint8_t actual[EVP_MAX_MD_SIZE];
  unsigned actualLength = 0;
  if (certificate == nullptr || X509_digest(certificate, digest, actual, &actualLength) != 1) return false;
  return actualLength == length && CRYPTO_memcmp(actual, value, length) == 0;
}

std::string sha256Fingerprint(const X509* certificate) {
  static const char kHex[] = "0123456789ABCDEF";
  uint8_t digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  std::string text;
  if (X509_digest(certificate, EVP_sha256(), digest, &length) != 1) return text;
  for (unsigned i = 0; i < length; i++) {
    if (i > 0) text += ':';
    text += kHex[digest[i] >> 4];
    text += kHex[digest[i] & 15];
  }
  return text;
}

}  // namespace packet_io
