#include "protocol/url_cases.h"

#include <CppUTest/TestHarness.h>

using namespace mercure::protocol::test;

TEST_GROUP(UrlRelative){};

TEST(UrlRelative, to_a_special_base) {
  checkAgainst("http://u:p@a:8/b/c?q#f", {{"", "http://u:p@a:8/b/c?q"},
                                          {"#g", "http://u:p@a:8/b/c?q#g"},
                                          {"?r", "http://u:p@a:8/b/c?r"},
                                          {"?", "http://u:p@a:8/b/c?"},
                                          {"d", "http://u:p@a:8/b/d"},
                                          {"d?", "http://u:p@a:8/b/d?"},
                                          {".", "http://u:p@a:8/b/"},
                                          {"..", "http://u:p@a:8/"},
                                          {"../../d", "http://u:p@a:8/d"},
                                          {"/d", "http://u:p@a:8/d"},
                                          {"\\d", "http://u:p@a:8/d"},
                                          {"//d", "http://d/"},
                                          {"\\/d/e", "http://d/e"},
                                          {"///d", "http://d/"},
                                          {"//", kBadHost},
                                          {"//v@d:9", "http://v@d:9/"},
                                          {"http:d", "http://u:p@a:8/b/d"},
                                          {"http:/d", "http://u:p@a:8/d"},
                                          {"http:?r", "http://u:p@a:8/b/c?r"},
                                          {"http:", "http://u:p@a:8/b/c?q"},
                                          {"http:\\\\d", "http://d/"},
                                          {"http://d", "http://d/"},
                                          {"https:d", "https://d/"},
                                          {"tag:d", "tag:d"},
                                          {"d:e", "d:e"},
                                          {":d", "http://u:p@a:8/b/:d"},
                                          {"1:e", "http://u:p@a:8/b/1:e"},
                                          {"C|", "http://u:p@a:8/b/C|"}});
}

TEST(UrlRelative, to_a_base_of_another_scheme) {
  checkAgainst("tag://u:p@a:8/b/c?q#f", {{"", "tag://u:p@a:8/b/c?q"},
                                         {"d", "tag://u:p@a:8/b/d"},
                                         {"/d", "tag://u:p@a:8/d"},
                                         {"\\d", "tag://u:p@a:8/b/\\d"},
                                         {"/\\d", "tag://u:p@a:8/\\d"},
                                         {"//d", "tag://d"},
                                         {"//", "tag://"},
                                         {"///d", "tag:///d"},
                                         {"tag:d", "tag:d"}});
  checkAgainst("tag:/.//b", {{"c", "tag:/.//c"}, {"..", "tag:/"}, {"/c", "tag:/c"}, {"?q", "tag:/.//b?q"}});
  checkAgainst("tag://a", {{"b", "tag://a/b"}, {"..", "tag://a/"}, {"?q", "tag://a?q"}});
}

TEST(UrlRelative, to_an_opaque_base) {
  checkAgainst("tag:a?q#f", {{"#g", "tag:a?q#g"},
                             {"#", "tag:a?q#"},
                             {" \t#g", "tag:a?q#g"},
                             {"", kNoScheme},
                             {"b", kNoScheme},
                             {"?q", kNoScheme},
                             {"/b", kNoScheme},
                             {"//b", kNoScheme},
                             {"b#g", kNoScheme},
                             {"http:b", "http://b/"}});
}

TEST(UrlRelative, to_a_file_base) {
  checkAgainst("file://h/C:/a/b?q#f",
               {{"", "file://h/C:/a/b?q"},  {"#g", "file://h/C:/a/b?q#g"}, {"?r", "file://h/C:/a/b?r"},
                {"c", "file://h/C:/a/c"},   {"../..", "file://h/C:/"},     {"../../../c", "file://h/C:/c"},
                {"/c", "file://h/C:/c"},    {"\\c", "file://h/C:/c"},      {"D|", "file://h/D:"},
                {"D:/c", "d:/c"},           {"D|?x", "file://h/D:?x"},     {"D|#x", "file://h/D:#x"},
                {"D|\\c", "file://h/D:/c"}, {"D|c", "file://h/C:/a/D|c"},  {"/D|", "file://h/D:"},
                {"/D|/c", "file://h/D:/c"}, {"//D|/c", "file:///D:/c"},    {"//i/c", "file://i/c"},
                {"///c", "file:///c"},      {"file:c", "file://h/C:/a/c"}, {"file:/c", "file://h/C:/c"},
                {"//", "file:///"}});
  checkAgainst("file:///a/b",
               {{"C|x", "file:///a/C|x"}, {"..", "file:///"}, {"/c", "file:///c"}, {"file:", "file:///a/b"}});
}
