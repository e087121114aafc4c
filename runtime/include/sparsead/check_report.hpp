// What `plan.check(arguments…)` found.
#pragma once
#include <cstdint>
#include <ostream>
#include <string>

namespace sparsead {

struct check_report {
  bool ok = true;
  double max_error = 0;            ///< largest |derivative - finite difference| / (1 + |finite difference|)
  std::int64_t row = -1, col = -1; ///< the entry with that error; -1 where there is none
  std::string text;                ///< one line for people

  explicit operator bool() const { return ok; }
};

inline std::ostream &operator<<(std::ostream &stream, const check_report &report) { return stream << report.text; }

} // namespace sparsead
