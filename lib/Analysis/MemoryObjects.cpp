//===- MemoryObjects.cpp - abstract memory of one derivative request -------===//

#include "sparsead/Analysis/MemoryObjects.h"
#include "llvm/ADT/STLExtras.h"
#include <numeric>

using namespace sparsead;

static int64_t residue(int64_t value, int64_t modulus) {
  if (modulus == 0)
    return value;
  int64_t r = value % modulus;
  return r < 0 ? r + modulus : r;
}

bool PointerSet::insert(Target t) {
  t.offset = residue(t.offset, t.modulus);
  auto *it = llvm::lower_bound(list, t, [](const Target &a, const Target &b) { return a.object < b.object; });
  if (it == list.end() || it->object != t.object) {
    list.insert(it, t);
    return true;
  }
  int64_t distance = it->offset - t.offset;
  int64_t modulus = std::gcd(std::gcd(it->modulus, t.modulus), distance);
  Target joined{t.object, residue(it->offset, modulus), modulus};
  if (joined == *it)
    return false;
  *it = joined;
  return true;
}

bool PointerSet::join(const PointerSet &other) {
  bool changed = false;
  for (const Target &t : other.list)
    changed |= insert(t);
  return changed;
}

PointerSet PointerSet::shifted(int64_t offset, int64_t modulus) const {
  PointerSet result;
  for (const Target &t : list)
    result.insert({t.object, t.offset + offset, std::gcd(t.modulus, modulus)});
  return result;
}

bool MemoryObject::mayBeLeaf(Target t) const {
  return llvm::any_of(leaves, [&](const LeafClass &leaf) {
    int64_t m = std::gcd(t.modulus, leaf.period);
    int64_t distance = t.offset - leaf.offset;
    return m == 0 ? distance == 0 : distance % m == 0;
  });
}

static bool meets(const LeafClass &c, Target t) {
  int64_t m = std::gcd(t.modulus, c.period);
  int64_t distance = t.offset - c.offset;
  return m == 0 ? distance == 0 : distance % m == 0;
}

bool MemoryObject::mayHoldFloat(Target t) const {
  return mayBeLeaf(t) || llvm::any_of(floats, [&](const LeafClass &c) { return meets(c, t); });
}

bool MemoryObject::noteFloat(Target t, int64_t bytes) {
  for (const LeafClass &c : floats)
    if (c.offset == t.offset && c.period == t.modulus)
      return false;
  if (floats.size() >= 32) { // too many places to tell apart
    if (floats.size() > 32)
      return false;
    floats.push_back({0, 1, bytes});
    return true;
  }
  floats.push_back({t.offset, t.modulus, bytes});
  return true;
}

bool MemoryObject::mustBeLeaf(Target t) const {
  if (dense)
    return true;
  return llvm::any_of(leaves, [&](const LeafClass &leaf) {
    int64_t distance = t.offset - leaf.offset;
    if (leaf.period == 0)
      return t.modulus == 0 && distance == 0;
    return distance % leaf.period == 0 && t.modulus % leaf.period == 0;
  });
}
