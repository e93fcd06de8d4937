#include "httpd/key_set_source.h"

#include <algorithm>

#include "httpd/key_file.h"
#include "protocol/url.h"

namespace mercure::httpd {
namespace {

std::string example(std::string_view directive) {
  return ", for example: " + std::string(directive) + " https://login.example.com/jwks.json RS256";
}

/// The path of `file:PATH` or of a file URL on this machine (P0-TOK-04); empty when `place` is neither.
std::string_view filePath(std::string_view place) {
  static constexpr std::string_view kScheme = "file:";
  if (!place.starts_with(kScheme)) return {};
  place.remove_prefix(kScheme.size());
  for (const std::string_view host : {"//localhost/", "///"})
    if (place.starts_with(host)) place.remove_prefix(host.size() - 1);
  return place;
}

/// A web URL as it is usually spelled, for libcurl would stumble over a blank; empty where `place` is none.
std::string webUrl(std::string_view place) {
  const auto url = protocol::parseUrl(place);
  const bool isWeb = url && (url->scheme == "https" || url->scheme == "http") && url->username.empty() &&
                     url->password.empty() && !url->fragment;
  return isWeb ? url->href() : std::string();
}

std::string joined(const std::vector<std::string>& notes) {
  std::string text;
  for (const std::string& note : notes) text.append(text.empty() ? ": " : "; ").append(note);
  return text;
}

}  // namespace

tl::expected<KeySetSource, std::string> KeySetSource::parse(std::string_view directive,
                                                            std::string_view place,
                                                            std::span<const std::string_view> algorithms) {
  const auto refused = [&](const std::string& why) { return tl::unexpected(why + example(directive)); };
  KeySetSource source;
  source.directive_ = directive;
  source.place_ = filePath(place);
  source.isRemote_ = source.place_.empty();
  if (source.isRemote_) {
    source.place_ = webUrl(place);
    if (source.place_.empty())
      return refused(
          "'" + std::string(place) +
          "' is not where a JWK Set can be; expected an https:// URL without user and fragment, or "
          "file:PATH");
  }
  for (const std::string_view name : algorithms) {
    const auto algorithm = auth::algorithmNamed(name);
    if (!algorithm)
      return refused("'" + std::string(name) +
                     "' is not an algorithm; expected HS256, HS384, HS512 (from a file only), RS256, RS384, "
                     "RS512, PS256, PS384, PS512, ES256, ES384, ES512 or EdDSA");
    if (source.isRemote_ && auth::isSymmetric(*algorithm))
      return refused(std::string(name) + " needs a secret, and a secret must not be at a URL");
    source.algorithms_.push_back(*algorithm);
  }
  if (source.algorithms_.empty())
    source.algorithms_.assign(auth::kPublicKeyAlgorithms.begin(), auth::kPublicKeyAlgorithms.end());
  return source;
}

tl::expected<auth::KeySet, std::string> KeySetSource::load() const {
  const auto failed = [&](const std::string& why) {
    return tl::unexpected(directive_ + ": the file " + place_ + " " + why + "; expected a JWK Set" +
                          example(directive_));
  };
  const auto text = readKeyFile(pathBelowServerRoot(place_), auth::kMaxKeySetSize);
  if (!text) return failed("cannot be read: " + text.error());
  auto set = auth::readKeySet(text->view(), algorithms_);
  if (!set) return failed("is no JWK Set: " + set.error());
  if (set->keys.empty()) return failed("has no key that can be used" + joined(set->notes));
  return std::move(*set);
}

}  // namespace mercure::httpd
