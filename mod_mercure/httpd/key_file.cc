#include "httpd/key_file.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include <openssl/crypto.h>

#include <http_main.h>

#include "httpd/module.h"

namespace mercure::httpd {

SecretText::~SecretText() {
  OPENSSL_cleanse(text_.data(), text_.size());
}

std::string pathBelowServerRoot(const std::string& name) {
  return name.front() == '/' ? name : std::string(ap_server_root) + "/" + name;
}

tl::expected<SecretText, std::string> readKeyFile(const std::string& path, std::size_t limit) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return tl::unexpected(std::string(std::strerror(errno)));
  if (!S_ISREG(status.st_mode)) return tl::unexpected(std::string("it is not a file"));
  if (static_cast<std::size_t>(status.st_size) > limit)
    return tl::unexpected("it is larger than any key, " + std::to_string(limit / 1024) + " KiB");
  std::ifstream file(path, std::ios::binary);
  if (!file) return tl::unexpected(std::string(std::strerror(errno)));
  return SecretText(std::string(std::istreambuf_iterator<char>(file), {}));
}

bool isReadableByEverybody(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0;
}

}  // namespace mercure::httpd
