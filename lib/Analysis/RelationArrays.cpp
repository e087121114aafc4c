//===- RelationArrays.cpp - arrays, their accesses and their shapes -------===//
//
// Which arrays there are, which elements each access means, and by which shape i*N + j becomes [i, j]: one shape for
// all accesses of an array (Grosser et al., "Optimistic delinearization of parametrically sized arrays", 2015).
//
//===----------------------------------------------------------------------===//

#include "RelationParts.h"

#include "mlir/IR/Matchers.h"
#include <numeric>
#include <set>

using namespace mlir;
using namespace sparsead;

static constexpr int64_t isDeref = ObjectAttr::Deref, isIndex = ObjectAttr::Index;

/// The block of memory that an item lies in, with the offset and the period of its elements; nullopt: behind a table of
/// pointers.
static std::optional<RelationArray> arrayOfItem(const Activity &activity, int number, ObjectAttr item) {
  func::FuncOp entry = activity.entry();
  Block &body = entry.getBody().front();
  unsigned argument = item.isResult() ? body.getNumArguments() - 1 : item.getArgument();
  ArrayRef<Target> first = activity.pointsTo(body.getArgument(argument)).targets();
  if (first.empty())
    return std::nullopt;
  RelationArray array;
  array.item = number;
  array.roles = item.getRoles();
  array.name = relationName(item.getName());
  array.object = first[0].object;
  ArrayRef<int64_t> path = item.getPath();
  for (size_t k = 0; k + 1 < path.size(); k += 2) {
    if (path[k] == isIndex) {
      array.period = std::gcd(array.period, path[k + 1]);
      continue;
    }
    if (path[k] != isDeref) {
      array.offset += path[k + 1];
      continue;
    }
    if (array.period != 0)
      return std::nullopt;
    const MemoryObject &at = activity.object(array.object);
    auto cell = at.cells.find(array.offset);
    if (cell == at.cells.end() || cell->second.targets().size() != 1)
      return std::nullopt;
    array.object = cell->second.targets()[0].object;
    array.offset = 0;
  }
  for (size_t k = 0; k + 1 < item.getLeaves().size(); k += 2)
    array.leaves.push_back(item.getLeaves()[k]);
  // Leaves side by side are an array of their own.
  int64_t bytes = item.getLeaves()[1], count = array.leaves.size();
  bool dense = array.period == bytes * count;
  for (auto [k, leaf] : llvm::enumerate(array.leaves))
    dense &= leaf == int64_t(k) * bytes;
  if (dense) {
    array.period = bytes;
    array.leaves = {0};
  }
  return array;
}

/// By the specification's extents, where they are polynomials of sizes and begin at 0.
void DependenceRelation::countElements(RelationArray &array) {
  auto extents = activity.getRequest()->getAttrOfType<ArrayAttr>("extents");
  if (!extents || array.item < 0 || size_t(array.item) >= extents.size())
    return;
  auto item = cast<ObjectAttr>(activity.getRequest().getObjects()[array.item]);
  Polynomial count(int64_t(item.getLeaves().size() / 2));
  ArrayRef<Attribute> bounds = cast<ArrayAttr>(extents[array.item]).getValue();
  for (size_t k = 0; k + 1 < bounds.size(); k += 2) {
    auto lower = cast<DenseI64ArrayAttr>(bounds[k]).asArrayRef(),
         upper = cast<DenseI64ArrayAttr>(bounds[k + 1]).asArrayRef();
    auto begin = lower.empty() ? Polynomial(0) : subscripts.valueOfProgram(lower);
    auto end = subscripts.valueOfProgram(upper);
    if (!begin || !begin->isZero() || !end)
      return;
    count = count * *end;
  }
  array.count = count;
}

/// The index is one of an element.
Conjunction DependenceRelation::boundsOf(unsigned number, ArrayRef<Polynomial> index) const {
  Conjunction bounds;
  const RelationArray &array = arrays[number];
  Polynomial stride(1);
  for (size_t d = index.size() - 1; d > 0; --d) {
    bounds.atLeast.push_back(index[d]);
    bounds.atLeast.push_back(array.extents[d - 1] - 1 - index[d]);
    stride = stride * array.extents[d - 1];
  }
  if (array.count) {
    bounds.atLeast.push_back(index[0]);
    auto [outer, rest] = array.count->divide(stride);
    if (rest.isZero() && subscripts.isLinear(outer))
      bounds.atLeast.push_back(outer - 1 - index[0]);
  }
  return bounds;
}

void DependenceRelation::makeArrays() {
  for (auto [k, attribute] : llvm::enumerate(activity.getRequest().getObjects())) {
    auto item = cast<ObjectAttr>(attribute);
    if (auto array = arrayOfItem(activity, k, item)) {
      countElements(*array);
      arrays.push_back(std::move(*array));
    } else {
      fail(function.getLoc(), "'" + item.getName() + "' is reached through a table of pointers");
    }
  }
}

/// The array that an address lies in, and the number of the element.
std::optional<unsigned> DependenceRelation::arrayOf(const AddressCase &address, Polynomial &element,
                                                    std::optional<Unclear> &unclear) {
  for (auto [k, array] : llvm::enumerate(arrays)) {
    if (array.object != address.object)
      continue;
    Polynomial bytes = address.bytes - Polynomial(array.offset);
    if (array.period == 0) {
      if (bytes.isConstant() && llvm::is_contained(array.leaves, bytes.constant())) {
        element = Polynomial(llvm::find(array.leaves, bytes.constant()) - array.leaves.begin());
        return k;
      }
      continue;
    }
    for (auto [number, leaf] : llvm::enumerate(array.leaves)) {
      Polynomial rest = bytes - Polynomial(leaf);
      bool whole =
          llvm::all_of(rest.all(), [&, &array = array](const auto &t) { return t.second % array.period == 0; });
      if (!whole)
        continue;
      element = rest.dividedBy(array.period) * Polynomial(int64_t(array.leaves.size())) + Polynomial(int64_t(number));
      return k;
    }
  }
  const MemoryObject &object = activity.object(address.object);
  unclear =
      Unclear{Unclear::Opaque, "is not an element of '" + object.name + "' that the specification names", std::nullopt};
  return std::nullopt;
}

bool DependenceRelation::collectAccesses() {
  auto mayCarry = [&](Value pointer) {
    ArrayRef<Target> targets = activity.pointsTo(pointer).targets();
    return llvm::any_of(targets, [&](const Target &t) {
      const MemoryObject &o = activity.object(t.object);
      return o.active || (o.specified && (o.roles & (abi::role_output | abi::role_input)));
    });
  };
  auto add = [&](Operation *op, Value pointer, Type type, bool isStore) {
    auto access = std::make_unique<Access>();
    access->op = op;
    access->isStore = isStore;
    access->context = subscripts.contextOf(op);
    for (const AddressCase &address : subscripts.addressOf(pointer)) {
      ElementCase element{address.when, 0, {}, address.unclear};
      if (!address.unclear) {
        // Local memory becomes an array of its own when it is first met.
        const MemoryObject &object = activity.object(address.object);
        if (object.isLocal() &&
            llvm::none_of(arrays, [&](const RelationArray &a) { return a.object == address.object; })) {
          RelationArray local;
          local.object = address.object;
          local.name = "local" + std::to_string(arrays.size());
          local.period = type.getIntOrFloatBitWidth() / 8;
          local.leaves = {0};
          arrays.push_back(std::move(local));
        }
        Polynomial number;
        if (auto array = arrayOf(address, number, element.unclear)) {
          element.array = *array;
          element.index.push_back(number);
        }
      }
      access->whole.push_back(std::move(element));
    }
    accessNumber[op] = accesses.size();
    accesses.push_back(std::move(access));
  };
  function.walk([&](Operation *op) {
    MemoryAccess access = memoryAccessOf(op);
    switch (access.kind) {
    case MemoryAccess::Load:
      if (activity.isActive(access.value))
        add(op, access.pointer, access.type, false);
      break;
    case MemoryAccess::Store:
      if (!mayCarry(access.pointer))
        break;
      if (isa<FloatType>(access.type))
        add(op, access.pointer, access.type, true);
      else if (!isa<LLVM::LLVMPointerType>(access.type) && activity.isActive(access.value))
        fail(op->getLoc(), "active values are stored as something that is no float");
      break;
    case MemoryAccess::Copy:
    case MemoryAccess::Move:
      if (mayCarry(access.source) && mayCarry(access.pointer))
        fail(op->getLoc(), "active memory is copied");
      break;
    default:
      break;
    }
    if (isa<func::CallOp>(op) && llvm::any_of(op->getResults(), [&](Value v) { return activity.isActive(v); }))
      fail(op->getLoc(), "a call of a function that is not inlined");
  });
  if (activity.functions().size() > 1)
    fail(function.getLoc(), "a function that is not inlined is called");
  return true;
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

/// The element as [i, j, …] for the given strides (descending, the last is 1), by cases: i*N + j - 1 is [i, j - 1]
/// where j > 0, and [i - 1, j - 1 + N] where j = 0.
llvm::SmallVector<ElementCase, 1> DependenceRelation::split(const ElementCase &whole, const Alternatives &context,
                                                            ArrayRef<Polynomial> strides) {
  llvm::SmallVector<ElementCase, 1> done, open;
  if (whole.unclear)
    return {whole};
  ElementCase start = whole;
  Polynomial rest = whole.index.front();
  start.index.clear();
  // Quotients, outermost first; what is left belongs to the inner dimensions.
  for (const Polynomial &stride : strides) {
    auto [quotient, remainder] = rest.divide(stride);
    start.index.push_back(quotient);
    rest = remainder;
  }
  auto failed = [&](const Twine &reason) {
    ElementCase c = whole;
    c.unclear = Unclear{Unclear::Opaque, reason.str(), std::nullopt};
    return llvm::SmallVector<ElementCase, 1>{c};
  };
  for (const Polynomial &index : start.index)
    if (!subscripts.isLinear(index))
      return failed("is not affine: no shape fits all accesses");
  auto possible = [&](const Conjunction &when) {
    return llvm::any_of(context, [&](const Conjunction &c) {
      Conjunction all = c;
      all.require(when);
      return maybeSatisfiable(all);
    });
  };
  open.push_back(std::move(start));
  // Carry from the innermost dimension outwards, where an index may be below 0 or beyond its extent.
  for (size_t d = strides.size() - 1; d > 0; --d) {
    Polynomial extent = strides[d - 1].divide(strides[d]).first;
    llvm::SmallVector<ElementCase, 1> next;
    for (const ElementCase &c : open) {
      auto with = [&](const Polynomial &row) {
        Conjunction when = c.when;
        when.atLeast.push_back(row);
        return when;
      };
      const Polynomial index = c.index[d];
      bool below = possible(with(-index - 1)), above = possible(with(index - extent));
      if (!below && !above) {
        next.push_back(c);
        continue;
      }
      if (possible(with(-index - extent - 1)) || possible(with(index - extent - extent)))
        return failed("may leave its row by more than one: no shape fits all accesses");
      for (int64_t carry : {0, -1, 1}) {
        if ((carry < 0 && !below) || (carry > 0 && !above))
          continue;
        ElementCase n = c;
        n.index[d] = index - extent * Polynomial(carry);
        n.index[d - 1] = n.index[d - 1] + Polynomial(carry);
        n.when.atLeast.push_back(n.index[d]);
        n.when.atLeast.push_back(extent - 1 - n.index[d]);
        if (possible(n.when))
          next.push_back(std::move(n));
      }
    }
    open = std::move(next);
  }
  return open;
}

bool DependenceRelation::tryShape(unsigned array, ArrayRef<Polynomial> strides, bool report) {
  std::vector<std::pair<Access *, llvm::SmallVector<ElementCase, 1>>> found;
  for (auto &access : accesses) {
    llvm::SmallVector<ElementCase, 1> cases;
    bool any = false;
    for (const ElementCase &whole : access->whole) {
      if (whole.unclear || whole.array != array)
        continue;
      any = true;
      for (ElementCase &c : split(whole, access->context, strides)) {
        if (c.unclear) {
          if (report)
            fail(access->op->getLoc(), "the subscript of '" + arrays[array].name + "' " + c.unclear->reason);
          return false;
        }
        cases.push_back(std::move(c));
      }
    }
    if (any)
      found.emplace_back(access.get(), std::move(cases));
  }
  for (auto &[access, cases] : found)
    llvm::append_range(access->elements, cases);
  for (size_t d = 1; d < strides.size(); ++d)
    arrays[array].extents.push_back(strides[d - 1].divide(strides[d]).first);
  return true;
}

/// Strides, outermost first, that divide each other: the shapes to try.
static std::vector<llvm::SmallVector<Polynomial>> chainsOf(const std::vector<Polynomial> &strides) {
  std::vector<llvm::SmallVector<Polynomial>> result;
  // Greedy from each start; the longest first.
  for (size_t start = 0; start < strides.size(); ++start) {
    llvm::SmallVector<Polynomial> chain{strides[start]};
    for (size_t k = start + 1; k < strides.size(); ++k) {
      auto [quotient, rest] = chain.back().divide(strides[k]);
      if (rest.isZero() && !quotient.isZero() && !(quotient == Polynomial(1)))
        chain.push_back(strides[k]);
    }
    result.push_back(std::move(chain));
  }
  llvm::sort(result, [](const auto &a, const auto &b) {
    return a.size() != b.size() ? a.size() > b.size() : b.front() < a.front();
  });
  return result;
}

bool DependenceRelation::chooseShapes() {
  for (auto &access : accesses) {
    for (const ElementCase &whole : access->whole)
      if (whole.unclear) {
        bool possible = llvm::any_of(access->context, [&](const Conjunction &c) {
          Conjunction all = c;
          all.require(whole.when);
          return maybeSatisfiable(all);
        });
        if (!possible)
          continue;
        std::string name;
        Operation *op = access->op;
        for (const Target &t : activity.pointsTo(memoryAccessOf(op).pointer).targets())
          name = activity.object(t.object).name;
        fail(op->getLoc(), "the subscript of " + (name.empty() ? "an array" : "'" + name + "'") +
                               (whole.unclear->kind == Unclear::Indirect ? " is indirect: it " : " ") +
                               whole.unclear->reason);
      }
    llvm::erase_if(access->whole, [](const ElementCase &c) { return c.unclear.has_value(); });
  }
  for (unsigned array = 0; array < arrays.size(); ++array) {
    // Strides: the factors of positions, over all accesses.
    std::map<Polynomial, unsigned> count;
    int64_t common = 0;
    bool any = false;
    for (auto &access : accesses)
      for (const ElementCase &c : access->whole) {
        if (c.array != array)
          continue;
        any = true;
        llvm::SmallVector<Atom> positions;
        const Polynomial &number = c.index.front();
        for (const auto &[m, k] : number.all())
          for (Atom a : m)
            if (!subscripts.isSize(a) && !llvm::is_contained(positions, a))
              positions.push_back(a);
        common = std::gcd(common, (number - number.constant()).content());
        for (Atom a : positions)
          if (Polynomial factor = number.factorOf(a); factor.isValid() && subscripts.isInvariant(factor))
            ++count[factor.all().rbegin()->second < 0 ? -factor : factor];
      }
    if (!any)
      continue;
    std::vector<Polynomial> strides;
    bool symbolic = false;
    for (const auto &[stride, times] : count)
      if (!stride.isConstant()) {
        strides.push_back(stride);
        symbolic = true;
      }
    std::set<int64_t> constants{1};
    for (const auto &[stride, times] : count)
      if (stride.isConstant() && stride.constant() <= 64)
        constants.insert(stride.constant());
    if (common > 1 && common <= 64)
      constants.insert(common);
    for (int64_t c : constants)
      strides.push_back(Polynomial(c));
    // Higher degrees first; of equal ones, those of more accesses.
    llvm::sort(strides, [&](const Polynomial &a, const Polynomial &b) {
      size_t da = a.all().rbegin()->first.size(), db = b.all().rbegin()->first.size();
      if (da != db)
        return da > db;
      unsigned ca = a.isConstant() ? 0 : count[a], cb = b.isConstant() ? 0 : count[b];
      return ca != cb ? ca > cb : b < a;
    });
    bool done = false;
    unsigned tries = 0;
    for (ArrayRef<Polynomial> chain : chainsOf(strides)) {
      if (done || ++tries > 4)
        break;
      if (symbolic || chain.size() <= 2)
        done = tryShape(array, chain, /*report=*/false);
    }
    if (!done)
      tryShape(array, chainsOf(strides).front(), /*report=*/true);
  }
  return reasons.empty();
}
