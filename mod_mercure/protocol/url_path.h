#pragma once

#include <string>
#include <string_view>

namespace mercure::protocol {

// Paths that are lists of segments, kept serialised: "/a/b", and "" for the empty list. A segment never holds
// a "/", so nothing is lost.

/// What a scheme changes in the way a path is read.
struct PathRules {
  bool isSpecial = false;  ///< "\" is as good as "/"
  bool isFile = false;     ///< drive letters count
};

/// The path state (https://url.spec.whatwg.org/#path-state): appends the segments of `text`, which is all
/// that belongs to the path and does not begin with the slash in front of its first segment. Resolves dot
/// segments.
void appendSegments(std::string& path, std::string_view text, PathRules rules);

/// The path start state: the same for a `text` that may begin with that slash.
void appendPath(std::string& path, std::string_view text, PathRules rules);

/// "Shorten a url's path" (https://url.spec.whatwg.org/#shorten-a-urls-path): drops the last segment, but
/// never a file's drive letter.
void shortenPath(std::string& path, PathRules rules);

/// A Windows drive letter (https://url.spec.whatwg.org/#windows-drive-letter): "C:" or "C|".
[[nodiscard]] bool isDriveLetter(std::string_view text) noexcept;

/// Whether `text` is a drive letter, alone or with one of "/", "\", "?" and "#" behind it.
[[nodiscard]] bool startsWithDriveLetter(std::string_view text) noexcept;

/// The first segment with its slash, "/C:", when it is a drive letter that is spelled with a colon; otherwise
/// empty. A view of `path`.
[[nodiscard]] std::string_view findDriveSegment(std::string_view path) noexcept;

}  // namespace mercure::protocol
