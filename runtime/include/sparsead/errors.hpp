// What the runtime throws besides the standard exceptions.
#pragma once
#include <stdexcept>
#include <string>

namespace sparsead {

/// SPARSEAD_CHECKED: the inactive data that the structure was planned from has changed; plan again.
class structure_changed : public std::runtime_error {
public:
  explicit structure_changed(const std::string &text) : std::runtime_error(text) {}
};

} // namespace sparsead
