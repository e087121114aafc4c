#include "sparsead/rt/spy.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace sparsead::rt {

template <class Index> std::string spy(Index rows, Index cols, const Index *row_ptr, const Index *col_ind, int width) {
  if (rows <= 0 || cols <= 0 || width <= 0)
    return {};
  // One scale for both directions, so that a diagonal looks like one; no more dots than entries.
  const double scale = std::max(1.0, double(cols) / (2.0 * width));
  const auto across =
      std::max<std::int64_t>(1, std::min<std::int64_t>(2 * std::int64_t(width), std::llround(cols / scale)));
  const auto down = std::max<std::int64_t>(1, std::min<std::int64_t>(std::int64_t(rows), std::llround(rows / scale)));
  const std::int64_t line = (across + 1) / 2, lines = (down + 3) / 4;
  std::vector<unsigned char> cells(std::size_t(line * lines), 0);
  // Braille numbers its dots 1-2-3-7 down the left side and 4-5-6-8 down the right.
  static const unsigned char dot[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
  for (Index i = 0; i < rows; ++i) {
    const auto y = std::int64_t(double(i) * double(down) / double(rows));
    for (Index k = row_ptr[i]; k < row_ptr[i + 1]; ++k) {
      const auto x = std::int64_t(double(col_ind[k]) * double(across) / double(cols));
      cells[std::size_t(y / 4 * line + x / 2)] |= dot[y % 4][x % 2];
    }
  }
  std::string text;
  text.reserve(std::size_t((3 * line + 1) * lines));
  for (std::int64_t y = 0; y < lines; ++y) {
    for (std::int64_t x = 0; x < line; ++x) {
      const unsigned code = 0x2800u + cells[std::size_t(y * line + x)];
      text += char(0xE0 | (code >> 12));
      text += char(0x80 | ((code >> 6) & 0x3F));
      text += char(0x80 | (code & 0x3F));
    }
    text += '\n';
  }
  return text;
}

template std::string spy(std::int32_t, std::int32_t, const std::int32_t *, const std::int32_t *, int);
template std::string spy(std::int64_t, std::int64_t, const std::int64_t *, const std::int64_t *, int);

std::string summary(std::int64_t rows, std::int64_t cols, std::int64_t nnz, const std::string &strategy,
                    std::int64_t num_colors, const char *what) {
  // A matrix without places has no zeros to count.
  const double places = double(rows) * double(cols);
  const double sparsity = places > 0 ? 100.0 * (1.0 - double(nnz) / places) : 0.0;
  char percent[32];
  std::snprintf(percent, sizeof percent, "%.1f%%", sparsity);
  std::string text = std::string(what) + " " + std::to_string(rows) + "×" + std::to_string(cols) +
                     ", nnz=" + std::to_string(nnz) + ", sparsity " + percent + ", " + strategy;
  if (strategy.find("local") == std::string::npos)
    text += ", " + std::to_string(num_colors) + (num_colors == 1 ? " color" : " colors");
  return text;
}

} // namespace sparsead::rt
