// What the runtime throws besides the standard exceptions.
#pragma once
#include <stdexcept>
#include <string>

namespace sparsead {

/// The inactive data that the structure was planned from has changed; plan again. Seen wherever `values` would leave
/// its own memory, and at any change with SPARSEAD_CHECKED.
class structure_changed : public std::runtime_error {
public:
  explicit structure_changed(const std::string &text) : std::runtime_error(text) {}
};

/// `save` or `load`: the file cannot be written or read, is damaged, or is not a plan of this function as it is now.
class plan_file_error : public std::runtime_error {
public:
  plan_file_error(const std::string &path, const std::string &reason)
      : std::runtime_error("plan file '" + path + "': " + reason), path_(path) {}
  const std::string &path() const noexcept { return path_; }

private:
  std::string path_;
};

} // namespace sparsead
