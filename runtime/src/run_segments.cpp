// Which rows have one origin: the record's claims on rows, cut where they begin and end.
#include "sparsead/rt/run_structure.hpp"
#include <iterator>

namespace sparsead::rt {

/// Takes groups apart into lines.
void run_recorder::ungroup() {
  std::vector<run> runs;
  std::vector<block> blocks;
  std::vector<claim> claims;
  std::vector<std::int64_t> renamed(runs_.size(), -1);
  auto copy = [&](block b, const group *of, std::int64_t line) {
    if (of) {
      b.time += line * of->times;
      b.source += line * of->sources;
    }
    if (b.kind == block::runs) {
      const std::size_t first = runs.size();
      for (std::size_t k = b.first; k < b.last; ++k) {
        run r = runs_[k];
        renamed[k] = static_cast<std::int64_t>(runs.size());
        if (line > 0) {
          const auto slots = static_cast<std::size_t>(descriptor_.sites[r.site].num_slots);
          for (std::size_t s = 0; s < slots; ++s) {
            run_slot moved = slots_[r.slots + s];
            const auto by = static_cast<std::int32_t>(line * moved.hop);
            moved.column = moved.column == -1 ? -1 : moved.column < -1 ? moved.column - by : moved.column + by;
            slots_.push_back(moved);
          }
          r.slots = slots_.size() - slots;
          for (std::int32_t c = 0; c < r.distinct; ++c) {
            distinct_column moved = distinct_[r.sorted + static_cast<std::size_t>(c)];
            moved.column += static_cast<std::int32_t>(line * moved.hop);
            distinct_.push_back(moved);
          }
          r.sorted = distinct_.size() - static_cast<std::size_t>(r.distinct);
          r.row += line * r.row_hop;
        }
        if (of)
          claims.push_back({r.low(), r.high(), static_cast<std::int64_t>(runs.size())});
        runs.push_back(r);
      }
      b.first = first;
      b.last = runs.size();
    }
    blocks.push_back(b);
  };
  std::size_t at = 0;
  for (const group &g : groups_) {
    for (; at < g.first_block; ++at)
      copy(blocks_[at], nullptr, 0);
    for (std::int64_t line = 0; line < g.lines; ++line)
      for (at = g.first_block; at < g.last_block; ++at)
        copy(blocks_[at], &g, line);
  }
  for (; at < blocks_.size(); ++at)
    copy(blocks_[at], nullptr, 0);
  for (claim &c : claims_)
    if (c.run >= 0)
      c.run = renamed[static_cast<std::size_t>(c.run)];
  claims_.insert(claims_.end(), claims.begin(), claims.end());
  runs_.swap(runs);
  blocks_.swap(blocks);
  groups_.clear();
}

/// Do these runs alone, or in turns, make up their rows?
template <class Index> bool structure_builder<Index>::is_closed(const std::vector<std::int64_t> &active) const {
  const std::int64_t hop = std::abs(run_at(active[0]).row_step);
  if (active.size() > 1 && hop < static_cast<std::int64_t>(active.size()))
    return false;
  for (std::size_t k = 1; k < active.size(); ++k) {
    const run &r = run_at(active[k]);
    if (std::abs(r.row_step) != hop)
      return false;
    for (std::size_t q = 0; q < k; ++q)
      if ((r.low() - run_at(active[q]).low()) % hop == 0)
        return false;
  }
  return true;
}

/// `active`: the runs that concern these rows; do single executions, too?
template <class Index>
bool structure_builder<Index>::add_segment(std::int64_t low, std::int64_t high, const std::vector<std::int64_t> &active,
                                           bool executions) {
  work_ += static_cast<std::int64_t>(active.size());
  if (work_ > 64 * (recorder_.rows_count_ + 1024))
    return recorder_.refuse("too many loops write the same rows");
  if (!executions && is_closed(active)) {
    segments_.push_back({low, high, runs_of_.size(), runs_of_.size() + active.size(), -1});
    runs_of_.insert(runs_of_.end(), active.begin(), active.end());
    return true;
  }
  for (const std::int64_t r : active)
    pieces_.push_back({r, low, high});
  if (!segments_.empty() && segments_.back().base >= 0 && segments_.back().high + 1 == low)
    segments_.back().high = high;
  else
    segments_.push_back({low, high, 0, 0, dense_rows_});
  dense_rows_ += high - low + 1;
  return true;
}

/// By their first rows. Loops claim ascending rows: a few sorted sequences, one after the other.
template <class Index> void structure_builder<Index>::sort(std::vector<claim> &claims) {
  auto before = [](const claim &a, const claim &b) { return a.low < b.low; };
  std::vector<std::size_t> starts;
  for (std::size_t k = 0; k < claims.size(); ++k)
    if (k == 0 || before(claims[k], claims[k - 1]))
      starts.push_back(k);
  if (starts.size() > 64)
    return std::sort(claims.begin(), claims.end(), before);
  starts.push_back(claims.size());
  std::vector<claim> merged;
  while (starts.size() > 2) {
    std::vector<std::size_t> next{0};
    merged.clear();
    auto at = [&](std::size_t k) { return claims.begin() + static_cast<std::ptrdiff_t>(starts[k]); };
    for (std::size_t k = 0; k + 1 < starts.size(); k += 2) {
      if (k + 2 < starts.size())
        std::merge(at(k), at(k + 1), at(k + 1), at(k + 2), std::back_inserter(merged), before);
      else
        merged.insert(merged.end(), at(k), at(k + 1));
      next.push_back(merged.size());
    }
    claims.swap(merged);
    starts.swap(next);
  }
}

/// Calls visit(first row, last row, runs, do single executions?) for rows that the same claims concern. Claims of boxes
/// are runs -2 - box.
template <class Index>
template <class Visit>
bool structure_builder<Index>::sweep(const std::vector<claim> &claims, Visit &&visit) {
  auto high_of = [&](std::int64_t r) {
    return r < 0 ? boxes_[static_cast<std::size_t>(-2 - r)].high : run_at(r).high();
  };
  std::vector<std::int64_t> active;
  std::int64_t executions_to = -1; // single executions concern rows up to here
  std::int64_t at = 0;
  for (std::size_t next = 0; next < claims.size() || !active.empty() || executions_to >= at;) {
    if (active.empty() && executions_to < at)
      at = std::max(at, claims[next].low);
    for (; next < claims.size() && claims[next].low <= at; ++next)
      if (claims[next].run == -1)
        executions_to = std::max(executions_to, claims[next].high);
      else
        active.push_back(claims[next].run);
    std::int64_t end = next < claims.size() ? claims[next].low : INT64_MAX;
    if (executions_to >= at)
      end = std::min(end, executions_to + 1);
    for (const std::int64_t r : active)
      end = std::min(end, high_of(r) + 1);
    if (!visit(at, end - 1, active, executions_to >= at))
      return false;
    at = end;
    active.erase(std::remove_if(active.begin(), active.end(), [&](std::int64_t r) { return high_of(r) < at; }),
                 active.end());
  }
  return true;
}

/// What the first line of a box consists of. False: rows of a line have several origins.
template <class Index> bool structure_builder<Index>::split_line(const std::vector<claim> &claims) {
  return sweep(claims, [&](std::int64_t low, std::int64_t high, const std::vector<std::int64_t> &active, bool) {
    if (!is_closed(active))
      return false;
    line_segments_.push_back({low, high, runs_of_.size(), runs_of_.size() + active.size(), -1});
    runs_of_.insert(runs_of_.end(), active.begin(), active.end());
    return true;
  });
}

/// The rows of groups: one box for each output, mostly. False: some are no boxes.
template <class Index> bool structure_builder<Index>::make_boxes() {
  std::vector<claim> claims, line;
  for (const group &g : recorder_.groups_) {
    claims.clear();
    for (std::size_t r = g.first_run; r < g.last_run; ++r) {
      const run &of = recorder_.runs_[r];
      if (of.row_hop <= 0)
        return false;
      claims.push_back({of.low(), of.high(), static_cast<std::int64_t>(r)});
    }
    std::sort(claims.begin(), claims.end(), [](const claim &a, const claim &b) { return a.low < b.low; });
    for (std::size_t k = 0; k < claims.size();) {
      const std::int64_t low = claims[k].low, hop = run_at(claims[k].run).row_hop, move = (g.lines - 1) * hop;
      std::int64_t high = claims[k].high; // of the first line
      line.clear();
      for (; k < claims.size() && claims[k].low <= high + move; ++k) {
        if (run_at(claims[k].run).row_hop != hop)
          return false;
        high = std::max(high, claims[k].high);
        line.push_back(claims[k]);
      }
      if (high - low >= hop)
        return false;
      const std::size_t first = line_segments_.size();
      if (!split_line(line))
        return false;
      box_claims_.push_back({low, high + move, -2 - static_cast<std::int64_t>(boxes_.size())});
      boxes_.push_back({low, high + move, hop, g.lines, first, line_segments_.size()});
    }
  }
  return true;
}

/// Cuts the rows into segments.
template <class Index> bool structure_builder<Index>::split() {
  std::vector<claim> &claims = recorder_.claims_;
  auto start_again = [&] {
    recorder_.ungroup();
    boxes_.clear();
    box_claims_.clear();
    line_segments_.clear();
    runs_of_.clear();
    segments_.clear();
    pieces_.clear();
    dense_rows_ = 0;
    return split();
  };
  if (!make_boxes())
    return start_again();
  bool apart = true;
  std::vector<claim> all = claims;
  all.insert(all.end(), box_claims_.begin(), box_claims_.end());
  sort(all);
  const bool done =
      sweep(all, [&](std::int64_t low, std::int64_t high, const std::vector<std::int64_t> &active, bool executions) {
        auto is_box = [](std::int64_t r) { return r < 0; };
        if (std::none_of(active.begin(), active.end(), is_box))
          return add_segment(low, high, active, executions);
        const box &b = boxes_[static_cast<std::size_t>(-2 - *std::find_if(active.begin(), active.end(), is_box))];
        apart = active.size() == 1 && !executions && low == b.low && high == b.high;
        if (apart)
          segments_.push_back({low, high, 0, 0, -1, -2 - active[0]});
        return apart;
      });
  return apart ? done : start_again();
}

template bool structure_builder<std::int32_t>::split();
template bool structure_builder<std::int64_t>::split();

} // namespace sparsead::rt
