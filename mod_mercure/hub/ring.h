#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace mercure::hub {

/// The log's ring as words at ever-growing byte positions, multiples of 8, each taken modulo the ring's size.
///
/// Every word is stored with release and loaded with acquire: whoever loads a word of a new record also sees
/// the tail that its writer had moved before, and so learns that what it copied is torn.
class Ring {
 public:
  /// A place that moves on by a word each time; owned by one thread.
  class Cursor {
   public:
    void put(std::uint64_t word) noexcept {
      words_[index_].store(word, std::memory_order_release);
      advance();
    }
    [[nodiscard]] std::uint64_t get() noexcept {
      const std::uint64_t word = words_[index_].load(std::memory_order_acquire);
      advance();
      return word;
    }
    /// Puts bytes, padded with zeros to a whole word.
    void put(std::string_view bytes) noexcept;
    void get(std::span<std::uint64_t> words) noexcept;
    void skip(std::size_t words) noexcept { index_ = (index_ + words) % words_.size(); }
    /// Whether these bytes come next, as they were put.
    [[nodiscard]] bool isAt(std::string_view bytes) noexcept;

   private:
    friend class Ring;
    Cursor(std::span<std::atomic<std::uint64_t>> words, std::size_t index) noexcept
        : words_(words), index_(index) {}
    void advance() noexcept {
      if (++index_ == words_.size()) index_ = 0;
    }
    std::span<std::atomic<std::uint64_t>> words_;
    std::size_t index_;
  };

  /// The words must outlive this object and its cursors.
  explicit Ring(std::span<std::atomic<std::uint64_t>> words) noexcept : words_(words) {}

  [[nodiscard]] std::uint64_t size() const noexcept { return words_.size_bytes(); }

  [[nodiscard]] Cursor at(std::uint64_t position) const noexcept {
    return {words_, static_cast<std::size_t>(position % size() / sizeof(std::uint64_t))};
  }

 private:
  std::span<std::atomic<std::uint64_t>> words_;
};

}  // namespace mercure::hub
