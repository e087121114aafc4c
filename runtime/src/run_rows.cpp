// What the elements of a temporary array depend on, in intervals.
#include "sparsead/rt/run_record.hpp"
#include <algorithm>

namespace sparsead::rt {
namespace {

constexpr std::int64_t size = 8; ///< of an element
constexpr std::size_t many = 1024;

std::int64_t elements(std::uintptr_t begin, std::uintptr_t end) {
  return static_cast<std::int64_t>(end - begin) / size;
}

run_column moved(run_column c, std::int64_t steps) {
  if (c.column >= 0)
    c.column += steps * c.step;
  return c;
}

} // namespace

void run_rows::reset(std::uintptr_t begin, std::uintptr_t end, std::int32_t width) {
  begin_ = begin;
  end_ = end;
  width_ = static_cast<std::size_t>(std::max(width, 0));
  list_.clear();
  pool_.clear();
  cells_.clear();
  inserted_ = 0;
  dense_ = false;
}

std::size_t run_rows::copy_columns(std::size_t from, std::int64_t steps) {
  const std::size_t at = pool_.size();
  for (std::size_t k = 0; k < width_; ++k)
    pool_.push_back(moved(pool_[from + k], steps));
  return at;
}

/// Nothing is left of the elements in [begin, end).
void run_rows::cut(std::uintptr_t begin, std::uintptr_t end) {
  auto first = std::partition_point(list_.begin(), list_.end(), [&](const interval &i) { return i.end <= begin; });
  auto last = std::partition_point(first, list_.end(), [&](const interval &i) { return i.begin < end; });
  if (first == last)
    return;
  interval kept[2];
  std::size_t count = 0;
  if (first->begin < begin)
    kept[count++] = {first->begin, begin, first->columns};
  if (const interval &right = *(last - 1); right.end > end)
    kept[count++] = {end, right.end, copy_columns(right.columns, elements(right.begin, end))};
  const auto place = list_.erase(first, last);
  list_.insert(place, kept, kept + count);
}

void run_rows::append(std::uintptr_t begin, std::int64_t count, const run_column *columns) {
  const std::uintptr_t end = begin + static_cast<std::uintptr_t>(count * size);
  if (!list_.empty() && begin < list_.back().end) {
    cut(begin, end);
    if (++inserted_ > many && list_.size() > many)
      make_dense();
  } else if (!list_.empty() && begin == list_.back().end) {
    // Does it go on as the last interval does?
    interval &back = list_.back();
    const std::int64_t before = elements(back.begin, back.end);
    run_column *const old = pool_.data() + back.columns;
    bool same = true;
    for (std::size_t k = 0; same && k < width_; ++k) {
      const run_column &c = columns[k];
      same = (c.column < 0) == (old[k].column < 0) && c.dead == old[k].dead;
      if (!same || c.column < 0)
        continue;
      const std::int64_t step = before == 1 ? c.column - old[k].column : old[k].step;
      same = c.column == old[k].column + before * step && (count == 1 || c.step == step);
    }
    if (same) {
      if (before == 1)
        for (std::size_t k = 0; k < width_; ++k)
          old[k].step = columns[k].column - old[k].column;
      back.end = end;
      return;
    }
  }
  if (dense_) {
    for (std::int64_t t = 0; t < count; ++t) {
      run_column *const to = element(static_cast<std::size_t>(elements(begin_, begin) + t));
      for (std::size_t k = 0; k < width_; ++k)
        to[k] = moved(columns[k], t);
    }
    return;
  }
  if (pool_.size() > 4 * width_ * (list_.size() + many)) {
    std::vector<run_column> used;
    for (interval &i : list_) {
      const std::size_t from = i.columns;
      i.columns = used.size();
      used.insert(used.end(), pool_.begin() + static_cast<std::ptrdiff_t>(from),
                  pool_.begin() + static_cast<std::ptrdiff_t>(from + width_));
    }
    pool_.swap(used);
  }
  const std::size_t at = pool_.size();
  pool_.insert(pool_.end(), columns, columns + width_);
  const auto place =
      std::partition_point(list_.begin(), list_.end(), [&](const interval &i) { return i.begin < begin; });
  list_.insert(place, {begin, end, at});
}

run_column *run_rows::element(std::size_t cell) {
  if (cells_[cell] == 0) {
    pool_.resize(pool_.size() + width_);
    cells_[cell] = static_cast<std::int32_t>(pool_.size() / width_);
  }
  return pool_.data() + (static_cast<std::size_t>(cells_[cell]) - 1) * width_;
}

void run_rows::make_dense() {
  if (dense_)
    return;
  dense_ = true;
  std::vector<interval> list;
  std::vector<run_column> pool;
  list.swap(list_);
  pool.swap(pool_);
  cells_.assign(static_cast<std::size_t>(elements(begin_, end_)) + 1, 0);
  for (const interval &i : list)
    for (std::int64_t t = 0; t < elements(i.begin, i.end); ++t) {
      run_column *const to = element(static_cast<std::size_t>(elements(begin_, i.begin) + t));
      for (std::size_t k = 0; k < width_; ++k)
        to[k] = moved(pool[i.columns + k], t);
    }
}

void run_rows::store(std::uintptr_t begin, std::int64_t stride, std::int64_t count, const run_column *columns) {
  if (width_ == 0)
    return;
  std::vector<run_column> mine(columns, columns + width_);
  if (!dense_ && count > 1 && stride == -size) { // the other way round
    for (run_column &c : mine) {
      c = moved(c, count - 1);
      c.step = -c.step;
    }
    return append(begin - static_cast<std::uintptr_t>((count - 1) * size), count, mine.data());
  }
  if (!dense_ && (count == 1 || stride == size))
    return append(begin, count, mine.data());
  make_dense();
  for (std::int64_t t = 0; t < count; ++t) {
    run_column *const to =
        element(static_cast<std::size_t>(elements(begin_, begin + static_cast<std::uintptr_t>(t * stride))));
    for (std::size_t k = 0; k < width_; ++k)
      to[k] = moved(mine[k], t);
  }
}

void run_rows::clear(std::uintptr_t begin, std::uintptr_t end) {
  if (!dense_)
    return cut(begin, end);
  for (std::uintptr_t at = begin; at < end && at < end_; at += size)
    cells_[static_cast<std::size_t>(elements(begin_, at))] = 0;
}

bool run_rows::load(std::uintptr_t address, std::int64_t stride, std::int32_t lane, run_column &column,
                    std::int64_t &valid) {
  column = {};
  if ((address - begin_) % size != 0 || (valid > 1 && stride % size != 0) || static_cast<std::size_t>(lane) >= width_)
    return false;
  const std::size_t k = static_cast<std::size_t>(lane);
  auto fits = [&](std::uintptr_t begin, std::uintptr_t end) {
    // Iterations for which the address stays in [begin, end).
    if (stride > 0)
      valid = std::min(valid, static_cast<std::int64_t>(end - address - 1) / stride + 1);
    else if (stride < 0)
      valid = std::min(valid, static_cast<std::int64_t>(address - begin) / -stride + 1);
  };
  if (dense_) {
    if (stride != 0)
      valid = 1;
    const std::int32_t place = cells_[static_cast<std::size_t>(elements(begin_, address))];
    if (place > 0)
      column = pool_[(static_cast<std::size_t>(place) - 1) * width_ + k];
    column.step = 0;
    return true;
  }
  const auto next =
      std::partition_point(list_.begin(), list_.end(), [&](const interval &i) { return i.end <= address; });
  if (next == list_.end() || next->begin > address) { // never stored to
    fits(next == list_.begin() ? begin_ : (next - 1)->end, next == list_.end() ? end_ : next->begin);
    return true;
  }
  fits(next->begin, next->end);
  column = moved(pool_[next->columns + k], elements(next->begin, address));
  column.step *= stride / size;
  return true;
}

} // namespace sparsead::rt
