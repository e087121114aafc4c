//===- SharedPartials.cpp - partials that several slots have --------------===//

#include "SharedPartials.h"

using namespace mlir;
using namespace sparsead;

SharedPartials::Sources SharedPartials::of(const LocalSite &site) const {
  auto it = told.find(site.number);
  return it != told.end() ? it->second : Sources{{}, static_cast<int64_t>(site.slots.size())};
}

/// In streamed loops interiors write values instead, and the terms of sums come as often as they like.
bool SharedPartials::mayShare(const LocalSite &site) const {
  if (site.kind == LocalSite::Row || site.loop >= 0 || !site.reductions.empty())
    return false;
  for (Operation *op = site.store->getParentOp(); op; op = op->getParentOp())
    if (sites.loopOf(op))
      return false;
  return true;
}

void SharedPartials::Neighbors::note(SharedPartials &shared, const LocalSite &site, Block *block,
                                     ArrayRef<Value> slots) {
  if (!shared.mayShare(site))
    return end();
  if (block != where) {
    where = block;
    count = 0;
    known.clear();
  }
  auto [it, isNew] = shared.told.try_emplace(site.number);
  Sources &sources = it->second;
  if (isNew) {
    SameValues &same = values.try_emplace(block, block, careful).first->second;
    for (Value v : slots) {
      SameValues::Name name = v ? same.nameOf(v) : SameValues::Name();
      auto [entry, first] = known.try_emplace(name.number, count + sources.written, name.negative);
      auto [at, negative] = entry->second;
      sources.written += first;
      sources.codes.push_back(2 * (at - count) + (negative != name.negative));
    }
    if (sources.written == static_cast<int64_t>(slots.size()))
      sources.codes.clear();
  }
  count += sources.written;
}
