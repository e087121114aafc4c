// What a derivative function calls where the user's function would not go on: a failed assertion, a throw, an exit.
#include "sparsead/errors.hpp"
#include <stdexcept>

extern "C" void sparsead_rt_fail(const char *what) { throw std::runtime_error(what); }

// What a local kernel calls where its plan does not fit the call.
extern "C" void sparsead_rt_structure_changed() {
  throw sparsead::structure_changed(
      "the structure is not what was planned; inactive data that it depends on has changed");
}
