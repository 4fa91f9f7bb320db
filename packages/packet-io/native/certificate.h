#pragma once
// The self-signed ECDSA P-256 certificate of one socket: peers identify it by its fingerprint only.

#include <openssl/evp.h>
#include <openssl/x509.h>

namespace packet_io {

struct Certificate {
  EVP_PKEY* key = nullptr;
  X509* x509 = nullptr;

  Certificate() = default;
  ~Certificate();
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;
  bool generate();
};

}  // namespace packet_io
