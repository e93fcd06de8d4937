#include "protocol/url_path.h"

#include <string>
#include <string_view>

#include "protocol/hostile.h"

#include <CppUTest/TestHarness.h>

using mercure::protocol::appendPath;
using mercure::protocol::appendSegments;
using mercure::protocol::findDriveSegment;
using mercure::protocol::isDriveLetter;
using mercure::protocol::PathRules;
using mercure::protocol::shortenPath;
using mercure::protocol::startsWithDriveLetter;
using namespace mercure::protocol::test;

namespace {

constexpr PathRules kOther{};
constexpr PathRules kSpecial{.isSpecial = true};
constexpr PathRules kFile{.isSpecial = true, .isFile = true};

std::string appended(std::string path, std::string_view text, PathRules rules) {
  appendSegments(path, Exact(text), rules);
  return path;
}

std::string started(std::string_view text, PathRules rules) {
  std::string path;
  appendPath(path, Exact(text), rules);
  return path;
}

std::string shortened(std::string path, PathRules rules) {
  shortenPath(path, rules);
  return path;
}

}  // namespace

TEST_GROUP(UrlPath){};

TEST(UrlPath, segments_are_appended) {
  STRCMP_EQUAL("/a/b/c", appended("/a", "b/c", kOther).c_str());
  STRCMP_EQUAL("/a/", appended("/a", "", kOther).c_str());
  STRCMP_EQUAL("/a//b", appended("/a", "/b", kOther).c_str());
  STRCMP_EQUAL("/a/b\\c", appended("/a", "b\\c", kOther).c_str());
  STRCMP_EQUAL("/a/b/c", appended("/a", "b\\c", kSpecial).c_str());
  STRCMP_EQUAL("/b", appended("/a", "../b", kOther).c_str());
}

TEST(UrlPath, a_slash_in_front_is_not_doubled) {
  STRCMP_EQUAL("/a", started("/a", kOther).c_str());
  STRCMP_EQUAL("/a", started("a", kOther).c_str());
  STRCMP_EQUAL("/\\a", started("\\a", kOther).c_str());
  STRCMP_EQUAL("/a", started("\\a", kSpecial).c_str());
  STRCMP_EQUAL("//a", started("//a", kOther).c_str());
}

TEST(UrlPath, only_special_urls_have_a_path_where_none_is_written) {
  STRCMP_EQUAL("", started("", kOther).c_str());
  STRCMP_EQUAL("/", started("", kSpecial).c_str());
}

TEST(UrlPath, shortening_takes_the_last_segment) {
  STRCMP_EQUAL("/a", shortened("/a/b", kOther).c_str());
  STRCMP_EQUAL("/a", shortened("/a/", kOther).c_str());
  STRCMP_EQUAL("", shortened("/a", kOther).c_str());
  STRCMP_EQUAL("", shortened("", kOther).c_str());
}

TEST(UrlPath, shortening_leaves_the_drive_letter_of_a_file) {
  STRCMP_EQUAL("/C:", shortened("/C:", kFile).c_str());
  STRCMP_EQUAL("/C:", shortened("/C:/a", kFile).c_str());
  STRCMP_EQUAL("", shortened("/C:", kSpecial).c_str());
  STRCMP_EQUAL("", shortened("/C|", kFile).c_str());
  STRCMP_EQUAL("", shortened("/C:x", kFile).c_str());
}

TEST(UrlPath, drive_letters) {
  for (const std::string_view text : {"C:", "z|"}) CHECK_TRUE_TEXT(isDriveLetter(Exact(text)), text.data());
  for (const std::string_view text : {"", "C", "1:", "C;", "C:x", "::"}) {
    CHECK_FALSE_TEXT(isDriveLetter(Exact(text)), text.data());
  }
  for (const std::string_view text : {"C:", "c|/", "C:\\x", "C:?", "C|#x"}) {
    CHECK_TRUE_TEXT(startsWithDriveLetter(Exact(text)), text.data());
  }
  for (const std::string_view text : {"", "C", "C:x", "/C:", "C/:"}) {
    CHECK_FALSE_TEXT(startsWithDriveLetter(Exact(text)), text.data());
  }
}

TEST(UrlPath, drive_segment) {
  CHECK_TRUE(findDriveSegment(Exact("/C:/a")).size() == 3);
  CHECK_TRUE(findDriveSegment(Exact("/c:")).size() == 3);
  for (const std::string_view path : {"", "/", "/C|", "/C:x", "C:/", "/a/C:", "//C:"}) {
    CHECK_TRUE_TEXT(findDriveSegment(Exact(path)).empty(), path.data());
  }
}
