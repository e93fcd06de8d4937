#pragma once

#include <string>

namespace mercure::protocol {

enum class PublicationFault {
  MissingTopic,
  TooManyTopics,
  FieldTooLong,
  NotUtf8,
  InvalidTopic,
  InvalidRetry,
  ReservedTopic,
  InvalidId,
  InvalidType
};

struct PublicationError {
  PublicationFault fault;
  std::string explanation;  ///< one line for the publisher: what was wrong, what is expected
};

}  // namespace mercure::protocol
