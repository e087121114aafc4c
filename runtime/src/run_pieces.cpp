// Pieces of loops: runs where all iterations go on in one way, single executions otherwise.
#include "sparsead/rt/inspector.hpp"
#include "sparsead/rt/local_record.hpp"
#include "sparsead/rt/run_record.hpp"
#include "sparsead/rt/run_words.hpp"
#include <algorithm>

namespace sparsead::rt {
namespace {

constexpr std::int64_t shortest_run = 4; ///< iterations; shorter parts of a piece are executions of their own

} // namespace

/// Sorts the columns that the rows of the run have. False: their order changes.
bool run_recorder::sort_columns(run &r) {
  const abi::local_site &site = descriptor_.sites[r.site];
  run_slot *const slots = slots_.data() + r.slots;
  r.sorted = distinct_.size();
  const std::int64_t last = r.count - 1;
  for (std::int32_t k = 0; k < site.num_slots; ++k)
    if (slots[k].column >= 0) {
      const distinct_column c{slots[k].column, slots[k].step};
      auto place = distinct_.end();
      const auto begin = distinct_.begin() + static_cast<std::ptrdiff_t>(r.sorted);
      while (place != begin && (place - 1)->column >= c.column)
        --place;
      if (place != distinct_.end() && place->column == c.column) {
        if (place->step != c.step)
          return false;
        continue;
      }
      distinct_.insert(place, c);
    }
  r.distinct = static_cast<std::int32_t>(distinct_.size() - r.sorted);
  const distinct_column *const sorted = distinct_.data() + r.sorted;
  for (std::int32_t k = 0; k + 1 < r.distinct; ++k)
    if (sorted[k].column + last * sorted[k].step >= sorted[k + 1].column + last * sorted[k + 1].step)
      return false;
  for (std::int32_t k = 0; k < site.num_slots; ++k) {
    const std::int32_t column = slots[k].column < -1 ? -2 - slots[k].column : slots[k].column;
    slots[k].rank = -1;
    for (std::int32_t q = 0; column >= 0 && q < r.distinct; ++q)
      if (sorted[q].column == column && sorted[q].step == slots[k].step)
        slots[k].rank = q;
  }
  return true;
}

bool run_recorder::make_run(std::int32_t number, const run_column &row, std::int64_t count, const run_column *columns) {
  const abi::local_site &site = descriptor_.sites[number];
  if (row.step == 0 && count > 1)
    return false;
  const run made{number, 0, row.column, count == 1 ? 1 : row.step, count, slots_.size(), 0};
  for (std::int32_t k = 0; k < site.num_slots; ++k)
    slots_.push_back({column_word(columns[k], 0), static_cast<std::int32_t>(columns[k].step), -1});
  runs_.push_back(made);
  return sort_columns(runs_.back());
}

/// Drops the column where it stands behind the diagonal in the first iteration; *valid is lowered to the number of them
/// in which it stands on that side.
void run_recorder::leave_out_upper(run_column &column, const run_column &row, std::int64_t &valid) const {
  if (column.column < 0)
    return;
  const std::int64_t ahead = column.column - row.column, step = valid > 1 ? column.step - row.step : 0;
  if (ahead > 0) {
    if (step < 0)
      valid = std::min(valid, (ahead - step - 1) / -step);
    column = {};
  } else if (step > 0) {
    valid = std::min(valid, -ahead / step + 1);
  }
}

/// Iterations from t on, as many as go on in one way; `done` of them. `closed`: may they be runs?
bool run_recorder::piece_from(const std::int64_t *table, const std::int64_t *first, const std::int64_t *second,
                              std::int64_t iv, std::int64_t t, std::int64_t count, bool closed, std::int64_t &done,
                              inspector &state) {
  const auto num_sites = static_cast<std::size_t>(table[0]);
  const auto width = static_cast<std::size_t>(table[1]);
  const std::int64_t *const numbers = table + 2;
  found_.resize(width);
  std::int64_t valid = count;
  auto site_of = [&](std::size_t s) -> const abi::local_site & { return descriptor_.sites[numbers[s]]; };
  auto for_each_site = [&](auto &&visit) {
    std::size_t at = 0;
    for (std::size_t s = 0; s < num_sites; ++s) {
      if (first[at] != 0 && !visit(s, at))
        return false;
      at += 1 + static_cast<std::size_t>(site_of(s).num_slots);
    }
    return true;
  };
  std::size_t temporaries = 0;
  const bool known = for_each_site([&](std::size_t s, std::size_t at) {
    for (std::int32_t k = 0; k < site_of(s).num_slots; ++k) {
      const std::size_t w = at + 1 + static_cast<std::size_t>(k);
      if (!resolve(first[w], second[w] - first[w], t, found_[w], valid, state))
        return false;
    }
    if (site_of(s).kind == abi::local_row) {
      ++temporaries;
      return true;
    }
    return resolve_row(first[at], second[at] - first[at], t, found_[at], valid);
  });
  if (!known)
    return false;
  if (lower_) {
    auto for_each_entry = [&](auto &&visit) {
      for_each_site([&](std::size_t s, std::size_t at) {
        for (std::int32_t k = 0; site_of(s).kind != abi::local_row && k < site_of(s).num_slots; ++k)
          visit(found_[at + 1 + static_cast<std::size_t>(k)], found_[at]);
        return true;
      });
    };
    for_each_entry([&](run_column &column, const run_column &row) { leave_out_upper(column, row, valid); });
  }
  done = valid;
  closed &= valid == count || valid >= shortest_run;
  auto address = [&](std::size_t at) { return static_cast<std::uintptr_t>(first[at] + t * (second[at] - first[at])); };
  auto stride = [&](std::size_t at) { return second[at] - first[at]; };
  found_rows_.clear();

  if (closed && temporaries > 1 && valid > 1) {
    // Two stores to the same elements count in the order of execution.
    std::vector<std::pair<std::uintptr_t, std::uintptr_t>> ranges;
    for_each_site([&](std::size_t s, std::size_t at) {
      if (site_of(s).kind == abi::local_row) {
        const std::uintptr_t a = address(at), z = a + static_cast<std::uintptr_t>((valid - 1) * stride(at));
        ranges.push_back({std::min(a, z), std::max(a, z) + 8});
      }
      return true;
    });
    std::sort(ranges.begin(), ranges.end());
    for (std::size_t k = 0; k + 1 < ranges.size(); ++k)
      closed &= ranges[k].second <= ranges[k + 1].first;
  }
  if (closed) {
    const std::size_t runs = runs_.size(), slots = slots_.size(), sorted = distinct_.size();
    closed = for_each_site([&](std::size_t s, std::size_t at) {
      return site_of(s).kind == abi::local_row ||
             make_run(static_cast<std::int32_t>(numbers[s]), found_[at], valid, found_.data() + at + 1);
    });
    if (closed) {
      for (std::size_t r = runs; r < runs_.size(); ++r)
        if (runs_[r].distinct > 0 || is_claimed(runs_[r].low(), runs_[r].high()))
          claim_rows(runs_[r].low(), runs_[r].high(), static_cast<std::int64_t>(r));
      if (runs_.size() > runs) {
        blocks_.push_back({block::runs, iv, iv + valid, runs, runs_.size(), stream_, time_, source_});
        time_ += valid * static_cast<std::int64_t>(runs_.size() - runs);
        for (std::size_t r = runs; r < runs_.size(); ++r)
          source_ += valid * partials_of(descriptor_.sites[runs_[r].site]);
      }
      return for_each_site([&](std::size_t s, std::size_t at) {
        return site_of(s).kind != abi::local_row || store_rows(address(at), stride(at), valid, found_.data() + at + 1,
                                                               site_of(s).num_slots, site_of(s).offsets, state);
      });
    }
    runs_.resize(runs);
    slots_.resize(slots);
    distinct_.resize(sorted);
  }
  const std::int32_t shape = shape_of(table, first);
  if (!active_)
    return false;
  const std::size_t words = shape < 0 ? 0 : shape_at(shape).words;
  std::vector<run_column> moved;
  for (std::int64_t j = 0; j < valid; ++j) {
    std::int32_t *const start = make_room(words), *to = start;
    if (!for_each_site([&](std::size_t s, std::size_t at) {
          const std::int32_t count_slots = site_of(s).num_slots;
          if (site_of(s).kind != abi::local_row) {
            std::int32_t *const row = to++;
            bool any = false;
            *row = static_cast<std::int32_t>(found_[at].at(j));
            to = write_columns(to, *row, found_.data() + at + 1, count_slots, j, any);
            if (any || is_claimed(*row, *row))
              claim_execution(static_cast<std::int32_t>(numbers[s]), *row);
            return true;
          }
          moved.assign(found_.begin() + static_cast<std::ptrdiff_t>(at + 1),
                       found_.begin() + static_cast<std::ptrdiff_t>(at + 1) + count_slots);
          for (run_column &c : moved)
            c.column = c.at(j);
          return store_rows(address(at) + static_cast<std::uintptr_t>(j * stride(at)), 0, 1, moved.data(), count_slots,
                            site_of(s).offsets, state);
        }))
      return false;
    if (shape >= 0 && !note_iterations(iv + j, shape, start, 1))
      return false;
  }
  return true;
}

bool run_recorder::record_piece(const std::int64_t *table, std::int64_t begin, std::int64_t end, bool affine,
                                inspector &state) {
  const std::int64_t width = table[1], count = end - begin;
  const std::int64_t *const first = table + 2 + table[0];
  std::int64_t done = 0;
  if (!affine || count == 1) {
    auto of_inputs = [&] {
      std::int64_t bits = 0;
      for (std::int64_t k = 0; k < count * width; ++k)
        bits |= first[k];
      for (std::int64_t s = 0; s < table[0]; ++s)
        if (descriptor_.sites[table[2 + s]].kind == abi::local_row ||
            !sites_[static_cast<std::size_t>(table[2 + s])].parts.empty())
          return false;
      return (bits & (resolved_bit | std::int64_t(0xff) << lane_shift)) == 0;
    };
    if (count > 1 && of_inputs())
      return record_executions(table, begin, end);
    // The first and last iterations of a grid's lines come one by one, and are like runs; others have no form.
    for (std::int64_t k = 0; k < count; ++k)
      if (!piece_from(table, first + k * width, first + k * width, begin + k, 0, 1, count == 1, done, state))
        return false;
    return true;
  }
  const std::int64_t *const second = first + width;
  for (std::int64_t w = 0; w < width; ++w)
    if (((first[w] ^ second[w]) & ~address_bits) != 0 || (first[w] == 0) != (second[w] == 0))
      return refuse("a piece of a loop is not what the compiler has promised");
  for (std::int64_t t = 0; t < count; t += done)
    if (!piece_from(table, first, second, begin + t, t, count - t, true, done, state))
      return false;
  return true;
}

} // namespace sparsead::rt
