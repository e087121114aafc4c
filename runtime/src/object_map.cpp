#include "sparsead/rt/object_map.hpp"
#include "sparsead/rt/evaluate.hpp"
#include <algorithm>
#include <stdexcept>
#include <utility>

namespace sparsead::rt {
namespace {

std::int64_t round_up(std::int64_t value, std::int64_t to) { return (value + to - 1) / to * to; }
std::int64_t round_down(std::int64_t value, std::int64_t to) {
  return value >= 0 ? value / to * to : -round_up(-value, to);
}

bool equal(const std::vector<dimension> &a, const std::vector<dimension> &b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const dimension &x, const dimension &y) {
    return x.lower == y.lower && x.upper == y.upper && x.stride == y.stride;
  });
}

dimension evaluate_dimension(const abi::object &object, const abi::path_step &step, void *const *args) {
  const std::int64_t lower = evaluate(step.lower, args, object.name, step.text);
  const std::int64_t upper = evaluate(step.upper, args, object.name, step.text);
  std::int64_t count;
  if (__builtin_sub_overflow(upper, lower, &count))
    throw std::length_error("'" + std::string(object.name) + "': extent '" + step.text + "' does not fit 64 bits");
  if (count < 0)
    throw std::invalid_argument("'" + std::string(object.name) + "': extent '" + step.text + "' is " +
                                std::to_string(count));
  return {lower, upper, step.bytes};
}

/// Every extent is looked at before anything is sized by one of them.
std::vector<extent> evaluate_all(const abi::jacobian_descriptor &d, void *const *args) {
  std::vector<extent> extents;
  for (std::int32_t k = 0; k < d.num_objects; ++k)
    for (std::int32_t s = 0; s < d.objects[k].num_steps; ++s)
      if (d.objects[k].steps[s].kind == abi::step_index) {
        const dimension dim = evaluate_dimension(d.objects[k], d.objects[k].steps[s], args);
        extents.push_back({dim.lower, dim.upper});
      }
  return extents;
}

} // namespace

object_map::object_map(const abi::jacobian_descriptor &d, void *const *args, const int *read_only,
                       std::int64_t index_max)
    : object_map(d, evaluate_all(d, args), read_only, index_max) {}

object_map::object_map(const abi::jacobian_descriptor &d, std::vector<extent> extents, const int *read_only,
                       std::int64_t index_max, const map_size *expected)
    : descriptor(d), extents_(std::move(extents)) {
  roots.assign(static_cast<std::size_t>(d.num_arguments), -1);
  const extent *next = extents_.data();
  for (std::int32_t k = 0; k < d.num_objects; ++k)
    add(d.objects[k], next);
  for (std::int32_t k = 0; k < d.num_inputs; ++k) {
    const object_layout &input = objects[static_cast<std::size_t>(d.inputs[k])];
    cols = checked_sum(cols, input.size, input.object->name);
  }
  for (std::int32_t k = 0; k < d.num_outputs; ++k) {
    const object_layout &output = objects[static_cast<std::size_t>(d.outputs[k])];
    rows = checked_sum(rows, output.size, output.object->name);
  }
  require_fit(rows, "rows", index_max);
  require_fit(cols, "columns", index_max);
  for (std::int32_t k = 0; k < d.num_objects; ++k)
    find_pointer_words(d.objects[k]);
  lay_out();
  if (expected && (expected->rows != rows || expected->cols != cols || expected->bytes != bytes ||
                   expected->instances != instances))
    throw std::invalid_argument("Jacobian of '" + std::string(d.function) + "': the extents do not give its size");
  classify(read_only);
}

void object_map::require_fit(std::int64_t count, const char *what, std::int64_t index_max) const {
  if (count > index_max)
    throw std::length_error("Jacobian of '" + std::string(descriptor.function) + "': " + std::to_string(count) + " " +
                            what + " do not fit the plan's index type; use plan<std::int64_t>(...)");
}

bool object_map::has_extents(void *const *args) const {
  std::size_t next = 0;
  for (std::int32_t k = 0; k < descriptor.num_objects; ++k) {
    const abi::object &object = descriptor.objects[k];
    for (std::int32_t s = 0; s < object.num_steps; ++s) {
      if (object.steps[s].kind != abi::step_index)
        continue;
      const dimension now = evaluate_dimension(object, object.steps[s], args);
      const extent &before = extents_[next++];
      if (now.lower != before.lower || now.upper != before.upper)
        return false;
    }
  }
  return true;
}

void object_map::require_same_extents(void *const *args) const {
  std::size_t next = 0;
  for (std::int32_t k = 0; k < descriptor.num_objects; ++k) {
    const abi::object &object = descriptor.objects[k];
    for (std::int32_t s = 0; s < object.num_steps; ++s) {
      if (object.steps[s].kind != abi::step_index)
        continue;
      const dimension now = evaluate_dimension(object, object.steps[s], args);
      const extent &planned = extents_[next++];
      if (now.lower != planned.lower || now.upper != planned.upper)
        throw std::invalid_argument("'" + std::string(object.name) + "': extent '" + object.steps[s].text + "' is " +
                                    std::to_string(now.count()) + ", but the plan was made for " +
                                    std::to_string(planned.upper - planned.lower) +
                                    (now.lower != planned.lower ? " from " + std::to_string(planned.lower) : ""));
    }
  }
}

std::int32_t object_map::root(std::int32_t argument) {
  std::int32_t &place = argument < 0 ? result_root : roots[static_cast<std::size_t>(argument)];
  if (place < 0) {
    place = static_cast<std::int32_t>(families.size());
    block_family family;
    family.argument = argument;
    const std::int64_t size = argument < 0 ? descriptor.result_size : descriptor.argument_sizes[argument];
    if (size > 0)
      grow(family, 0, size);
    families.push_back(std::move(family));
  }
  return place;
}

std::int32_t object_map::child(std::int32_t parent, std::int64_t slot, const std::vector<dimension> &dims,
                               const char *name) {
  for (std::size_t k = 0; k < families.size(); ++k) {
    const block_family &family = families[k];
    if (family.parent == parent && family.slot == slot && equal(family.slot_dims, dims))
      return static_cast<std::int32_t>(k);
    if (family.parent == parent && family.slot == slot)
      throw std::invalid_argument("'" + std::string(name) + "' and '" + family.name +
                                  "' name one table of pointers with different extents");
  }
  block_family family;
  family.parent = parent;
  family.slot = slot;
  family.slot_dims = dims;
  for (const dimension &d : dims)
    family.slots = checked_product(family.slots, d.count(), name);
  block_family &owner = families[static_cast<std::size_t>(parent)];
  family.count = checked_product(owner.count, family.slots, name);
  owner.has_children = true;
  owner.covered = checked_sum(owner.covered, checked_product(family.slots, 8, name), name);
  families.push_back(std::move(family));
  return static_cast<std::int32_t>(families.size()) - 1;
}

void object_map::grow(block_family &family, std::int64_t lower, std::int64_t upper) {
  family.lower = family.bounded ? std::min(family.lower, lower) : lower;
  family.upper = family.bounded ? std::max(family.upper, upper) : upper;
  family.bounded = true;
}

/// The block reaches as far as [offset, offset + bytes) at the first and the last index, and, where an index step opens
/// it, to the end of the last element.
void object_map::cover(block_family &family, std::int64_t offset, const std::vector<dimension> &dims,
                       std::int64_t bytes, const char *name) {
  std::int64_t lower = offset, upper = checked_sum(offset, bytes, name);
  for (const dimension &d : dims) {
    if (d.count() == 0)
      return;
    lower = checked_sum(lower, checked_product(d.lower, d.stride, name), name);
    upper = checked_sum(upper, checked_product(d.upper - 1, d.stride, name), name);
  }
  grow(family, lower, upper);
  if (family.opened_by_index && !dims.empty())
    grow(family, checked_product(dims[0].lower, dims[0].stride, name),
         checked_product(dims[0].upper, dims[0].stride, name));
}

void object_map::add(const abi::object &object, const extent *&next) {
  std::int32_t current = root(object.argument);
  object_layout layout;
  layout.object = &object;
  layout.size = object.num_leaves;
  auto visit = [&]() -> block_family & {
    block_family &family = families[static_cast<std::size_t>(current)];
    if (!*family.name)
      family.name = object.name;
    family.reached_roles |= object.roles;
    return family;
  };
  for (std::int32_t s = 0; s < object.num_steps; ++s) {
    const abi::path_step &step = object.steps[s];
    switch (step.kind) {
    case abi::step_offset:
      layout.offset = checked_sum(layout.offset, step.bytes, object.name);
      break;
    case abi::step_index:
      layout.dims.push_back({next->lower, next->upper, step.bytes});
      ++next;
      layout.size = checked_product(layout.size, layout.dims.back().count(), object.name);
      if (layout.dims.size() > 16)
        throw std::length_error("'" + std::string(object.name) + "': more than 16 dimensions");
      break;
    case abi::step_deref: {
      cover(visit(), layout.offset, layout.dims, 8, object.name);
      current = child(current, layout.offset, layout.dims, object.name);
      block_family &family = families[static_cast<std::size_t>(current)];
      if (step.bytes > 0)
        grow(family, 0, step.bytes);
      if (s + 1 < object.num_steps && object.steps[s + 1].kind == abi::step_index)
        family.opened_by_index = true;
      layout.offset = 0;
      layout.dims.clear();
      break;
    }
    default:
      throw std::logic_error("'" + std::string(object.name) + "': unknown step in its path");
    }
  }
  block_family &family = visit();
  std::int64_t per_block = 1;
  for (const dimension &d : layout.dims)
    per_block = checked_product(per_block, d.count(), object.name);
  for (std::int32_t k = 0; k < object.num_leaves; ++k) {
    cover(family, checked_sum(layout.offset, object.leaves[k].offset, object.name), layout.dims, object.leaves[k].bytes,
          object.name);
    family.covered =
        checked_sum(family.covered, checked_product(per_block, object.leaves[k].bytes, object.name), object.name);
  }
  family.has_leaves = true;
  family.roles |= object.roles;
  layout.family = current;
  objects.push_back(std::move(layout));
}

/// Follows the addresses of an extent program, to find the pointers it reads beside those that lead to elements.
void object_map::find_pointer_words(const abi::object &object) {
  struct place {
    std::int32_t family; // -1: not an address in a known block
    std::int64_t offset;
  };
  auto follow = [&](const std::int64_t *program) {
    std::vector<place> stack;
    for (; program && *program != abi::op_end; ++program) {
      switch (*program) {
      case abi::op_const:
        stack.push_back({-1, *++program});
        break;
      case abi::op_argument:
        stack.push_back({roots[static_cast<std::size_t>(*++program)], 0});
        break;
      case abi::op_offset:
        stack.back().offset += *++program;
        break;
      case abi::op_load_ptr: {
        place &top = stack.back();
        const place from = top;
        top = {-1, 0};
        if (from.family < 0)
          break;
        for (std::size_t k = 0; k < families.size(); ++k)
          if (families[k].parent == from.family && families[k].slot_dims.empty() && families[k].slot == from.offset)
            top = {static_cast<std::int32_t>(k), 0};
        std::vector<pointer_word> &words = families[static_cast<std::size_t>(from.family)].words;
        if (top.family < 0 &&
            std::none_of(words.begin(), words.end(), [&](const pointer_word &w) { return w.offset == from.offset; }))
          words.push_back({from.offset});
        break;
      }
      case abi::op_add:
      case abi::op_sub:
      case abi::op_mul:
      case abi::op_div:
      case abi::op_mod:
        stack.pop_back();
        stack.back() = {-1, 0};
        break;
      default:
        stack.back() = {-1, 0};
      }
    }
  };
  for (std::int32_t s = 0; s < object.num_steps; ++s)
    if (object.steps[s].kind == abi::step_index) {
      follow(object.steps[s].lower);
      follow(object.steps[s].upper);
    }
}

void object_map::lay_out() {
  for (block_family &family : families) {
    for (const pointer_word &word : family.words)
      grow(family, word.offset, word.offset + 8);
    family.origin = round_down(family.lower, 8);
    family.pitch = round_up(family.upper - family.origin, 8);
    family.shadow = round_up(bytes, 64);
    // 8 tangents per element must be addressable too.
    bytes = checked_sum(family.shadow, checked_product(family.count, family.pitch, family.name), family.name);
    checked_product(bytes, 64, family.name);
    family.first = instances;
    instances = checked_sum(instances, family.count, family.name);
  }
}

void object_map::make_runs(object_layout &layout) {
  const block_family &family = families[static_cast<std::size_t>(layout.family)];
  const abi::object &object = *layout.object;
  layout.runs.clear();
  if (layout.size == 0)
    return;
  // Leaves side by side are one more dimension; otherwise each leaf has runs of its own.
  std::vector<dimension> dims;
  for (const dimension &d : layout.dims)
    dims.push_back({0, d.count(), d.stride});
  std::int64_t start = layout.offset;
  for (const dimension &d : layout.dims)
    start += d.lower * d.stride;
  layout.lower = start + object.leaves[0].offset;
  layout.upper = layout.lower;
  for (std::int32_t k = 0; k < object.num_leaves; ++k) {
    layout.lower = std::min(layout.lower, start + object.leaves[k].offset);
    layout.upper = std::max(layout.upper, start + object.leaves[k].offset + object.leaves[k].bytes);
  }
  for (const dimension &d : dims)
    layout.upper += (d.count() - 1) * d.stride;
  bool dense = true;
  for (std::int32_t k = 0; k < object.num_leaves; ++k)
    dense &= object.leaves[k].bytes == object.leaves[0].bytes &&
             object.leaves[k].offset == object.leaves[0].offset + k * object.leaves[0].bytes;
  if (dense && object.num_leaves > 1)
    dims.push_back({0, object.num_leaves, object.leaves[0].bytes});
  std::vector<dimension> merged;
  for (const dimension &d : dims) {
    if (!merged.empty() && merged.back().stride == d.stride * d.count())
      merged.back() = {0, merged.back().count() * d.count(), d.stride};
    else if (d.count() != 1)
      merged.push_back(d);
  }
  const dimension inner = merged.empty() ? dimension{0, 1, object.leaves[0].bytes} : merged.back();
  if (!merged.empty())
    merged.pop_back();
  const std::int32_t separate = dense ? 1 : object.num_leaves;
  std::int64_t element = 0; // number of the first leaf of the current inner run's elements
  for (std::int64_t instance = 0; instance < family.count; ++instance)
    for_each_offset(merged, [&](std::int64_t offset) {
      for (std::int32_t leaf = 0; leaf < separate; ++leaf) {
        const std::int64_t at = shadow_of(family, instance, start + offset + object.leaves[leaf].offset);
        leaf_run run{at, inner.stride, inner.count(), element + leaf, separate, object.leaves[leaf].bytes};
        leaf_run *last = layout.runs.empty() || separate > 1 ? nullptr : &layout.runs.back();
        if (last && run.offset == last->offset + last->count * last->stride && run.stride == last->stride)
          last->count += run.count;
        else
          layout.runs.push_back(run);
      }
      element += inner.count() * separate;
    });
  const leaf_run &first = layout.runs.front();
  layout.contiguous = layout.runs.size() == 1 && first.stride == 8 && first.bytes == 8;
}

void object_map::classify(const int *read_only) {
  auto is_input = [](std::int32_t roles) { return (roles & abi::role_input) != 0; };
  for (object_layout &layout : objects) {
    block_family &family = families[static_cast<std::size_t>(layout.family)];
    make_runs(layout);
    // What the function's types let it write counts as written.
    std::int32_t pointers = 0;
    for (std::int32_t k = 0; k < layout.object->num_steps; ++k)
      pointers += layout.object->steps[k].kind == abi::step_deref;
    const std::int32_t argument = layout.object->argument;
    const bool written =
        layout.is(abi::role_output) || layout.is(abi::role_work) || (argument >= 0 && pointers > read_only[argument]);
    const bool may_read = (layout.object->flags & abi::flag_preserve) != 0;
    const bool shares = is_input(family.roles) && (family.roles & (abi::role_output | abi::role_work)) != 0;
    layout.reseed = layout.is(abi::role_input) && (written || may_read || shares);
    layout.zero_first =
        !layout.is(abi::role_input) &&
        ((layout.is(abi::role_output) && (!layout.contiguous || shares)) || (layout.is(abi::role_work) && may_read));
    if ((may_read || shares || (written && layout.is(abi::role_input))) && layout.object->argument >= 0)
      family.preserved = true;
    if (!layout.is(abi::role_input) && !layout.is(abi::role_output))
      continue;
    for (const leaf_run &run : layout.runs)
      regular &= run.bytes == 8 && run.offset % 8 == 0 && (run.stride % 8 == 0 || run.count == 1);
  }
}

} // namespace sparsead::rt
