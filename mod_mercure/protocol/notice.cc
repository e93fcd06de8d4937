#include "protocol/notice.h"

namespace mercure::protocol {

namespace {

std::string encode(const std::string& members) {
  return "event: mercure-notice\ndata: {" + members + "}\n\n";
}

}  // namespace

std::string encodeGapNotice() {
  return encode(R"("notice":"gap")");
}

std::string encodeAnonymousNotice() {
  return encode(R"("notice":"anonymous")");
}

std::string encodeExpiryNotice(std::chrono::seconds left) {
  return encode(R"("notice":"expires","seconds":)" + std::to_string(left.count()));
}

}  // namespace mercure::protocol
