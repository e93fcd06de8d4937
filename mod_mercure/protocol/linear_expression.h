#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace mercure::protocol {

/// A compiled regular expression, matched in a time linear in the text and within a memory that is known
/// beforehand. Immutable, so any thread may match with it.
class LinearExpression {
 public:
  /// The most that one may use, all in all.
  static constexpr std::size_t kMaxMemory = std::size_t{1024} * 1024;

  /// The most instructions for which RE2 may use no more than `memory`.
  [[nodiscard]] static std::size_t instructionsFor(std::size_t memory) noexcept;

  /// What RE2 may use for so many instructions.
  [[nodiscard]] static std::size_t memoryFor(std::size_t instructions) noexcept;

  /// Compiles `pattern`, in RE2's syntax for Latin-1, which comes to no more than `instructions`. Nothing
  /// when RE2 finds it too large. May throw std::bad_alloc.
  [[nodiscard]] static std::optional<LinearExpression> compile(const std::string& pattern,
                                                               std::size_t instructions);

  LinearExpression(LinearExpression&&) noexcept;
  LinearExpression& operator=(LinearExpression&&) noexcept;
  LinearExpression(const LinearExpression&) = delete;
  LinearExpression& operator=(const LinearExpression&) = delete;
  ~LinearExpression();

  /// Whether it matches the whole text.
  [[nodiscard]] bool matches(std::string_view text) const;

  /// The bytes that it may come to use on the heap, at most.
  [[nodiscard]] std::size_t memory() const noexcept { return memory_; }

 private:
  LinearExpression(std::unique_ptr<re2::RE2> expression, std::size_t memory);

  std::unique_ptr<re2::RE2> expression_;
  std::size_t memory_;
};

}  // namespace mercure::protocol
