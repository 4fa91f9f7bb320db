#include "certificate.h"

#include <openssl/ec.h>
#include <openssl/rand.h>

#include <cstdint>

namespace packet_io {

namespace {
// Valid for ten years, from a day ago (wrong clocks): it is not renewed while the process runs, and
// browsers do not check it.
constexpr long kBefore = -86400;
constexpr long kAfter = 10L * 365 * 86400;
}  // namespace

Certificate::~Certificate() {
  X509_free(x509);
  EVP_PKEY_free(key);
}

bool Certificate::generate() {
  key = EVP_EC_gen("P-256");
  x509 = X509_new();
  uint64_t serial = 0;
  if (key == nullptr || x509 == nullptr || RAND_bytes(reinterpret_cast<uint8_t*>(&serial), sizeof serial) != 1)
    return false;
  X509_NAME* name = X509_get_subject_name(x509);
  // RFC 5280: the value 2 stands for version 3, and a serial number is positive.
  return X509_set_version(x509, 2) == 1 && ASN1_INTEGER_set_uint64(X509_get_serialNumber(x509), serial >> 1 | 1) == 1 &&
         X509_gmtime_adj(X509_getm_notBefore(x509), kBefore) != nullptr &&
         X509_gmtime_adj(X509_getm_notAfter(x509), kAfter) != nullptr &&
         X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const uint8_t*>("WebRTC"), -1, -1, 0) ==
             1 &&
         X509_set_issuer_name(x509, name) == 1 && X509_set_pubkey(x509, key) == 1 &&
         X509_sign(x509, key, EVP_sha256()) > 0;
}

}  // namespace packet_io
