// A publisher's form, behind a byte that chooses the rules: what is taken keeps them, and makes one event.
#include "protocol/publication.h"

#include <string>

#include "protocol/event_stream.h"
#include "protocol/field_text.h"
#include "protocol/unicode.h"
#include "protocol/utf8.h"
#include "target.h"

namespace mercure::fuzz {

namespace {

using protocol::Generation;
using protocol::Protocol;
using protocol::Publication;
using protocol::PublicationRules;

PublicationRules rulesOf(char choice) {
  PublicationRules rules;
  rules.maxTopics = 3;
  if ((choice & 1) != 0) rules.generation = Generation::V1;
  rules.served = (choice & 2) != 0                    ? Protocol::Any
                 : rules.generation == Generation::V1 ? Protocol::V1
                                                      : Protocol::V0;
  return rules;
}

bool isFieldText(std::string_view text, Generation generation) {
  return text.size() <= protocol::kMaxFieldLength && protocol::isValidUtf8(text) &&
         (generation == Generation::V0 || !protocol::holdsControlOrFormat(text));
}

/// Every line of an event is a field that the hub knows, up to the one empty line at its end.
void checkEvent(std::string_view event) {
  require(event.ends_with("\n\n") && event.find("\n\n") == event.size() - 2, "one empty line ends an event");
  require(event.find('\r') == std::string_view::npos, "a carriage return ends no line of it");
  for (event.remove_suffix(1); !event.empty(); event.remove_prefix(event.find('\n') + 1)) {
    require(event.starts_with("event:") || event.starts_with("retry:") || event.starts_with("id:") ||
                event.starts_with("data:"),
            "each line of an event is a field");
  }
}

void checkPublication(const Publication& update, const PublicationRules& rules) {
  require(!update.topics.empty() && update.topics.size() <= rules.maxTopics, "an update has topics");
  for (const std::string& topic : update.topics)
    require(isFieldText(topic, rules.generation), "topics keep the rules");
  require(!update.id.empty() && isFieldText(update.id, rules.generation), "the id keeps the rules");
  require(isFieldText(update.type, rules.generation), "the type keeps the rules");
  require(protocol::isValidUtf8(update.data), "the data are UTF-8");
  checkEvent(protocol::encodeEvent(update));
}

}  // namespace

void tryInput(std::string_view input) {
  if (input.empty()) return;
  const PublicationRules rules = rulesOf(input.front());
  const auto update = protocol::readPublication(protocol::decodeForm(input.substr(1)), rules);
  if (update) return checkPublication(*update, rules);
  const std::string& words = update.error().explanation;
  require(!words.empty() && words.find_first_of("\r\n") == std::string::npos && protocol::isValidUtf8(words),
          "an explanation is one line");
}

}  // namespace mercure::fuzz
