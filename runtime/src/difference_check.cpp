// plan.check: the derivative against finite differences of the function itself, along the colors of the columns.
#include "sparsead/rt/difference_check.hpp"
#include "sparsead/rt/forward_schedule.hpp"
#include "sparsead/rt/local_gather.hpp"
#include "sparsead/rt/object_map.hpp"
#include "sparsead/rt/plan_core.hpp"
#include "sparsead/rt/reverse_schedule.hpp"
#include "sparsead/rt/workspace_state.hpp"
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>

namespace sparsead::rt {
namespace {

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

std::string place(std::int64_t row, std::int64_t col) {
  return "(" + std::to_string(row) + ", " + std::to_string(col) + ")";
}

/// Signs and sizes that do not cancel.
double weight_of(std::size_t j) {
  std::uint64_t z = (j + 1) * 0x9E3779B97F4A7C15u;
  z ^= z >> 31;
  return (z & 1 ? -1.0 : 1.0) * (0.5 + double(z >> 40) * 0x1p-24);
}

} // namespace

difference_quotients::difference_quotients(const object_map &map, const packed_call &call, binding &bound,
                                           std::size_t results, evaluation evaluate)
    : map_(map), bound_(bound), evaluate_(std::move(evaluate)) {
  bound_.bind(map, call.args, call.result, binding::purpose::copy);
  bound_.save(map, saved_, true);
  at.resize(static_cast<std::size_t>(map.cols));
  for_each_number(map, bound_, map.descriptor.inputs, map.descriptor.num_inputs,
                  [&](std::size_t j, const char *address, std::int32_t bytes) {
                    at[j] = read_number(address, bytes);
                    single_ |= bytes == 4;
                  });
  point_ = at;
  below_.resize(results);
  above_.resize(results);
}

void difference_quotients::derivative(const std::vector<double> &direction, double scale, std::vector<double> &slope) {
  slope.assign(below_.size(), 0.0);
  for (const int k : {1, 2}) {
    move(direction, k * scale);
    evaluate(above_);
    move(direction, -k * scale);
    evaluate(below_);
    const double weight = (k == 1 ? 8.0 : -1.0) / (12.0 * scale);
    for (std::size_t i = 0; i < slope.size(); ++i)
      slope[i] += weight * (above_[i] - below_[i]);
  }
}

void difference_quotients::move(const std::vector<double> &direction, double t) {
  for (std::size_t j = 0; j < at.size(); ++j)
    point_[j] = direction[j] == 0 ? at[j] : at[j] + t * direction[j] * step(j);
}

void difference_quotients::evaluate(std::vector<double> &results) {
  bound_.restore(map_, saved_, true);
  for_each_number(map_, bound_, map_.descriptor.inputs, map_.descriptor.num_inputs,
                  [&](std::size_t j, char *address, std::int32_t bytes) {
                    const float single = static_cast<float>(point_[j]);
                    if (bytes == 4)
                      std::memcpy(address, &single, sizeof single);
                    else
                      std::memcpy(address, &point_[j], sizeof point_[j]);
                  });
  evaluate_(results);
}

template <class Index>
check_report compare_with_differences(difference_quotients &quotients, const checked_matrix<Index> &matrix) {
  const csr_pattern<Index> &pattern = matrix.pattern;
  const coloring_result &colors = matrix.colors;
  const double *const v = matrix.values;
  const std::size_t rows = static_cast<std::size_t>(pattern.rows), cols = static_cast<std::size_t>(pattern.cols);
  check_report report;
  std::int64_t compared = 0, skipped = 0;
  auto fail = [&](std::int64_t row, std::int64_t col, const std::string &text) {
    if (!report.ok)
      return;
    report.ok = false;
    report.row = row;
    report.col = col;
    report.text = "'" + std::string(matrix.function) + "': entry " + place(row, col) + text;
  };
  std::vector<double> direction(cols), coarse, fine;
  auto differentiate = [&] {
    quotients.derivative(direction, 1.0, coarse);
    quotients.derivative(direction, 0.25, fine);
  };
  auto doubt = [&](std::size_t i) { return std::fabs(coarse[i] - fine[i]) / (1.0 + std::fabs(fine[i])); };

  std::vector<Index> entry(rows);
  std::vector<std::size_t> columns;
  for (std::int32_t color = -1; color < colors.num_colors; ++color) {
    columns.clear();
    for (std::size_t j = 0; j < cols; ++j)
      if (colors.colors[j] == color)
        columns.push_back(j);
    if (columns.empty())
      continue;
    std::fill(direction.begin(), direction.end(), 0.0);
    for (const std::size_t j : columns)
      direction[j] = weight_of(j);
    differentiate();
    std::fill(entry.begin(), entry.end(), Index(-1));
    for (std::size_t i = 0; i < rows && color >= 0; ++i)
      for (Index k = pattern.row_ptr[i]; k < pattern.row_ptr[i + 1]; ++k)
        if (colors.colors[static_cast<std::size_t>(pattern.col_ind[static_cast<std::size_t>(k)])] == color)
          entry[i] = k;
    for (std::size_t i = 0; i < rows; ++i) {
      const bool inside = entry[i] >= 0;
      const std::size_t k = inside ? static_cast<std::size_t>(entry[i]) : 0;
      const std::size_t j = inside ? static_cast<std::size_t>(pattern.col_ind[k]) : 0;
      const double unit = inside ? direction[j] * quotients.step(j) : quotients.step(columns[0]);
      const double quotient = fine[i] / unit, spread = std::fabs(coarse[i] - fine[i]) / std::fabs(unit);
      if (!std::isfinite(quotient) || !std::isfinite(spread) || spread > 1e-3 * (1.0 + std::fabs(quotient))) {
        ++skipped;
        continue;
      }
      const double expected = inside ? v[k] : 0.0;
      const double error = std::fabs(expected - quotient) / (1.0 + std::fabs(quotient));
      ++compared;
      const bool good = error <= quotients.tolerance() + 10 * spread / (1.0 + std::fabs(quotient));
      if (inside) {
        if (!(error <= report.max_error) && report.ok) {
          report.max_error = error;
          report.row = static_cast<std::int64_t>(i);
          report.col = static_cast<std::int64_t>(j);
        }
        if (!good)
          fail(static_cast<std::int64_t>(i), static_cast<std::int64_t>(j),
               ": the derivative is " + number(v[k]) + ", finite differences give " + number(quotient));
      } else if (!good) {
        // Which of these columns: halve them until one is left.
        std::vector<std::size_t> suspects = columns;
        double found = quotient;
        while (suspects.size() > 1) {
          const std::vector<std::size_t> half(suspects.begin(),
                                              suspects.begin() + static_cast<std::ptrdiff_t>(suspects.size() / 2));
          std::fill(direction.begin(), direction.end(), 0.0);
          for (const std::size_t c : half)
            direction[c] = weight_of(c);
          differentiate();
          const bool here = std::fabs(fine[i] / unit) > quotients.tolerance() && doubt(i) < 1e-3;
          suspects = here ? half
                          : std::vector<std::size_t>(suspects.begin() + static_cast<std::ptrdiff_t>(half.size()),
                                                     suspects.end());
        }
        std::fill(direction.begin(), direction.end(), 0.0);
        direction[suspects[0]] = 1.0;
        differentiate();
        found = fine[i] / quotients.step(suspects[0]);
        report.max_error = std::fabs(found) / (1.0 + std::fabs(found));
        fail(static_cast<std::int64_t>(i), static_cast<std::int64_t>(suspects[0]),
             " is outside the pattern, but finite differences give " + number(found));
      }
      if (!report.ok)
        return report;
    }
  }
  report.text = "'" + std::string(matrix.function) + "': " + std::to_string(pattern.col_ind.size()) +
                " entries agree with finite differences, largest error " + number(report.max_error);
  if (report.row >= 0)
    report.text += " at " + place(report.row, report.col);
  report.text += "; directions outside the pattern give zero";
  if (skipped > 0)
    report.text += " (" + std::to_string(skipped) + " of " + std::to_string(compared + skipped) +
                   " not compared: no smooth finite difference there)";
  return report;
}

template <class Index> check_report plan_core<Index>::check(workspace_state &workspace, const packed_call &call) const {
  bind(workspace, call);
  // The caller's arrays are put back at the end, and before the function is called: `saved` is of this scope, since an
  // evaluation uses the workspace's own.
  aligned_buffer saved;
  workspace.bound.save(*map_, saved, true);
  std::vector<double> v(pattern_.col_ind.size());
  all_values(workspace, call, v.data());
  if (call.destroy_result)
    call.destroy_result(call.result);
  workspace.bound.restore(*map_, saved, true);

  binding bound;
  bound.lay_out(*map_);
  difference_quotients quotients(*map_, call, bound, static_cast<std::size_t>(map_->rows),
                                 [&](std::vector<double> &outputs) {
                                   primal_(bound.args(), call.result);
                                   for_each_number(*map_, bound, descriptor_.outputs, descriptor_.num_outputs,
                                                   [&](std::size_t i, const char *address, std::int32_t bytes) {
                                                     outputs[i] = read_number(address, bytes);
                                                   });
                                   if (call.destroy_result)
                                     call.destroy_result(call.result);
                                 });
  // Of the whole pattern, also where the plan shows a part of it; of the columns alone.
  const bool other = partial_ || chosen_ == strategy::bidirectional;
  const coloring_result whole = other ? color_columns(pattern_, ordering::natural) : coloring_result();
  return compare_with_differences<Index>(quotients,
                                         {descriptor_.function, pattern_, v.data(), other ? whole : columns()});
}

template check_report compare_with_differences(difference_quotients &, const checked_matrix<std::int32_t> &);
template check_report compare_with_differences(difference_quotients &, const checked_matrix<std::int64_t> &);
template check_report plan_core<std::int32_t>::check(workspace_state &, const packed_call &) const;
template check_report plan_core<std::int64_t>::check(workspace_state &, const packed_call &) const;

} // namespace sparsead::rt
