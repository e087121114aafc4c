//===- LocalChains.cpp - values at known positions: loops taking turns ----===//
//
// The loops of a chain (LoopChains.h) run in rounds. In each round the last loop does a block of its iterations, after
// the others have done as many of theirs as it needs. How far these must be ahead is computed where the chain begins,
// from addresses: any two accesses of which one writes keep their order.
//
//===----------------------------------------------------------------------===//

#include "LocalBuilder.h"
#include "sparsead/Transforms/ShadowCloner.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace sparsead;

/// Bytes of windows that one round writes. Loops along a line take short turns: what goes to memory then goes there
/// while the next elements are computed. Loops over planes do whole lines, a few of them, for a round costs as much as
/// a hundred elements; the second cache holds them.
static constexpr int64_t bytesOfLine = 4096, bytesOfPlane = 262144, leastOfLine = 128;

//===----------------------------------------------------------------------===//
// Windows
//===----------------------------------------------------------------------===//

static std::optional<ObjectId> onlyTarget(const Activity &activity, Value pointer) {
  auto targets = activity.pointsTo(pointer).targets();
  return targets.size() == 1 ? std::optional(targets[0].object) : std::nullopt;
}

bool LocalBuilder::isWindowed(Value pointer) const {
  std::optional<ObjectId> object = onlyTarget(activity, pointer);
  return object &&
         llvm::any_of(chains.all(), [&](const LoopChain &chain) { return llvm::is_contained(chain.windows, *object); });
}

/// Array 0 has the values, the others the partials.
Value LocalBuilder::windowAddress(Value pointer, unsigned array) {
  const Window &window = windows.find(*onlyTarget(activity, pointer))->second;
  Location loc = *currentLoc;
  Value to = LLVM::PtrToIntOp::create(b, loc, b.getI64Type(), primal(pointer));
  Value distance = arith::SubIOp::create(b, loc, to, window.begin);
  Value base = window.arrays[array];
  return LLVM::GEPOp::create(b, loc, base.getType(), b.getI8Type(), base, ArrayRef<LLVM::GEPArg>{distance});
}

LLVM::LoadOp LocalBuilder::noteWindow(Value pointer, unsigned array, LLVM::LoadOp load) {
  std::pair key(*onlyTarget(activity, pointer), array);
  ++windowUses[key].loads;
  windowLoads[load] = key;
  return load;
}

void LocalBuilder::noteWindow(Value pointer, unsigned array, LLVM::StoreOp store) {
  windowUses[{*onlyTarget(activity, pointer), array}].stores.push_back(store);
}

/// Arrays that are written and not read, such as the values of what goes into a result linearly: LLVM, to which they
/// are memory from elsewhere, would keep their stores.
void LocalBuilder::dropUnreadWindows(func::FuncOp function) {
  for (bool changed = !windowUses.empty(); changed;) {
    changed = false;
    SmallVector<Operation *> all;
    function.walk<WalkOrder::PreOrder>([&](Operation *op) { all.push_back(op); });
    for (Operation *op : llvm::reverse(all)) { // what is inside of others first
      if (!isOpTriviallyDead(op))
        continue;
      op->walk([&](Operation *inner) {
        if (auto it = windowLoads.find(inner); it != windowLoads.end()) {
          --windowUses[it->second].loads;
          windowLoads.erase(it);
        }
      });
      op->erase();
    }
    for (auto &[key, uses] : windowUses)
      if (uses.loads == 0 && !uses.stores.empty()) {
        for (Operation *store : uses.stores)
          store->erase();
        uses.stores.clear();
        changed = true;
      }
  }
}

/// The copies of windows are memory of the kernel's own, each apart from all else.
void LocalBuilder::separateWindows(func::FuncOp function) {
  if (windowUses.empty())
    return;
  MLIRContext *context = function.getContext();
  auto domain = LLVM::AliasScopeDomainAttr::get(context);
  SmallVector<Attribute> scopes;
  llvm::DenseMap<Operation *, Attribute> scopeOf;
  std::map<std::pair<ObjectId, unsigned>, Attribute> scopeOfCopy;
  for (auto &[key, uses] : windowUses) {
    scopes.push_back(LLVM::AliasScopeAttr::get(domain));
    scopeOfCopy[key] = scopes.back();
    for (Operation *store : uses.stores)
      scopeOf[store] = scopes.back();
  }
  for (auto [load, key] : windowLoads)
    scopeOf[load] = scopeOfCopy[key];
  auto all = ArrayAttr::get(context, scopes);
  llvm::DenseMap<Attribute, ArrayAttr> others;
  for (Attribute scope : scopes) {
    SmallVector<Attribute> rest(scopes);
    llvm::erase(rest, scope);
    others[scope] = ArrayAttr::get(context, rest);
  }
  function.walk([&](LLVM::AliasAnalysisOpInterface op) {
    if (!isa<LLVM::LoadOp, LLVM::StoreOp>(*op))
      return;
    if (Attribute scope = scopeOf.lookup(op)) {
      op.setAliasScopes(ArrayAttr::get(context, scope));
      op.setNoAliasScopes(others[scope]);
    } else {
      op.setNoAliasScopes(all);
    }
  });
}

//===----------------------------------------------------------------------===//
// Rounds
//===----------------------------------------------------------------------===//

struct LocalBuilder::ChainEmitter {
  LocalBuilder &parent;
  const LoopChain &chain;
  OpBuilder &b;
  Location loc;

  /// Addresses [low, high) of a member's accesses to an object, in iteration zero.
  struct Range {
    ObjectId object;
    bool writes;
    Value low, high;
  };
  struct Member {
    const ChainMember *its = nullptr;
    SmallVector<Range> ranges;
    Value lower, upper; // a loop's
    std::optional<StreamedLoop> streamed;
    /// How many iterations more than a later loop: one for each member, null where they do not meet.
    Values ahead;
    Value limit;    // iterations from this one on need a segment that comes before; null: none
    Values carried; // by a loop from round to round
  };
  std::vector<Member> members;
  std::map<ObjectId, Value> strides;
  std::map<ObjectId, Value> states; // of windows: abi::window
  Value regular;                    // all strides are positive
  size_t firstLoop = 0;             // what comes before it is done before the first round

  explicit ChainEmitter(LocalBuilder &parent, const LoopChain &chain)
      : parent(parent), chain(chain), b(parent.b), loc(chain.last->getLoc()) {}

  Value number(int64_t v) { return parent.number(v); }
  Value add(Value x, Value y) { return arith::AddIOp::create(b, loc, x, y); }
  Value sub(Value x, Value y) { return arith::SubIOp::create(b, loc, x, y); }
  Value mul(Value x, Value y) { return arith::MulIOp::create(b, loc, x, y); }
  Value max(Value x, Value y) { return x ? arith::MaxSIOp::create(b, loc, x, y).getResult() : y; }
  Value min(Value x, Value y) { return x ? arith::MinSIOp::create(b, loc, x, y).getResult() : y; }
  Value less(Value x, Value y) { return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, x, y); }
  Value either(Value x, Value y) { return arith::OrIOp::create(b, loc, x, y); }
  Value select(Value c, Value x, Value y) { return arith::SelectOp::create(b, loc, c, x, y); }
  /// y > 0.
  Value floorDiv(Value x, Value y) {
    Value q = arith::DivSIOp::create(b, loc, x, y), r = arith::RemSIOp::create(b, loc, x, y);
    return sub(q, select(less(r, number(0)), number(1), number(0)));
  }

  Value emit(const Polynomial &p) {
    Value sum = number(p.constant());
    for (const auto &[atoms, factor] : p.all()) {
      if (atoms.empty())
        continue;
      Value term = number(factor);
      for (Atom a : atoms) {
        auto [v, isUnsigned] = parent.chains.valueOf(a);
        term = mul(term, parent.wide(parent.primal(v), isUnsigned));
      }
      sum = add(sum, term);
    }
    return sum;
  }

  Range rangeOf(const ChainAccess &access) {
    Value base = LLVM::PtrToIntOp::create(b, loc, b.getI64Type(), parent.primal(access.base));
    Value at = add(base, emit(access.bytes));
    Value low = add(at, number(access.lowest)), high = add(at, number(access.highest));
    for (const ChainAccess::Inner &inner : access.inner) {
      Value move = emit(inner.move), from = emit(inner.lower);
      Value to = max(sub(emit(inner.upper), number(1)), from);
      Value x = mul(move, from), y = mul(move, to);
      low = add(low, min(x, y));
      high = add(high, max(x, y));
    }
    return {access.object, access.writes, low, high};
  }

  void describeMembers() {
    for (const ChainMember &its : chain.members) {
      Member member;
      member.its = &its;
      if (its.loop) {
        bool isUnsigned = its.loop.getUnsignedCmp();
        member.lower = parent.wide(parent.primal(its.loop.getLowerBound()), isUnsigned);
        member.upper = max(member.lower, parent.wide(parent.primal(its.loop.getUpperBound()), isUnsigned));
        if (const LocalLoop *streamed = parent.sites.loopOf(its.loop))
          member.streamed = parent.enterStreamed(*streamed);
        for (Value v : its.loop.getInitArgs())
          member.carried.push_back(parent.primal(v));
      }
      for (const ChainAccess &access : its.accesses) {
        member.ranges.push_back(rangeOf(access));
        if (its.loop && !strides.count(access.object))
          strides[access.object] = emit(access.stride);
      }
      members.push_back(std::move(member));
    }
    while (!members[firstLoop].its->loop)
      ++firstLoop;
    regular = parent.number(1, 1);
    for (auto &[object, stride] : strides) {
      regular = arith::AndIOp::create(b, loc, regular, less(number(0), stride));
      stride = max(stride, number(1));
    }
  }

  /// Which iterations of one member another one has to wait for.
  void order() {
    constexpr int64_t never = int64_t(1) << 62;
    for (size_t s = firstLoop; s < members.size(); ++s) {
      Member &before = members[s];
      before.ahead.resize(members.size());
      for (size_t t = s + 1; t < members.size(); ++t) {
        Member &after = members[t];
        if (!after.its->loop)
          continue; // in the last round
        for (const Range &x : before.ranges)
          for (const Range &y : after.ranges) {
            if (x.object != y.object || !(x.writes || y.writes))
              continue;
            Value stride = strides[x.object];
            if (before.its->loop) {
              Value needed = floorDiv(sub(sub(y.high, number(1)), x.low), stride);
              before.ahead[t] = max(before.ahead[t], needed);
              continue;
            }
            Value limit = add(floorDiv(sub(x.low, y.high), stride), number(1));
            Value above =
                arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sle, x.high, add(y.low, mul(after.lower, stride)));
            after.limit = min(after.limit, select(above, number(never), limit));
          }
      }
    }
  }

  /// Iterations of the last loop in one round.
  Value block() {
    Value bytes = number(1);
    for (auto &[object, stride] : strides)
      bytes = add(bytes, mul(stride, number(arraysOf(object))));
    bool plane = llvm::any_of(chain.members, [](const ChainMember &member) {
      return member.loop && !member.loop.getBody()->getOps<scf::ForOp>().empty();
    });
    Value most = number(plane ? bytesOfPlane : bytesOfLine), least = number(plane ? 1 : leastOfLine);
    Value count = max(arith::DivSIOp::create(b, loc, most, max(bytes, number(1))), least);
    // Whole vectors, where there are many.
    Value rounded = arith::AndIOp::create(b, loc, count, number(-16));
    return select(less(number(64), count), rounded, count);
  }

  int64_t arraysOf(ObjectId object) {
    for (const Member &member : members)
      for (const ChainAccess &access : member.its->accesses)
        if (access.object == object)
          return 1 + parent.sites.lanesOf(access.base);
    return 1;
  }

  /// Windows that hold all that this round writes, and all that is read later.
  void slide(ArrayRef<Value> from, ArrayRef<Value> to, Value last) {
    for (ObjectId object : chain.windows) {
      Value low, high;
      Value stride = strides[object];
      for (auto [k, member] : llvm::enumerate(members))
        for (const Range &range : member.ranges) {
          if (range.object != object)
            continue;
          if (k < firstLoop) {
            if (from.empty()) {
              low = min(low, range.low);
              high = max(high, range.high);
            }
          } else if (!member.its->loop) {
            low = min(low, range.low);
            if (last)
              high = max(high, select(last, range.high, range.low));
          } else {
            Value begin = from.empty() ? member.lower : from[k];
            Value x = mul(begin, stride), y = mul(sub(member.upper, number(1)), stride);
            low = min(low, add(range.low, min(x, y)));
            if (!to.empty())
              high = max(high, add(range.high, max(x, mul(sub(to[k], number(1)), stride))));
          }
        }
      high = max(high, low);
      open(object, low, high);
    }
  }

  Value field(Value state, unsigned k) {
    return LLVM::GEPOp::create(b, loc, state.getType(), b.getI64Type(), state, ArrayRef<LLVM::GEPArg>{int32_t(k)});
  }

  void open(ObjectId object, Value low, Value high) {
    Type i64 = b.getI64Type(), ptr = LLVM::LLVMPointerType::get(b.getContext());
    Value state = states[object];
    auto slide = declareRuntime(parent.module, "sparsead_rt_window", {ptr, ptr, i64, i64}, {});
    func::CallOp::create(b, loc, slide, ValueRange{parent.workspace, state, low, high});
    Window window;
    Value data = LLVM::LoadOp::create(b, loc, ptr, field(state, 0), 8);
    window.begin = LLVM::LoadOp::create(b, loc, i64, field(state, 1), 8);
    Value apart = LLVM::LoadOp::create(b, loc, i64, field(state, 3), 8);
    for (int64_t k = 0, count = arraysOf(object); k < count; ++k)
      window.arrays.push_back(
          LLVM::GEPOp::create(b, loc, ptr, b.getI8Type(), data, ArrayRef<LLVM::GEPArg>{mul(apart, number(k))}));
    parent.windows[object] = window;
  }

  void makeWindows() {
    Type i64 = b.getI64Type(), ptr = LLVM::LLVMPointerType::get(b.getContext());
    for (ObjectId object : chain.windows) {
      Value state;
      {
        OpBuilder::InsertionGuard guard(b);
        b.setInsertionPointAfter(parent.cursor.getDefiningOp());
        state = LLVM::AllocaOp::create(b, loc, ptr, i64, number(6), 8);
      }
      states[object] = state;
      const MemoryObject &its = parent.activity.object(object);
      int64_t zeroed = its.origin && memoryAccessOf(its.origin).zeroed ? 1 : 0;
      int64_t start[] = {0, 0, 0, 0, arraysOf(object), zeroed};
      for (auto [k, v] : llvm::enumerate(start))
        LLVM::StoreOp::create(b, loc, number(v), field(state, k), 8);
    }
  }

  void emitSegment(const ChainMember &segment) {
    for (Operation *op : segment.segment) {
      auto outer = parent.currentLoc;
      parent.currentLoc = op->getLoc();
      parent.emitOp(op);
      parent.currentLoc = outer;
    }
  }

  void emitRound(ArrayRef<Value> from, Value size) {
    Value last = arith::XOrIOp::create(b, loc, regular, parent.number(1, 1));
    Values to(members.size());
    for (size_t k = members.size(); k-- > firstLoop;) {
      Member &member = members[k];
      if (!member.its->loop)
        continue;
      if (k + 1 == members.size()) {
        to[k] = add(from[k], size);
        last = either(last, arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, to[k], member.upper));
      } else {
        to[k] = from[k];
        for (size_t t = k + 1; t < members.size(); ++t)
          if (member.ahead[t])
            to[k] = max(to[k], add(to[t], member.ahead[t]));
      }
      to[k] = min(to[k], member.upper);
      if (member.limit)
        last = either(last, less(member.limit, to[k]));
    }
    for (size_t k = firstLoop; k < members.size(); ++k)
      if (members[k].its->loop)
        to[k] = select(last, members[k].upper, to[k]);
    slide(from, to, last);
    for (size_t k = firstLoop; k < members.size(); ++k) {
      Member &member = members[k];
      if (!member.its->loop) {
        auto branch = scf::IfOp::create(b, loc, last, /*withElseRegion=*/false);
        OpBuilder::InsertionGuard guard(b);
        b.setInsertionPointToStart(&branch.getThenRegion().front());
        emitSegment(*member.its);
        continue;
      }
      scf::ForOp loop = member.its->loop;
      auto outer = parent.currentLoc;
      parent.currentLoc = loop.getLoc();
      Type type = loop.getInductionVar().getType();
      if (member.streamed)
        member.carried = parent.emitStreamedRange(*member.streamed, from[k], to[k], member.carried, /*isAll=*/false);
      else
        member.carried =
            parent.emitIterations(loop, parent.narrow(from[k], type), parent.narrow(to[k], type), member.carried);
      parent.map.map(loop.getResults(), member.carried); // for segments in the last round
      parent.currentLoc = outer;
    }
    Values next;
    for (size_t k = firstLoop; k < members.size(); ++k)
      if (members[k].its->loop)
        next.push_back(to[k]);
    for (const Member &member : members)
      llvm::append_range(next, member.carried);
    Value more = arith::XOrIOp::create(b, loc, last, parent.number(1, 1));
    scf::ConditionOp::create(b, loc, more, next);
  }

  void run() {
    describeMembers();
    makeWindows();
    order();
    Value size = block();
    if (firstLoop > 0) {
      slide({}, {}, {});
      for (size_t k = 0; k < firstLoop; ++k)
        emitSegment(*members[k].its);
    }
    Values fronts;
    for (const Member &member : members)
      if (member.its->loop)
        fronts.push_back(member.lower);
    for (const Member &member : members)
      llvm::append_range(fronts, member.carried);
    auto types = llvm::to_vector(ValueRange(fronts).getTypes());
    auto rounds = scf::WhileOp::create(b, loc, types, fronts);
    {
      OpBuilder::InsertionGuard guard(b);
      SmallVector<Location> locs(fronts.size(), loc);
      Block *body = b.createBlock(&rounds.getBefore(), {}, types, locs);
      Values from(members.size());
      unsigned number = 0;
      for (auto [k, member] : llvm::enumerate(members))
        if (member.its->loop)
          from[k] = body->getArgument(number++);
      for (Member &member : members)
        for (Value &v : member.carried)
          v = body->getArgument(number++);
      emitRound(from, size);
      Block *after = b.createBlock(&rounds.getAfter(), {}, types, locs);
      scf::YieldOp::create(b, loc, after->getArguments());
    }
    auto results = rounds.getResults().drop_front(llvm::count_if(members, [](auto &m) { return bool(m.its->loop); }));
    for (const Member &member : members)
      if (scf::ForOp loop = member.its->loop) {
        parent.map.map(loop.getResults(), results.take_front(loop.getNumResults()));
        results = results.drop_front(loop.getNumResults());
      }
    Type ptr = LLVM::LLVMPointerType::get(b.getContext());
    auto release = declareRuntime(parent.module, "sparsead_rt_tangent_free", {ptr, ptr}, {});
    for (ObjectId object : chain.windows) {
      Value data = LLVM::LoadOp::create(b, loc, ptr, field(states[object], 0), 8);
      func::CallOp::create(b, loc, release, ValueRange{parent.workspace, data});
      parent.windows.erase(object);
    }
  }
};

void LocalBuilder::emitChain(const LoopChain &chain) {
  for (Operation *op : chain.hoisted) {
    auto outer = currentLoc;
    currentLoc = op->getLoc();
    emitOp(op);
    currentLoc = outer;
  }
  ChainEmitter(*this, chain).run();
}
