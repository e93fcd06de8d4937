#include "protocol/topic_selector.h"

#include <re2/re2.h>

#include <cstdint>
#include <utility>

#include "protocol/uri_template.h"

namespace mercure::protocol {

namespace {

// What RE2 may use for a template. With so much for each instruction its automaton has room for the states
// that ordinary topics reach, and need not give way to the slow simulation, which takes a time proportional
// to the instructions for each byte.
constexpr std::size_t kKibibyte = 1024;
constexpr std::size_t kBaseMemory = 8 * kKibibyte;
constexpr std::size_t kMemoryPerInstruction = kKibibyte;
constexpr std::size_t kMaxMemory = 1024 * kKibibyte;
constexpr std::size_t kMaxInstructions = (kMaxMemory - kBaseMemory) / kMemoryPerInstruction;

std::unique_ptr<re2::RE2> compilePattern(const std::string& pattern, std::size_t memory) {
  RE2::Options options;
  options.set_encoding(RE2::Options::EncodingLatin1);  // topics are bytes
  options.set_never_capture(true);
  options.set_log_errors(false);
  options.set_max_mem(static_cast<std::int64_t>(memory));
  return std::make_unique<re2::RE2>(pattern, options);
}

// RE2 gives two thirds of its memory to the forward program, that a quarter to the one-pass table and half of
// the rest to the one automaton that full matches use. The syntax tree comes on top.
std::size_t worstCase(const re2::RE2& pattern, std::size_t memory) {
  constexpr std::size_t kTreePerInstruction = 128;
  return sizeof(re2::RE2) + kKibibyte + memory * 5 / 12 +
         static_cast<std::size_t>(pattern.ProgramSize()) * kTreePerInstruction;
}

}  // namespace

TopicSelector::TopicSelector(Kind kind, std::string text) : kind_(kind), text_(std::move(text)) {
}
TopicSelector::TopicSelector(TopicSelector&&) noexcept = default;
TopicSelector& TopicSelector::operator=(TopicSelector&&) noexcept = default;
TopicSelector::~TopicSelector() = default;

tl::expected<TopicSelector, SelectorFault> TopicSelector::compile(std::string_view text) {
  if (text == "*") return TopicSelector(Kind::Everything, std::string(text));

  TopicSelector exact(Kind::Exact, std::string(text));
  exact.prefixLength_ = text.size();
  if (text.find('{') == std::string_view::npos) return exact;

  const auto uriTemplate = translateUriTemplate(text, kMaxInstructions);
  if (!uriTemplate) {
    if (uriTemplate.error() == UriTemplateFault::NotATemplate) return exact;
    return tl::make_unexpected(SelectorFault::TooComplex);
  }
  const std::size_t memory = kBaseMemory + uriTemplate->instructions * kMemoryPerInstruction;
  auto pattern = compilePattern(uriTemplate->pattern, memory);
  if (!pattern->ok()) return tl::make_unexpected(SelectorFault::TooComplex);

  TopicSelector selector(Kind::Template, std::string(text));
  selector.prefixLength_ = uriTemplate->prefixLength;
  selector.patternMemory_ = worstCase(*pattern, memory);
  selector.pattern_ = std::move(pattern);
  return selector;
}

bool TopicSelector::matches(std::string_view topic) const {
  if (kind_ == Kind::Everything || topic == text_) return true;
  if (kind_ == Kind::Exact || !topic.starts_with(literalPrefix())) return false;
  topic.remove_prefix(prefixLength_);
  return RE2::FullMatch({topic.data(), topic.size()}, *pattern_);
}

std::string_view TopicSelector::literalPrefix() const noexcept {
  return std::string_view(text_).substr(0, prefixLength_);
}

std::size_t TopicSelector::memory() const noexcept {
  return sizeof(TopicSelector) + text_.capacity() + 1 + patternMemory_;
}

}  // namespace mercure::protocol
