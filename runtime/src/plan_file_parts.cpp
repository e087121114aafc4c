#include "sparsead/rt/plan_file_parts.hpp"
#include <algorithm>
#include <cstdio>
#include <limits>

namespace sparsead::rt {
namespace {

/// Sum over the tables that the compiler has emitted. The fingerprint tells versions of the function's code apart; this
/// tells apart how the code was called, and which derivatives there are.
class table_sum {
public:
  std::uint64_t of(const abi::jacobian_descriptor &d, const std::vector<int> &read_only) {
    add(d.num_arguments, d.num_objects, d.num_inputs, d.num_outputs, d.result_size, d.mode, d.order, d.pattern_local,
        d.num_kernels, d.record != nullptr, d.adjoint != nullptr);
    for (std::int32_t k = 0; k < d.num_arguments; ++k)
      add(d.argument_sizes[k], read_only[static_cast<std::size_t>(k)]);
    for (std::int32_t k = 0; k < d.num_inputs; ++k)
      add(d.inputs[k]);
    for (std::int32_t k = 0; k < d.num_outputs; ++k)
      add(d.outputs[k]);
    for (std::int32_t k = 0; k < d.num_kernels; ++k)
      add(d.kernels[k].width);
    for (std::int32_t k = 0; k < d.num_objects; ++k)
      object(d.objects[k]);
    add(d.local != nullptr, d.of_gradient != nullptr);
    if (d.local)
      local(*d.local);
    add(d.relation ? d.relation->num_sizes : 0);
    return sum_.value();
  }

private:
  template <class... T> void add(T... values) { (sum_.add(static_cast<std::uint64_t>(values)), ...); }

  void program(const std::int64_t *word) {
    for (; word && *word != abi::op_end; ++word) {
      add(*word);
      if (*word == abi::op_const || *word == abi::op_argument || *word == abi::op_offset)
        add(*++word);
    }
    add(abi::op_end);
  }
  void object(const abi::object &o) {
    add(o.roles, o.argument, o.flags, o.num_steps, o.num_leaves);
    for (std::int32_t s = 0; s < o.num_steps; ++s) {
      add(o.steps[s].kind, o.steps[s].bytes);
      program(o.steps[s].lower);
      program(o.steps[s].upper);
    }
    for (std::int32_t k = 0; k < o.num_leaves; ++k)
      add(o.leaves[k].offset, o.leaves[k].bytes);
  }
  void local(const abi::local_descriptor &l) {
    add(l.width, l.shadows, l.num_sites, l.num_loops);
    for (std::int32_t k = 0; k < l.num_sites; ++k) {
      const abi::local_site &site = l.sites[k];
      add(site.kind, site.num_slots, site.loop, site.stride, site.num_partials);
      for (std::int32_t s = 0; (site.loop >= 0 || site.kind == abi::local_row) && site.offsets && s < site.num_slots;
           ++s)
        add(site.offsets[s]);
      for (std::int32_t s = 0; site.sources && s < site.num_slots; ++s)
        add(site.sources[s]);
    }
  }

  word_checksum sum_;
};

std::string hexadecimal(std::uint64_t value) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
  return text;
}

std::int32_t count_index_steps(const abi::jacobian_descriptor &d) {
  std::int32_t count = 0;
  for (std::int32_t k = 0; k < d.num_objects; ++k)
    for (std::int32_t s = 0; s < d.objects[k].num_steps; ++s)
      count += d.objects[k].steps[s].kind == abi::step_index;
  return count;
}

} // namespace

void write_origin(plan_file_writer &file, const char *prefix, const abi::jacobian_descriptor &descriptor,
                  const std::vector<int> &read_only) {
  file.text(std::string(prefix) + descriptor.function);
  file.text(descriptor.specification);
  file.number(descriptor.fingerprint);
  file.number(table_sum().of(descriptor, read_only));
}

plan_origin read_origin(plan_file_reader &file) {
  plan_origin origin;
  origin.function = file.text();
  origin.specification = file.text();
  origin.fingerprint = file.number();
  origin.tables = file.number();
  return origin;
}

void require_origin(const plan_file_reader &file, const plan_origin &origin, const char *prefix,
                    const abi::jacobian_descriptor &descriptor, const std::vector<int> &read_only) {
  const std::string function = std::string(prefix) + descriptor.function;
  if (origin.function != function)
    file.refuse("is a plan of '" + origin.function + "', not of '" + function + "'");
  if (origin.specification != descriptor.specification)
    file.refuse("is a plan of '" + function + "' with the specification '" + origin.specification + "', which is '" +
                descriptor.specification + "' now; plan and save again");
  if (origin.fingerprint != descriptor.fingerprint)
    file.refuse("'" + function + "' has changed since the plan was saved (fingerprint " +
                hexadecimal(origin.fingerprint) + ", now " + hexadecimal(descriptor.fingerprint) +
                "); plan and save again");
  if (origin.tables != table_sum().of(descriptor, read_only))
    file.refuse("the derivative of '" + function +
                "' was compiled differently, or the types it uses have changed, since the plan was saved; plan and "
                "save again");
}

void write_map(plan_file_writer &file, const object_map &map) {
  for (const std::int64_t count : {map.rows, map.cols, map.bytes, map.instances})
    file.number(static_cast<std::uint64_t>(count));
  std::vector<std::int64_t> bounds;
  for (const extent &e : map.extents()) {
    bounds.push_back(e.lower);
    bounds.push_back(e.upper);
  }
  file.array(bounds);
}

saved_map read_map(plan_file_reader &file) {
  saved_map saved;
  for (std::int64_t *const count : {&saved.size.rows, &saved.size.cols, &saved.size.bytes, &saved.size.instances})
    *count = static_cast<std::int64_t>(file.number());
  saved.bounds = file.array<std::int64_t>();
  return saved;
}

std::vector<extent> extents_of(const plan_file_reader &file, const saved_map &saved,
                               const abi::jacobian_descriptor &descriptor) {
  const char *const text = "its extents are not those of the specification";
  if (saved.bounds.size() != 2 * static_cast<std::size_t>(count_index_steps(descriptor)))
    file.damaged(text);
  std::vector<extent> extents;
  for (std::size_t k = 0; k < saved.bounds.size(); k += 2) {
    std::int64_t count;
    if (__builtin_sub_overflow(saved.bounds[k + 1], saved.bounds[k], &count) || count < 0)
      file.damaged(text);
    extents.push_back({saved.bounds[k], saved.bounds[k + 1]});
  }
  return extents;
}

void write_coloring(plan_file_writer &file, const coloring_result &result) {
  file.number(static_cast<std::uint64_t>(result.num_colors));
  file.array(result.colors);
}

coloring_result read_coloring(plan_file_reader &file) {
  coloring_result result;
  const std::uint64_t count = file.number();
  result.colors = file.array<std::int32_t>();
  result.num_colors = count > result.colors.size() ? -1 : static_cast<std::int32_t>(count);
  return result;
}

bool is_numbering(const coloring_result &result, std::size_t size) {
  if (result.colors.size() != size || result.num_colors < 0 || static_cast<std::size_t>(result.num_colors) > size)
    return false;
  std::vector<char> used(static_cast<std::size_t>(result.num_colors), 0);
  for (const std::int32_t color : result.colors) {
    if (color < -1 || color >= result.num_colors)
      return false;
    if (color >= 0)
      used[static_cast<std::size_t>(color)] = 1;
  }
  return std::find(used.begin(), used.end(), 0) == used.end();
}

template <class Index> const char *find_fault(const csr_pattern<Index> &pattern, std::int64_t rows) {
  if (static_cast<std::uint64_t>(rows) + 1 != pattern.row_ptr.size())
    return "its rows are not those of its structure";
  if (pattern.row_ptr.front() != 0 || static_cast<std::uint64_t>(pattern.row_ptr.back()) != pattern.col_ind.size() ||
      pattern.col_ind.size() > static_cast<std::uint64_t>(std::numeric_limits<Index>::max()))
    return "its structure has another number of entries";
  for (std::size_t i = 0; i + 1 < pattern.row_ptr.size(); ++i)
    if (pattern.row_ptr[i] > pattern.row_ptr[i + 1])
      return "its rows overlap";
  for (std::size_t i = 0; i + 1 < pattern.row_ptr.size(); ++i) {
    Index after = 0;
    for (auto k = static_cast<std::size_t>(pattern.row_ptr[i]); k < static_cast<std::size_t>(pattern.row_ptr[i + 1]);
         ++k) {
      if (pattern.col_ind[k] < after || pattern.col_ind[k] >= pattern.cols)
        return "a row's columns are out of order or out of range";
      after = pattern.col_ind[k] + 1;
    }
  }
  return nullptr;
}

template const char *find_fault(const csr_pattern<std::int32_t> &, std::int64_t);
template const char *find_fault(const csr_pattern<std::int64_t> &, std::int64_t);

} // namespace sparsead::rt
