// Tries each file of a corpus, named on the command line: a fuzz target's share in the ordinary tests.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "target.h"

namespace {

/// In a buffer of just its size, so that AddressSanitizer sees who reads beyond it.
std::vector<char> contentOf(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::vector<char> content{std::istreambuf_iterator<char>(stream), {}};
  content.shrink_to_fit();
  return content;
}

}  // namespace

int main(int count, char** arguments) {
  std::error_code error;
  int tried = 0;
  const std::filesystem::directory_iterator files(count == 2 ? arguments[1] : "", error);
  for (const auto& entry : files) {
    const std::vector<char> content = contentOf(entry.path());
    std::printf("%s\n", entry.path().filename().c_str());
    std::fflush(stdout);  // whatever ends the process, its input has been named
    mercure::fuzz::tryInput({content.data(), content.size()});
    ++tried;
  }
  if (error || tried == 0) {
    std::fputs("expected one directory with inputs\n", stderr);
    return 1;
  }
  std::printf("%d inputs\n", tried);
}
