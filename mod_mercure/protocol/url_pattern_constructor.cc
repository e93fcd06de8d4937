#include "protocol/url_pattern_constructor.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "protocol/url_components.h"
#include "protocol/url_pattern_component.h"
#include "protocol/url_pattern_tokens.h"

namespace mercure::protocol {

namespace {

using Token = UrlPatternToken;
using Result = tl::expected<void, UrlPatternError>;

// In the order that the components stand in.
enum class State {
  Init,
  Protocol,
  Authority,
  Username,
  Password,
  Hostname,
  Port,
  Pathname,
  Search,
  Hash,
  Done
};

UrlComponent componentOf(State state) {
  switch (state) {
    case State::Protocol:
      return UrlComponent::Protocol;
    case State::Username:
      return UrlComponent::Username;
    case State::Password:
      return UrlComponent::Password;
    case State::Hostname:
      return UrlComponent::Hostname;
    case State::Port:
      return UrlComponent::Port;
    case State::Pathname:
      return UrlComponent::Pathname;
    case State::Search:
      return UrlComponent::Search;
    default:
      return UrlComponent::Hash;
  }
}

class Parser {
 public:
  Parser(std::string_view input, std::vector<Token> tokens) : input_(input), tokens_(std::move(tokens)) {}

  tl::expected<UrlPatternInit, UrlPatternError> run() {
    for (; state_ != State::Done; index_ += increment_) {
      increment_ = 1;
      if (tokens_[index_].type == Token::Type::End) {
        takeEnd();
      } else if (!skipsGroup()) {
        if (const Result result = takeToken(); !result) return tl::make_unexpected(result.error());
      }
    }
    if (init_[UrlComponent::Hostname]) setDefault(UrlComponent::Port, "");
    return std::move(init_);
  }

 private:
  // At the end of the input: a relative pattern, or an authority without a user, has yet to be read.
  void takeEnd() {
    if (state_ == State::Init) {
      rewind();
      if (isHashPrefix()) return changeState(State::Hash, 1);
      if (isSearchPrefix()) return changeState(State::Search, 1);
      return changeState(State::Pathname, 0);
    }
    if (state_ == State::Authority) return rewindTo(State::Hostname);
    changeState(State::Done, 0);
  }

  // No component begins within braces.
  bool skipsGroup() {
    const Token::Type type = tokens_[index_].type;
    if (type == Token::Type::Open) {
      ++groupDepth_;
      return true;
    }
    if (groupDepth_ == 0) return false;
    if (type != Token::Type::Close) return true;
    --groupDepth_;
    return false;
  }

  Result takeToken() {
    switch (state_) {
      case State::Init:
        if (isCharacter(':')) rewindTo(State::Protocol);
        break;
      case State::Protocol:
        if (isCharacter(':')) return leaveProtocol();
        break;
      case State::Authority:
        if (isCharacter('@')) {
          rewindTo(State::Username);
        } else if (isCharacter('/') || isSearchPrefix() || isHashPrefix()) {
          rewindTo(State::Hostname);
        }
        break;
      case State::Username:
        if (isCharacter(':')) {
          changeState(State::Password, 1);
        } else if (isCharacter('@')) {
          changeState(State::Hostname, 1);
        }
        break;
      case State::Password:
        if (isCharacter('@')) changeState(State::Hostname, 1);
        break;
      case State::Hostname:
        takeInHostname();
        break;
      case State::Port:
        takeInPort();
        break;
      case State::Pathname:
        takeInPathname();
        break;
      case State::Search:
        if (isHashPrefix()) changeState(State::Hash, 1);
        break;
      case State::Hash:
      case State::Done:
        break;
    }
    return {};
  }

  Result leaveProtocol() {
    const auto protocol = UrlPatternComponent::compile(componentString(), {}, canonicalizeProtocol,
                                                       LinearExpression::kMaxMemory);
    if (!protocol) return tl::make_unexpected(protocol.error());
    isSpecial_ = protocol->matchesSpecialScheme();
    if (isCharacter('/', 1) && isCharacter('/', 2)) {
      changeState(State::Authority, 3);
    } else {
      changeState(isSpecial_ ? State::Authority : State::Pathname, 1);
    }
    return {};
  }

  void takeInHostname() {
    if (isCharacter('[')) {
      ++bracketDepth_;
    } else if (isCharacter(']')) {
      --bracketDepth_;
    } else if (isCharacter(':') && bracketDepth_ == 0) {
      changeState(State::Port, 1);
    } else {
      takeInPort();
    }
  }

  void takeInPort() {
    if (isCharacter('/')) {
      changeState(State::Pathname, 0);
    } else {
      takeInPathname();
    }
  }

  void takeInPathname() {
    if (isSearchPrefix()) {
      changeState(State::Search, 1);
    } else if (isHashPrefix()) {
      changeState(State::Hash, 1);
    }
  }

  // "Change state": what stood before it is the old state's component. Those between the two are as empty as
  // they would be in a URL.
  void changeState(State next, std::size_t skip) {
    if (state_ != State::Init && state_ != State::Authority) init_[componentOf(state_)] = componentString();
    if (state_ != State::Init && next != State::Done) {
      if (state_ < State::Hostname && next > State::Hostname) setDefault(UrlComponent::Hostname, "");
      if (state_ < State::Pathname && next > State::Pathname)
        setDefault(UrlComponent::Pathname, isSpecial_ ? "/" : "");
      if (state_ < State::Search && next > State::Search) setDefault(UrlComponent::Search, "");
    }
    state_ = next;
    index_ += skip;
    start_ = index_;
    increment_ = 0;
  }

  void setDefault(UrlComponent component, const char* pattern) {
    if (!init_[component]) init_[component] = pattern;
  }

  void rewind() {
    index_ = start_;
    increment_ = 0;
  }

  void rewindTo(State state) {
    rewind();
    state_ = state;
  }

  // "Is a non-special pattern char", so many tokens ahead.
  [[nodiscard]] bool isCharacter(char c, std::size_t ahead = 0) const {
    const Token& token = tokens_[std::min(index_ + ahead, tokens_.size() - 1)];
    if (token.value != std::string_view(&c, 1)) return false;
    return token.type == Token::Type::Character || token.type == Token::Type::EscapedCharacter ||
           token.type == Token::Type::InvalidCharacter;
  }

  [[nodiscard]] bool isHashPrefix() const { return isCharacter('#'); }

  // A question mark that is no modifier.
  [[nodiscard]] bool isSearchPrefix() const {
    if (isCharacter('?')) return true;
    if (tokens_[index_].value != "?") return false;
    if (index_ == 0) return true;
    const Token::Type previous = tokens_[index_ - 1].type;
    return previous != Token::Type::Name && previous != Token::Type::Regexp &&
           previous != Token::Type::Close && previous != Token::Type::Asterisk;
  }

  // "Make a component string".
  [[nodiscard]] std::string componentString() const {
    const std::size_t start = tokens_[start_].index;
    return std::string(input_.substr(start, tokens_[index_].index - start));
  }

  std::string_view input_;
  std::vector<Token> tokens_;
  UrlPatternInit init_;
  State state_ = State::Init;
  std::size_t index_ = 0;      // of a token, like the others
  std::size_t start_ = 0;      // where the component begins
  std::size_t increment_ = 1;  // 0 where the state's change has set the index
  std::size_t groupDepth_ = 0;
  std::ptrdiff_t bracketDepth_ = 0;
  bool isSpecial_ = false;
};

}  // namespace

tl::expected<UrlPatternInit, UrlPatternError> parseConstructorString(std::string_view input) {
  auto tokens = tokenizeUrlPattern(input, TokenizePolicy::Lenient);
  if (!tokens) return tl::make_unexpected(std::move(tokens.error()));
  return Parser(input, *std::move(tokens)).run();
}

}  // namespace mercure::protocol
