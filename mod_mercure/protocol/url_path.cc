#include "protocol/url_path.h"

#include <algorithm>

#include "protocol/ascii.h"
#include "protocol/url_encode_sets.h"

namespace mercure::protocol {

namespace {

// How many dots a segment consists of, "%2e" being one; none where there is anything else.
std::size_t countDots(std::string_view segment) noexcept {
  std::size_t dots = 0;
  while (!segment.empty()) {
    const bool isTriplet =
        segment.size() >= 3 && segment.starts_with("%2") && toAsciiLower(segment[2]) == 'e';
    if (!isTriplet && segment[0] != '.') return 0;
    segment.remove_prefix(isTriplet ? 3 : 1);
    ++dots;
  }
  return dots;
}

void appendSegment(std::string& path, std::string_view segment, bool isLast, PathRules rules) {
  const std::size_t dots = countDots(segment);
  if (dots == 1 || dots == 2) {
    if (dots == 2) shortenPath(path, rules);
    if (isLast) path += '/';
    return;
  }

  const bool isDrive = rules.isFile && path.empty() && isDriveLetter(segment);
  path += '/';
  appendEncoded(path, segment, kPathSet);
  if (isDrive) path.back() = ':';
}

std::string_view separators(PathRules rules) noexcept {
  return rules.isSpecial ? "/\\" : "/";
}

}  // namespace

void appendSegments(std::string& path, std::string_view text, PathRules rules) {
  std::size_t end = 0;
  do {
    end = text.find_first_of(separators(rules));
    const bool isLast = end == std::string_view::npos;
    appendSegment(path, text.substr(0, end), isLast, rules);
    if (!isLast) text.remove_prefix(end + 1);
  } while (end != std::string_view::npos);
}

void appendPath(std::string& path, std::string_view text, PathRules rules) {
  // Only a special URL has a path where none is written.
  if (text.empty() && !rules.isSpecial) return;
  const bool hasSlash = !text.empty() && separators(rules).find(text[0]) != std::string_view::npos;
  appendSegments(path, text.substr(hasSlash ? 1 : 0), rules);
}

void shortenPath(std::string& path, PathRules rules) {
  if (path.empty()) return;
  if (rules.isFile && findDriveSegment(path) == path) return;
  path.resize(std::min(path.rfind('/'), path.size()));
}

bool isDriveLetter(std::string_view text) noexcept {
  return text.size() == 2 && isAsciiAlpha(text[0]) && (text[1] == ':' || text[1] == '|');
}

bool startsWithDriveLetter(std::string_view text) noexcept {
  constexpr std::string_view kEnds = "/\\?#";
  return isDriveLetter(text.substr(0, 2)) &&
         (text.size() == 2 || kEnds.find(text[2]) != std::string_view::npos);
}

std::string_view findDriveSegment(std::string_view path) noexcept {
  if (!path.starts_with('/')) return {};
  // A first segment that is longer than this is no drive's, however long it is.
  const std::string_view beginning = path.substr(0, std::string_view("/C:/").size());
  const std::string_view segment = beginning.substr(0, beginning.find('/', 1));
  return isDriveLetter(segment.substr(1)) && segment.ends_with(':') ? segment : std::string_view();
}

}  // namespace mercure::protocol
