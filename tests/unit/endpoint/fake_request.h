#pragma once

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "endpoint/request.h"

namespace mercure::endpoint::test {

/// A request as a front would have received it; everything may be set.
class FakeRequest : public Request {
 public:
  std::string methodName = "GET";
  std::string subpathText;
  bool isForMetadata = false;
  std::string queryText;
  std::vector<std::pair<std::string, std::string>> headerFields;
  bool encrypted = true;
  bool serversPassword = false;
  std::string origin = "https://hub.example";
  std::string body;
  std::optional<BodyFault> bodyFault;
  int bodyReads = 0;

  void set(std::string name, std::string value) {
    headerFields.emplace_back(std::move(name), std::move(value));
  }

  [[nodiscard]] std::string_view method() const override { return methodName; }
  [[nodiscard]] std::string_view subpath() const override { return subpathText; }
  [[nodiscard]] bool asksForMetadata() const override { return isForMetadata; }
  [[nodiscard]] std::string_view query() const override { return queryText; }
  [[nodiscard]] std::vector<std::string_view> fields(std::string_view name) const override {
    const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
    std::vector<std::string_view> values;
    for (const auto& [fieldName, value] : headerFields) {
      if (std::equal(fieldName.begin(), fieldName.end(), name.begin(), name.end(),
                     [&](char a, char b) { return lower(a) == lower(b); })) {
        values.emplace_back(value);
      }
    }
    return values;
  }
  [[nodiscard]] bool isEncrypted() const override { return encrypted; }
  [[nodiscard]] bool hasServersPassword() const override { return serversPassword; }
  [[nodiscard]] std::string ownOrigin() const override { return origin; }
  [[nodiscard]] tl::expected<std::string, BodyFault> readBody(std::size_t limit) override {
    ++bodyReads;
    if (bodyFault) return tl::unexpected(*bodyFault);
    if (body.size() > limit) return tl::unexpected(BodyFault::TooLarge);
    return body;
  }
};

}  // namespace mercure::endpoint::test
