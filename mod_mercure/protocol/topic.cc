#include "protocol/topic.h"

#include "protocol/field_text.h"
#include "protocol/reserved_topic.h"
#include "protocol/unicode.h"

namespace mercure::protocol {

std::optional<PublicationError> checkTopic(const FormField& topic, std::string_view hubPath,
                                           Generation generation) {
  using Fault = PublicationFault;
  if (auto objection = checkFieldText(topic, generation)) return objection;
  const bool isOld = generation == Generation::V0;
  const std::string& text = topic.value;
  if (!isOld && text == "*")
    return PublicationError{Fault::InvalidTopic, "\"*\" is no topic: it is the matcher of every topic"};
  if (!isOld && holdsControlOrFormat(text))
    return PublicationError{Fault::InvalidTopic, "invalid topic " + quoteFieldText(text) +
                                                     ": it must not hold control or format characters"};
  if (isReservedTopic(text, hubPath, generation))
    return PublicationError{Fault::ReservedTopic,
                            "topic " + quoteFieldText(text) + " lies in the reserved namespace " +
                                quoteFieldText(hubPath) + ": only the hub publishes there"};
  return std::nullopt;
}

}  // namespace mercure::protocol
