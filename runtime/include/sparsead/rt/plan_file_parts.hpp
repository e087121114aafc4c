// What files of plans of all kinds have in common.
#pragma once
#include "abi.hpp"
#include "coloring.hpp"
#include "layout.hpp"
#include "object_map.hpp"
#include "plan_file.hpp"
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sparsead::rt {

/// Of which function a file is.
struct plan_origin {
  std::string function, specification;
  std::uint64_t fingerprint, tables;
};
/// prefix: of the function's name, for kinds of plans that are not Jacobians.
void write_origin(plan_file_writer &file, const char *prefix, const abi::jacobian_descriptor &descriptor,
                  const std::vector<int> &read_only);
plan_origin read_origin(plan_file_reader &file);
/// Throws  plan_file_error where it is not a plan of this function as it was compiled.
void require_origin(const plan_file_reader &file, const plan_origin &origin, const char *prefix,
                    const abi::jacobian_descriptor &descriptor, const std::vector<int> &read_only);

/// Sizes and extents: what a map is made of again.
struct saved_map {
  map_size size{};
  std::vector<std::int64_t> bounds;
};
void write_map(plan_file_writer &file, const object_map &map);
saved_map read_map(plan_file_reader &file);
/// One for each index step of the descriptor. Throws  plan_file_error.
std::vector<extent> extents_of(const plan_file_reader &file, const saved_map &saved,
                               const abi::jacobian_descriptor &descriptor);

void write_coloring(plan_file_writer &file, const coloring_result &result);
coloring_result read_coloring(plan_file_reader &file);
/// Colors of so many columns or rows, each color used.
bool is_numbering(const coloring_result &result, std::size_t size);

/// Rows of ascending columns; null: it is a structure. Requires  rows and cols are set.
template <class Index> const char *find_fault(const csr_pattern<Index> &pattern, std::int64_t rows);

} // namespace sparsead::rt
