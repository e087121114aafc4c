#include "sparsead/rt/structure.hpp"
#include "sparsead/rt/inspector.hpp"
#include "sparsead/rt/local_record.hpp"
#include "sparsead/rt/run_record.hpp"
#include "sparsead/rt/shadow_tree.hpp"
#include "sparsead/rt/symmetric_structure.hpp"
#include <algorithm>
#include <limits>
#include <new>
#include <sys/mman.h>

namespace sparsead::rt {
namespace {

/// Marks for every leaf. Blocks lie far apart, so that a subscript outside one is not inside another: the memory
/// between is reserved and never touched.
class mark_memory {
public:
  explicit mark_memory(const object_map &map) : map_(map) {
    const std::int64_t gap = std::clamp<std::int64_t>(map.bytes, std::int64_t(1) << 20, std::int64_t(1) << 26);
    std::int64_t size = gap;
    for (const block_family &family : map.families) {
      first_.push_back(size);
      pitch_.push_back(family.count > 1 ? 2 * family.pitch + 64 : family.pitch);
      size += (family.count * pitch_.back() + gap + 63) / 64 * 64;
    }
    size_ = static_cast<std::size_t>(size);
    void *memory = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
      throw std::bad_alloc();
    data_ = static_cast<char *>(memory);
  }
  mark_memory(const mark_memory &) = delete;
  mark_memory &operator=(const mark_memory &) = delete;
  ~mark_memory() { ::munmap(data_, size_); }

  /// All of it will be touched: large pages come in less time.
  void expect_use() const {
    if (size_ >= std::size_t(1) << 23)
      ::madvise(data_, size_, MADV_HUGEPAGE);
  }
  char *place(std::size_t family, std::int64_t instance, std::int64_t offset) const {
    return data_ + first_[family] + instance * pitch_[family] + offset - map_.families[family].origin;
  }

private:
  const object_map &map_;
  std::vector<std::int64_t> first_, pitch_;
  std::size_t size_ = 0;
  char *data_ = nullptr;
};

/// Calls visit(number, place of the mark) for each leaf, in order. Most are elements of one array.
template <class Visit>
void for_each_mark(const object_map &map, const mark_memory &memory, const object_layout &layout, Visit &&visit) {
  const auto f = static_cast<std::size_t>(layout.family);
  const block_family &family = map.families[f];
  if (family.count == 1 && layout.runs.size() == 1 && layout.runs[0].first == 0 && layout.runs[0].step == 1) {
    const auto &run = layout.runs[0];
    char *at = memory.place(f, 0, family.origin + run.offset - family.shadow);
    for (std::int64_t k = 0; k < run.count; ++k, at += run.stride)
      visit(k, at);
    return;
  }
  for_each_leaf(
      map, layout, [&](std::int64_t i) { return memory.place(f, i, 0); },
      [&](std::int64_t number, char *address, std::int32_t) { visit(number, address); });
}

void mark_leaves(const object_map &map, const mark_memory &memory, const object_layout &layout, std::int64_t first,
                 std::int64_t step) {
  for_each_mark(map, memory, layout, [&](std::int64_t number, char *address) {
    const sparsead_mark mark = static_cast<sparsead_mark>(first + number * step);
    std::memcpy(address, &mark, sizeof mark);
  });
}

/// Where the marks of the rows stand, so that a store's row is found from its address. An output that fills its block
/// needs arithmetic only; other families of blocks get a table.
void enter_rows(const object_map &map, const mark_memory &memory, row_table &rows) {
  const abi::jacobian_descriptor &d = map.descriptor;
  auto output = [&](std::int32_t k) -> const object_layout & {
    return map.objects[static_cast<std::size_t>(d.outputs[k])];
  };
  std::vector<std::int32_t> outputs_of(map.families.size(), 0);
  for (std::int32_t k = 0; k < d.num_outputs; ++k)
    ++outputs_of[static_cast<std::size_t>(output(k).family)];
  auto place_of = [&](std::size_t f) { return [&memory, f](std::int64_t i) { return memory.place(f, i, 0); }; };
  std::int64_t first = 0;
  for (std::int32_t k = 0; k < d.num_outputs; first += output(k++).size) {
    const object_layout &layout = output(k);
    const std::size_t f = static_cast<std::size_t>(layout.family);
    const block_family &family = map.families[f];
    if (layout.size == 0 || outputs_of[f] <= 0)
      continue;
    if (outputs_of[f] == 1 && family.count == 1 && layout.runs.size() == 1 &&
        layout.runs[0].stride == layout.runs[0].bytes) {
      rows.add_dense(memory.place(f, 0, layout.lower), memory.place(f, 0, layout.upper),
                     layout.runs[0].bytes == 4 ? 2 : 3, static_cast<std::int32_t>(first));
      continue;
    }
    // All outputs of the family at once.
    outputs_of[f] = 0;
    const char *const begin = memory.place(f, 0, family.origin);
    auto for_each_element = [&](auto &&visit) {
      std::int64_t start = first;
      for (std::int32_t other = k; other < d.num_outputs; start += output(other++).size)
        if (static_cast<std::size_t>(output(other).family) == f)
          for_each_leaf(map, output(other), place_of(f), [&](std::int64_t number, const char *address, std::int32_t) {
            visit(address, static_cast<std::int32_t>(start + number));
          });
    };
    std::uintptr_t distances = 8;
    for_each_element(
        [&](const char *address, std::int32_t) { distances |= static_cast<std::uintptr_t>(address - begin); });
    rows.add_sparse(begin, memory.place(f, family.count - 1, family.upper), __builtin_ctzll(distances));
    for_each_element([&](const char *address, std::int32_t row) { rows.set(address, row); });
  }
}

/// Rows from marks. Where the columns grow large, the rest is counted before more memory is taken.
template <class Index> class row_builder {
public:
  row_builder(const object_map &map, inspector &state) : map_(map), state_(state) {
    pattern.rows = static_cast<Index>(map.rows);
    pattern.cols = static_cast<Index>(map.cols);
    pattern.row_ptr.resize(static_cast<std::size_t>(map.rows) + 1);
    pattern.row_ptr[0] = 0;
  }
  __attribute__((always_inline)) void add(sparsead_mark mark) {
    if (mark > 1)
      append(mark);
    if (nnz > std::numeric_limits<Index>::max())
      map_.require_fit(nnz, "nonzeros", std::numeric_limits<Index>::max());
    pattern.row_ptr[static_cast<std::size_t>(++rows_)] = static_cast<Index>(nnz);
  }
  std::int64_t count(sparsead_mark mark) {
    scratch_.clear();
    if (mark > 1)
      state_.flatten(mark, scratch_);
    return static_cast<std::int64_t>(scratch_.size());
  }
  void expect(std::int64_t columns) {
    if (static_cast<std::size_t>(columns) > pattern.col_ind.size())
      pattern.col_ind.resize(static_cast<std::size_t>(columns));
  }
  void finish() {
    pattern.col_ind.resize(static_cast<std::size_t>(nnz));
    if (pattern.col_ind.capacity() > pattern.col_ind.size() + pattern.col_ind.size() / 16)
      pattern.col_ind.shrink_to_fit();
  }
  csr_pattern<Index> pattern;
  std::int64_t nnz = 0; ///< col_ind is longer until it is finished

private:
  __attribute__((always_inline)) void append(sparsead_mark mark) {
    sparsead_mark one;
    const sparsead_mark *columns = &one;
    std::int64_t count = state_.sets.peek(mark, one, columns);
    if (count < 0) {
      scratch_.clear();
      state_.flatten(mark, scratch_);
      count = static_cast<std::int64_t>(scratch_.size());
    }
    if (const auto room = static_cast<std::int64_t>(pattern.col_ind.size()); nnz + count > room)
      pattern.col_ind.resize(static_cast<std::size_t>(std::max(nnz + count, room + room / 2 + 64)));
    Index *const to = pattern.col_ind.data() + nnz;
    nnz += count;
    if (!scratch_.empty()) {
      std::copy(scratch_.begin(), scratch_.end(), to);
      scratch_.clear();
      return;
    }
    for (std::int64_t k = 0; k < count; ++k)
      to[k] = static_cast<Index>(columns[k]);
  }
  const object_map &map_;
  inspector &state_;
  index_array<Index> scratch_;
  std::int64_t rows_ = 0;
};

constexpr std::int64_t many = std::int64_t(1) << 26;
constexpr std::int64_t sample = 1024; ///< rows

/// Memory, objects and pointers of a run of the inspector.
class inspection {
public:
  inspection(const object_map &map, const binding &bound) : map_(map), memory(map), state(map.cols) {
    for (std::size_t f = 0; f < map.families.size(); ++f) {
      const block_family &family = map.families[f];
      if (family.upper <= family.lower)
        continue;
      const bool pure_input = family.has_leaves && family.reached_roles == abi::role_input && !family.preserved;
      for (std::int64_t i = 0; i < family.count; ++i)
        state.add_object(family.name, memory.place(f, i, family.lower), family.upper - family.lower, true, pure_input);
    }
    connect_shadows(map, bound, [&](std::size_t family, std::int64_t instance, std::int64_t offset) {
      return memory.place(family, instance, offset);
    });
    state.set_active_ranges([&map, &bound] {
      std::vector<inspector::active_range> ranges;
      for (const object_layout &layout : map.objects) {
        const block_family &family = map.families[static_cast<std::size_t>(layout.family)];
        char *block = nullptr; // null: an array that planning need not be given
        for_each_leaf(
            map, layout, [&](std::int64_t i) { return block = bound.base(family, i); },
            [&](std::int64_t, const char *address, std::int32_t bytes) {
              const auto begin = reinterpret_cast<std::uintptr_t>(address);
              if (!block)
                return;
              if (!ranges.empty() && ranges.back().end == begin && ranges.back().name == family.name)
                ranges.back().end += static_cast<std::uintptr_t>(bytes);
              else
                ranges.push_back({begin, begin + static_cast<std::uintptr_t>(bytes), family.name});
            });
      }
      return ranges;
    });
  }
  void run(abi::inspect_function function, const binding &bound, void *result) {
    std::vector<void *> shadows(map_.roots.size() + 1, nullptr);
    for (std::size_t k = 0; k < map_.roots.size(); ++k)
      if (map_.roots[k] >= 0)
        shadows[k] = memory.place(static_cast<std::size_t>(map_.roots[k]), 0, 0);
    void *const result_shadow =
        map_.result_root < 0 ? nullptr : memory.place(static_cast<std::size_t>(map_.result_root), 0, 0);
    function(bound.args(), shadows.data(), result, result_shadow, static_cast<sparsead_inspector_header *>(&state));
    state.finish();
  }

private:
  const object_map &map_;

public:
  const mark_memory memory;
  inspector state;
};

/// Enters the leaves of an item, the first of which has this number.
void enter_leaves(const object_map &map, const mark_memory &memory, const object_layout &layout, std::int64_t number,
                  leaf_map &leaves) {
  const auto f = static_cast<std::size_t>(layout.family);
  const block_family &family = map.families[f];
  for (const leaf_run &run : layout.runs)
    for (std::int64_t t = 0; t < run.count;) {
      // Blocks lie farther apart here than in other shadows.
      const std::int64_t at = run.offset + t * run.stride - family.shadow;
      const std::int64_t instance = family.pitch > 0 ? at / family.pitch : 0;
      const std::int64_t inside = at - instance * family.pitch;
      std::int64_t count = run.count - t;
      if (family.count > 1 && run.stride > 0)
        count = std::min(count, (family.pitch - 1 - inside) / run.stride + 1);
      leaves.add(memory.place(f, instance, family.origin + inside), run.stride, count,
                 number + run.first + t * run.step, run.step);
      t += count;
    }
}

/// Then use(inspector, for_each_row), where for_each_row(visit) visits the marks of the rows.
template <class Use>
void run_inspector(const object_map &map, const binding &bound, void *result, local_recorder *recorder,
                   bool second_order, Use &&use) {
  const abi::jacobian_descriptor &d = map.descriptor;
  map.require_fit(map.cols, "columns (a mark is 32 bits wide)", std::numeric_limits<sparsead_mark>::max() - 2);
  inspection inspected(map, bound);
  const mark_memory &memory = inspected.memory;
  memory.expect_use();
  inspector &state = inspected.state;
  if (second_order)
    state.sets.keep_interactions();
  for (const object_layout &layout : map.objects)
    mark_leaves(map, memory, layout, 1, 0);
  std::int64_t column = 0;
  for (std::int32_t k = 0; k < d.num_inputs; ++k) {
    const object_layout &input = map.objects[static_cast<std::size_t>(d.inputs[k])];
    mark_leaves(map, memory, input, 2 + column, 1);
    column += input.size;
  }
  if (recorder && recorder->active()) {
    enter_rows(map, memory, recorder->rows);
    state.recorder = recorder;
  }
  inspected.run(d.inspect, bound, result);
  auto for_each_row = [&](auto &&visit) {
    for (std::int32_t k = 0; k < d.num_outputs; ++k) {
      const object_layout &output = map.objects[static_cast<std::size_t>(d.outputs[k])];
      for_each_mark(map, memory, output, [&](std::int64_t, const char *address) {
        sparsead_mark mark;
        std::memcpy(&mark, address, sizeof mark);
        visit(mark);
      });
    }
  };
  use(state, for_each_row);
}

template <class Index> csr_pattern<Index> empty_pattern(std::int64_t rows, std::int64_t cols) {
  csr_pattern<Index> empty;
  empty.rows = static_cast<Index>(rows);
  empty.cols = static_cast<Index>(cols);
  empty.row_ptr.assign(static_cast<std::size_t>(rows) + 1, 0);
  return empty;
}

template <class Index, class ForEachRow>
csr_pattern<Index> read_rows(const object_map &map, inspector &state, ForEachRow &&for_each_row) {
  row_builder<Index> rows(map, state);
  bool counted = false;
  std::int64_t row = 0;
  for_each_row([&](sparsead_mark mark) {
    const std::int64_t nnz = rows.nnz;
    if (!counted && nnz > many && std::numeric_limits<Index>::max() < std::numeric_limits<std::int64_t>::max()) {
      std::int64_t later = 0, total = nnz;
      for_each_row([&](sparsead_mark other) { total += later++ >= row ? rows.count(other) : 0; });
      map.require_fit(total, "nonzeros", std::numeric_limits<Index>::max());
      rows.expect(total);
      counted = true;
    }
    rows.add(mark);
    if (++row == sample) { // the others are like these, mostly
      const std::int64_t expected = rows.nnz * (map.rows / sample + 1);
      if (expected <= many)
        rows.expect(expected);
    }
  });
  rows.finish();
  return std::move(rows.pattern);
}

} // namespace

bool record_runs(const object_map &map, const binding &bound, void *result, run_recorder &recorder) {
  const abi::jacobian_descriptor &d = map.descriptor;
  if (!recorder.active())
    return false;
  inspection inspected(map, bound);
  auto enter = [&](const std::int32_t *items, std::int32_t count, leaf_map &leaves) {
    std::int64_t number = 0;
    for (std::int32_t k = 0; k < count; ++k) {
      const object_layout &layout = map.objects[static_cast<std::size_t>(items[k])];
      enter_leaves(map, inspected.memory, layout, number, leaves);
      number += layout.size;
    }
  };
  enter(d.inputs, d.num_inputs, recorder.columns);
  enter(d.outputs, d.num_outputs, recorder.rows);
  inspected.state.runs = &recorder;
  inspected.run(d.local->structure, bound, result);
  return recorder.active();
}

template <class Index>
csr_pattern<Index> inspect(const object_map &map, const binding &bound, void *result, local_recorder *recorder) {
  if (map.rows == 0 || map.cols == 0)
    return empty_pattern<Index>(map.rows, map.cols);
  csr_pattern<Index> pattern;
  run_inspector(map, bound, result, recorder, /*second_order=*/false,
                [&](inspector &state, auto &&for_each_row) { pattern = read_rows<Index>(map, state, for_each_row); });
  return pattern;
}

template <class Index>
csr_pattern<Index> inspect_interactions(const object_map &map, const binding &bound, void *result, bool full) {
  if (map.rows == 0 || map.cols == 0)
    return empty_pattern<Index>(map.cols, map.cols);
  csr_pattern<Index> pattern;
  run_inspector(map, bound, result, nullptr, /*second_order=*/true, [&](inspector &state, auto &&for_each_row) {
    std::vector<sparsead_mark> outputs;
    for_each_row([&](sparsead_mark mark) { outputs.push_back(mark); });
    pattern = symmetric_structure<Index>(state.sets, outputs, full, map.descriptor.function);
  });
  return pattern;
}

template csr_pattern<std::int32_t> inspect(const object_map &, const binding &, void *, local_recorder *);
template csr_pattern<std::int64_t> inspect(const object_map &, const binding &, void *, local_recorder *);
template csr_pattern<std::int32_t> inspect_interactions(const object_map &, const binding &, void *, bool);
template csr_pattern<std::int64_t> inspect_interactions(const object_map &, const binding &, void *, bool);

} // namespace sparsead::rt
