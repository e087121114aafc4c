// How the values of a plan are computed.
#pragma once
#include <ostream>

namespace sparsead {

enum class strategy { local, forward, reverse, bidirectional };

inline const char *to_string(strategy value) {
  switch (value) {
  case strategy::local:
    return "local";
  case strategy::forward:
    return "forward";
  case strategy::reverse:
    return "reverse";
  case strategy::bidirectional:
    return "bidirectional";
  }
  return "unknown";
}

inline std::ostream &operator<<(std::ostream &stream, strategy value) { return stream << to_string(value); }

} // namespace sparsead
