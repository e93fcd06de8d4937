#pragma once

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "auth/openssl.h"
#include "auth/release.h"

namespace mercure::auth::test {

using TlsContext = std::unique_ptr<SSL_CTX, Release<SSL_CTX_free>>;

/// A server's certificate for one name ("IP:127.0.0.1"), signed by itself, and a file of it to trust.
class TestCertificate {
 public:
  explicit TestCertificate(const std::string& name) {
    const PublicKey key(EVP_EC_gen("P-256"));
    const Certificate certificate(X509_new());
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key.get());
    X509_NAME* subject = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"),
                               -1, -1, 0);
    X509_set_issuer_name(certificate.get(), subject);
    const std::unique_ptr<X509_EXTENSION, Release<X509_EXTENSION_free>> names(
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, name.c_str()));
    X509_add_ext(certificate.get(), names.get(), -1);
    if (X509_sign(certificate.get(), key.get(), EVP_sha256()) == 0 ||
        SSL_CTX_use_certificate(context_.get(), certificate.get()) != 1 ||
        SSL_CTX_use_PrivateKey(context_.get(), key.get()) != 1)
      std::abort();
    write(*certificate);
  }
  TestCertificate(const TestCertificate&) = delete;
  TestCertificate& operator=(const TestCertificate&) = delete;
  ~TestCertificate() { std::remove(file_.c_str()); }

  [[nodiscard]] SSL_CTX* context() const { return context_.get(); }
  [[nodiscard]] const std::string& file() const { return file_; }

 private:
  void write(X509& certificate) {
    const Bio bio(BIO_new_file(file_.c_str(), "w"));
    if (bio == nullptr || PEM_write_bio_X509(bio.get(), &certificate) != 1) std::abort();
  }
  static std::string temporaryFile() {
    std::string path = "/tmp/mercure-test-XXXXXX";
    const int file = mkstemp(path.data());
    if (file < 0) std::abort();
    close(file);
    return path;
  }

  TlsContext context_{SSL_CTX_new(TLS_server_method())};
  std::string file_ = temporaryFile();
};

}  // namespace mercure::auth::test
