// Stands in for a hub that has a history open: write_history DIR SIZE.
// A line of its input is an update to append, in fields with tabs between them (sequence number, time in µs,
// flags, id in hexadecimal, topics with blanks between them, event in hexadecimal); for each it prints a line
// when it is stored. It closes the history at the end of its input.
#include <charconv>
#include <cstdint>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "history/archive.h"

namespace {

using mercure::history::Archive;

std::string fromHexadecimal(const std::string& digits) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    unsigned char byte = 0;
    std::from_chars(&digits[i], &digits[i] + 2, byte, 16);
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

bool append(Archive& archive, const std::string& line) {
  auto fields = split(line, '\t');
  fields.resize(6);
  const std::string id = fromHexadecimal(fields[3]);
  const std::vector<std::string> topics = split(fields[4], ' ');
  const std::string event = fromHexadecimal(fields[5]);
  const mercure::history::NewRecord record{.sequence = std::stoull(fields[0]),
                                           .publishedAt = std::stoll(fields[1]),
                                           .flags = static_cast<std::uint8_t>(std::stoi(fields[2])),
                                           .topics = topics,
                                           .id = id,
                                           .event = event};
  const auto appended = archive.append({&record, 1});
  std::cout << (appended ? "stored" : describe(appended.error())) << std::endl;
  return appended.has_value();
}

}  // namespace

int main(int count, char** arguments) {
  std::ios::sync_with_stdio(false);
  if (count != 3) return 2;
  auto archive = Archive::open(arguments[1],
                               {.maxSize = std::stoull(arguments[2]), .sync = mercure::history::Sync::Off});
  std::cout << (archive ? "open" : describe(archive.error())) << std::endl;
  if (!archive) return 1;
  for (std::string line; std::getline(std::cin, line);) {
    if (!append(*archive, line)) return 1;
  }
  return 0;
}
