#include "httpd/key_source.h"

#include <strings.h>

#include <algorithm>
#include <cstdlib>

#include "httpd/key_file.h"
#include "protocol/ascii.h"

namespace mercure::httpd {
namespace {

constexpr std::size_t kMaxKeyFile = 64UL * 1024;

bool startsWithIgnoringCase(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && strncasecmp(text.data(), prefix.data(), prefix.size()) == 0;
}

/// Whether a literal key reads like the path of a file, or a URL: then somebody has forgotten what makes it
/// one, and the secret would be something that others can guess.
bool looksLikePlace(std::string_view text) {
  const auto mayBeInScheme = [](char c) {
    return protocol::isAsciiAlphanumeric(c) || c == '+' || c == '.' || c == '-';
  };
  if (const auto colon = text.find(":/"); colon != std::string_view::npos && colon > 0)
    return std::ranges::all_of(text.substr(0, colon), mayBeInScheme);
  // Neither a capital, nor + or =: so it is no random base64 that happens to begin like this.
  return text.starts_with('/') &&
         text.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ+= ") == std::string_view::npos;
}

std::string example(std::string_view directive, bool isPem = false) {
  return ", for example: " + std::string(directive) + " file:/etc/apache2/mercure/key" +
         (isPem ? ".pem RS256" : " HS256");
}

}  // namespace

tl::expected<KeySource, std::string> KeySource::parse(std::string_view directive, std::string_view place,
                                                      std::optional<std::string_view> algorithm) {
  KeySource source;
  source.directive_ = directive;
  if (algorithm) {
    source.algorithm_ = auth::algorithmNamed(*algorithm);
    // The argument is not repeated: it could be the secret, given in the wrong place.
    if (!source.algorithm_)
      return tl::unexpected(
          "the second argument is not an algorithm that keys can have; expected one of HS256, HS384, HS512, "
          "RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA" +
          example(directive));
  }
  if (startsWithIgnoringCase(place, "env:")) {
    source.place_ = Place::Environment;
    source.name_ = place.substr(4);
  } else if (startsWithIgnoringCase(place, "file:")) {
    source.place_ = Place::File;
    source.name_ = place.substr(5);
  } else if (looksLikePlace(place)) {
    return tl::unexpected(
        "the key reads like a path or a URL, which would be the secret itself; expected file: before a path, "
        "env: before a variable's name, or a directive for JWK Sets" +
        example(directive));
  } else {
    auto key = source.read(place);
    if (!key) return tl::unexpected(key.error() + example(directive, auth::Key::looksLikePem(place)));
    source.literal_ = std::move(*key);
    return source;
  }
  if (source.name_.empty())
    return tl::unexpected("nothing follows '" + std::string(place) +
                          "'; expected the name of an environment variable or the path of a file" +
                          example(directive));
  return source;
}

std::string KeySource::where() const {
  switch (place_) {
    case Place::Environment:
      return "the environment variable " + name_;
    case Place::File:
      return "the file " + name_;
    case Place::Literal:
      break;
  }
  return "the key given";
}

tl::expected<auth::Key, std::string> KeySource::read(std::string_view text) const {
  if (!algorithm_ && auth::Key::looksLikePem(text))
    return tl::unexpected(
        where() +
        " holds a PEM key, and the directive does not say which algorithm it is for; expected RS256, "
        "RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512 or EdDSA after the key");
  auto key = auth::Key::read(text, algorithm_.value_or(auth::Algorithm::HS256));
  if (!key) return tl::unexpected(where() + " cannot be used: " + key.error());
  return std::move(*key);
}

tl::expected<KeySource::Loaded, std::string> KeySource::load() const {
  const auto failed = [this](const std::string& why, std::string_view text = {}) {
    return tl::unexpected(directive_ + ": " + why + example(directive_, auth::Key::looksLikePem(text)));
  };
  if (literal_) return Loaded{*literal_, {}};
  if (place_ == Place::Environment) {
    const char* value = std::getenv(name_.c_str());
    if (value == nullptr)
      return failed(where() +
                    " is not set; expected a key there, from where httpd gets its environment, such as "
                    "/etc/apache2/envvars");
    auto key = read(value);
    if (!key) return failed(key.error(), value);
    return Loaded{std::move(*key), {}};
  }
  const std::string path = pathBelowServerRoot(name_);
  auto text = readKeyFile(path, kMaxKeyFile);
  if (!text)
    return failed(where() + " cannot be read: " + text.error() +
                  "; expected a file with the key, readable by root");
  auto key = read(text->view());
  if (!key) return failed(key.error(), text->view());
  Loaded loaded{std::move(*key), {}};
  if (auth::isSymmetric(loaded.key.algorithm()) && isReadableByEverybody(path))
    loaded.warning = directive_ + ": everybody on this machine can read the secret in " + path +
                     "; chmod 600 is enough for httpd";
  return loaded;
}

}  // namespace mercure::httpd
