//===- InspectorControl.cpp - control flow on unknown conditions ----------===//
//
// An unknown branch runs both sides, each from the memory before it; an unknown
// loop runs its body until neither memory nor carried values change. The
// runtime's journal joins memory, the code here joins registers.
//
//===----------------------------------------------------------------------===//

#include "InspectorBuilder.h"
#include "sparsead/Transforms/ShadowCloner.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/UB/IR/UBOps.h"

using namespace mlir;
using namespace sparsead;

static bool isPointer(Type t) { return isa<LLVM::LLVMPointerType>(t); }

SmallVector<Value> InspectorBuilder::select(Location loc, Value condition, Values a, Values c) {
  Values out;
  for (auto [x, y] : llvm::zip(a, c))
    out.push_back(x == y ? x : arith::SelectOp::create(b, loc, condition, x, y).getResult());
  return out;
}

/// The least state that covers both: equal known values stay known.
SmallVector<Value> InspectorBuilder::join(Location loc, Values a, Values c, ValueRange like) {
  Values out;
  size_t k = 0;
  Type i32Type = b.getI32Type();
  auto equals = [&](Value x, int64_t constant) -> Value {
    Value v = buildInt(b, loc, constant, 32);
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, x, v);
  };
  auto choose = [&](Value condition, Value x, Value y) -> Value {
    return arith::SelectOp::create(b, loc, condition, x, y);
  };
  for (Value l : like) {
    Type type = l.getType();
    size_t width = 1 + hasMark(l) + hasShadow(l);
    Value x = a[k], y = c[k];
    if (!hasMark(l)) {
      // Both sides agree by the analysis.
      for (size_t q = 0; q < width; ++q)
        out.push_back(a[k + q]);
      k += width;
      continue;
    }
    Value xm = a[k + 1], ym = c[k + 1];
    Value both = arith::OrIOp::create(b, loc, xm, ym);
    Value known = equals(both, 0);
    Value xb = bitsOf(loc, x), yb = bitsOf(loc, y);
    Value same = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, xb, yb);
    Value agree = arith::AndIOp::create(b, loc, known, same);
    if (isa<FloatType>(type)) {
      Value zero = i32(0), one = i32(1);
      Values united = ifElse(
          loc, agree, i32Type, [&] { return Values{zero}; },
          [&] {
            Value u = runtime(loc, "sparsead_rt_union2", {xm, ym}, i32Type)[0];
            return Values{arith::MaxSIOp::create(b, loc, u, one)};
          });
      out.push_back(x);
      out.push_back(united[0]);
    } else if (!isPointer(type)) {
      Value zero = i32(0), one = i32(1);
      Value xNone = equals(xm, 2), yNone = equals(ym, 2);
      Value m = choose(agree, zero, one);
      m = choose(yNone, xm, m);
      m = choose(xNone, ym, m);
      out.push_back(choose(xNone, y, x));
      out.push_back(m);
    } else {
      Value null = buildNull(b, loc);
      Value xs = hasShadow(l) ? a[k + 2] : null;
      Value ys = hasShadow(l) ? c[k + 2] : null;
      Value xNone = equals(xm, -3), yNone = equals(ym, -3);
      Value zero = i32(0);
      Value m;
      if (hasShadow(l)) {
        // Arrays that are not there while planning have the same address, and shadows of their own.
        Value xAt = bitsOf(loc, xs), yAt = bitsOf(loc, ys);
        agree = arith::AndIOp::create(b, loc, agree,
                                      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, xAt, yAt).getResult());
        Value none = arith::OrIOp::create(b, loc, xNone, yNone);
        Value easy = arith::OrIOp::create(b, loc, none, agree);
        m = ifElse(
            loc, easy, i32Type, [&] { return Values{zero}; },
            [&] { return runtime(loc, "sparsead_rt_join_ptr", {x, xs, xm, y, ys, ym}, i32Type); })[0];
      } else {
        m = choose(agree, zero, i32(-2));
      }
      m = choose(yNone, xm, m);
      m = choose(xNone, ym, m);
      out.push_back(choose(xNone, y, x));
      out.push_back(m);
      if (hasShadow(l))
        out.push_back(choose(xNone, ys, xs));
    }
    k += width;
  }
  return out;
}

/// i1: does `to`, a join with `from`, hold more than `from`?
Value InspectorBuilder::changed(Location loc, Values from, Values to, ValueRange like) {
  Value any = i1(false);
  size_t k = 0;
  for (Value l : like) {
    if (hasMark(l)) {
      Value old = from[k + 1], fresh = to[k + 1];
      Value differs = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, old, fresh);
      if (isa<FloatType>(l.getType())) {
        differs = ifElse(
            loc, differs, b.getI1Type(),
            [&] {
              Value inside = runtime(loc, "sparsead_rt_contains", {old, fresh}, b.getI32Type())[0];
              Value outside = isZero(loc, inside);
              // Known to unknown counts, even without dependence.
              Value wasKnown = isZero(loc, old);
              return Values{arith::OrIOp::create(b, loc, outside, wasKnown)};
            },
            [&] { return Values{i1(false)}; })[0];
      }
      any = arith::OrIOp::create(b, loc, any, differs);
    }
    k += 1 + hasMark(l) + hasShadow(l);
  }
  return any;
}

//===----------------------------------------------------------------------===//
// Branches
//===----------------------------------------------------------------------===//

SmallVector<Value> InspectorBuilder::emitUnknownIf(Location loc, Value condition, Value unknown, bool surely,
                                                   ValueRange like, Emit yes, Emit no) {
  if (surely) {
    runtime(loc, "sparsead_rt_branch_begin", {});
    Values a = yes();
    runtime(loc, "sparsead_rt_branch_other", {});
    Values c = no();
    runtime(loc, "sparsead_rt_branch_end", {});
    return join(loc, a, c, like);
  }
  SmallVector<Type> types = expandTypes(like);
  Value always = i1(true);
  Value runYes = arith::SelectOp::create(b, loc, unknown, always, condition);
  Value negated = arith::XOrIOp::create(b, loc, condition, always);
  Value runNo = arith::SelectOp::create(b, loc, unknown, always, negated);
  auto under = [&](StringRef name) { ifThen(loc, unknown, [&] { runtime(loc, name, {}); }); };
  under("sparsead_rt_branch_begin");
  Values a = ifElse(loc, runYes, types, yes, [&] { return bottoms(like); });
  under("sparsead_rt_branch_other");
  Values c = ifElse(loc, runNo, types, no, [&] { return bottoms(like); });
  under("sparsead_rt_branch_end");
  if (types.empty())
    return {};
  return ifElse(
      loc, unknown, types, [&] { return join(loc, a, c, like); }, [&] { return select(loc, condition, a, c); });
}

void InspectorBuilder::emitIf(scf::IfOp op) {
  Location loc = op.getLoc();
  auto side = [&](Region &region) -> Values {
    if (region.empty())
      return {};
    emitBlock(region.front());
    return expand(region.front().getTerminator()->getOperands(), op.getResults());
  };
  Value condition = op.getCondition();
  if (hasMark(condition)) {
    Value unknown = isUnknown(condition);
    Values results = emitUnknownIf(
        loc, primal(condition), unknown, isSurelyUnknown(condition), op.getResults(),
        [&] { return side(op.getThenRegion()); }, [&] { return side(op.getElseRegion()); });
    bind(op.getResults(), results);
    return;
  }
  Values results = ifElse(
      loc, primal(condition), expandTypes(op.getResults()), [&] { return side(op.getThenRegion()); },
      [&] { return side(op.getElseRegion()); });
  bind(op.getResults(), results);
}

void InspectorBuilder::emitSwitch(scf::IndexSwitchOp op) {
  Location loc = op.getLoc();
  auto side = [&](Region &region) -> Values {
    emitBlock(region.front());
    return expand(region.front().getTerminator()->getOperands(), op.getResults());
  };
  if (hasMark(op.getArg())) {
    // A chain of two-way branches on the same unknown value.
    Value unknown = isUnknown(op.getArg());
    bool surely = isSurelyUnknown(op.getArg());
    std::function<Values(unsigned)> chain = [&](unsigned k) -> Values {
      if (k == op.getCases().size())
        return side(op.getDefaultRegion());
      Value label = arith::ConstantOp::create(b, loc, b.getIndexAttr(op.getCases()[k]));
      Value hit = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, primal(op.getArg()), label);
      return emitUnknownIf(
          loc, hit, unknown, surely, op.getResults(), [&] { return side(op.getCaseRegions()[k]); },
          [&] { return chain(k + 1); });
    };
    bind(op.getResults(), chain(0));
    return;
  }
  auto sw = scf::IndexSwitchOp::create(b, loc, expandTypes(op.getResults()), primal(op.getArg()), op.getCases(),
                                       op.getCases().size());
  for (auto [from, to] : llvm::zip(op->getRegions(), sw->getRegions())) {
    OpBuilder::InsertionGuard guard(b);
    b.createBlock(&to);
    Values values = side(from);
    scf::YieldOp::create(b, loc, values);
  }
  bind(op.getResults(), sw.getResults());
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

/// before(carried, results) → (condition, unknown); after(results) → carried.
SmallVector<Value> InspectorBuilder::emitUnknownLoop(Location loc, Values inits, ValueRange carried, ValueRange results,
                                                     function_ref<std::pair<Value, Value>(ValueRange, Values &)> before,
                                                     function_ref<Values(ValueRange)> after) {
  size_t numCarried = inits.size();
  Values start = inits;
  Values none = bottoms(results);
  llvm::append_range(start, none);
  start.push_back(i32(0)); // how: 0 known so far, 1 on the path, 2 joining
  SmallVector<Type> types(ValueRange(start).getTypes());
  SmallVector<Location> locs(types.size(), loc);
  auto loop = scf::WhileOp::create(b, loc, types, start);

  Value truth;
  {
    OpBuilder::InsertionGuard guard(b);
    Block *block = b.createBlock(&loop.getBefore(), {}, types, locs);
    ValueRange args = block->getArguments();
    ValueRange old = args.take_front(numCarried);
    Values oldResults(args.drop_front(numCarried).drop_back());
    Value how = args.back();
    truth = i1(true);
    Value concrete = isZero(loc, how);
    Value abstract = arith::XOrIOp::create(b, loc, concrete, truth);
    Value two = i32(2);
    Value joining = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, how, two);

    Values fresh;
    std::pair<Value, Value> test = before(old, fresh);
    Value condition = test.first, unknown = test.second;
    Value begins = arith::AndIOp::create(b, loc, unknown, concrete);
    ifThen(loc, begins, [&] { runtime(loc, "sparsead_rt_loop_begin", {}); });
    Value one = i32(1);
    Value howNow = arith::SelectOp::create(b, loc, begins, one, how);
    Value inAbstract = arith::OrIOp::create(b, loc, abstract, unknown);

    // What leaves the loop here joins what may have left it before.
    Value stops = arith::XOrIOp::create(b, loc, condition, truth);
    Value mayLeave = arith::SelectOp::create(b, loc, unknown, truth, stops);
    Value mayStay = arith::SelectOp::create(b, loc, unknown, truth, condition);
    Value joins = arith::AndIOp::create(b, loc, abstract, mayLeave);
    ifThen(loc, joins, [&] { runtime(loc, "sparsead_rt_loop_exit", {}); });
    SmallVector<Type> resultTypes(ValueRange(oldResults).getTypes());
    Values newResults = oldResults;
    if (!resultTypes.empty())
      newResults = ifElse(
          loc, abstract, resultTypes,
          [&] {
            return ifElse(
                loc, joins, resultTypes, [&] { return join(loc, oldResults, fresh, results); },
                [&] { return oldResults; });
          },
          [&] { return fresh; });
    Value resultsGrew = changed(loc, oldResults, newResults, results);

    SmallVector<Type> carriedTypes(old.getTypes());
    Values next = ifElse(
        loc, mayStay, carriedTypes,
        [&] {
          Values state = after(fresh);
          if (carriedTypes.empty())
            return state;
          return ifElse(
              loc, joining, carriedTypes, [&] { return join(loc, Values(old), state, carried); },
              [&] { return state; });
        },
        [&] { return Values(old); });
    Value carriedGrew = changed(loc, Values(old), next, carried);
    Value grew = arith::OrIOp::create(b, loc, resultsGrew, carriedGrew);
    grew = arith::AndIOp::create(b, loc, grew, abstract);
    grew = arith::OrIOp::create(b, loc, grew, begins);
    Values step = ifElse(
        loc, inAbstract, TypeRange{b.getI1Type(), b.getI32Type()},
        [&] {
          Value flag = arith::ExtUIOp::create(b, loc, b.getI32Type(), grew);
          Value stays = arith::ExtUIOp::create(b, loc, b.getI32Type(), mayStay);
          Value next = runtime(loc, "sparsead_rt_loop_iterate", {flag, stays}, b.getI32Type())[0];
          Value stop = isZero(loc, next);
          Value more = arith::XOrIOp::create(b, loc, stop, truth);
          // What is left open is closed after the loop.
          Value kept = arith::SelectOp::create(b, loc, stop, howNow, next);
          return Values{more, kept};
        },
        [&] { return Values{condition, i32(0)}; });
    Value again = step[0];
    Values forward = next;
    llvm::append_range(forward, newResults);
    forward.push_back(step[1]);
    scf::ConditionOp::create(b, loc, again, forward);
  }
  {
    OpBuilder::InsertionGuard guard(b);
    Block *block = b.createBlock(&loop.getAfter(), {}, types, locs);
    scf::YieldOp::create(b, loc, block->getArguments());
  }
  Value never = isZero(loc, loop.getResults().back());
  Value yes = i1(true);
  Value opened = arith::XOrIOp::create(b, loc, never, yes);
  ifThen(loc, opened, [&] { runtime(loc, "sparsead_rt_loop_end", {}); });
  return Values(loop.getResults().drop_front(numCarried).drop_back());
}

void InspectorBuilder::emitWhile(scf::WhileOp op) {
  Location loc = op.getLoc();
  scf::ConditionOp condition = op.getConditionOp();
  if (hasMark(condition.getCondition())) {
    Values inits = expand(op.getInits(), op.getBeforeArguments());
    Values results = emitUnknownLoop(
        loc, inits, op.getBeforeArguments(), op.getAfterArguments(),
        [&](ValueRange args, Values &out) -> std::pair<Value, Value> {
          bind(op.getBeforeArguments(), args);
          emitBlock(*op.getBeforeBody());
          out = expand(condition.getArgs(), op.getAfterArguments());
          Value unknown = isUnknown(condition.getCondition());
          return {primal(condition.getCondition()), unknown};
        },
        [&](ValueRange args) {
          bind(op.getAfterArguments(), args);
          emitBlock(*op.getAfterBody());
          return expand(op.getYieldOp().getOperands(), op.getBeforeArguments());
        });
    // Results carry what the after arguments carry.
    size_t k = 0;
    for (auto [arg, result] : llvm::zip(op.getAfterArguments(), op.getResults())) {
      s.map.map(result, results[k++]);
      if (hasMark(arg)) {
        if (hasMark(result))
          setMark(result, results[k]);
        ++k;
      }
      if (hasShadow(arg)) {
        if (hasShadow(result))
          s.shadows[result] = results[k];
        ++k;
      }
    }
    return;
  }
  Values inits = expand(op.getInits(), op.getBeforeArguments());
  auto loop = scf::WhileOp::create(b, loc, expandTypes(op.getAfterArguments()), inits);
  auto fill = [&](Block &from, Region &to) {
    SmallVector<Type> types = expandTypes(from.getArguments());
    SmallVector<Location> locs(types.size(), loc);
    Block *block = b.createBlock(&to, to.end(), types, locs);
    bind(from.getArguments(), block->getArguments());
    emitBlock(from);
  };
  {
    OpBuilder::InsertionGuard guard(b);
    fill(*op.getBeforeBody(), loop.getBefore());
    Value c = primal(condition.getCondition());
    Values args = expand(condition.getArgs(), op.getAfterArguments());
    scf::ConditionOp::create(b, loc, c, args);
  }
  {
    OpBuilder::InsertionGuard guard(b);
    fill(*op.getAfterBody(), loop.getAfter());
    Values args = expand(op.getYieldOp().getOperands(), op.getBeforeArguments());
    scf::YieldOp::create(b, loc, args);
  }
  size_t k = 0;
  for (auto [arg, result] : llvm::zip(op.getAfterArguments(), op.getResults())) {
    s.map.map(result, loop.getResult(k++));
    if (hasMark(arg)) {
      if (hasMark(result))
        setMark(result, loop.getResult(k));
      ++k;
    }
    if (hasShadow(arg)) {
      if (hasShadow(result))
        s.shadows[result] = loop.getResult(k);
      ++k;
    }
  }
}

void InspectorBuilder::emitFor(scf::ForOp op) {
  Location loc = op.getLoc();
  auto bindResults = [&](ValueRange values) {
    size_t k = 0;
    for (auto [arg, result] : llvm::zip(op.getRegionIterArgs(), op.getResults())) {
      s.map.map(result, values[k++]);
      if (hasMark(arg)) {
        if (hasMark(result))
          setMark(result, values[k]);
        ++k;
      }
      if (hasShadow(arg)) {
        if (hasShadow(result))
          s.shadows[result] = values[k];
        ++k;
      }
    }
  };
  if (hasMark(op.getInductionVar())) {
    // for (iv = lower; iv < upper; iv += step) with unknown bounds.
    Values carriedLike{op.getInductionVar()};
    llvm::append_range(carriedLike, op.getRegionIterArgs());
    Values inits{primal(op.getLowerBound()), mark(op.getLowerBound())};
    Values rest = expand(op.getInitArgs(), op.getRegionIterArgs());
    llvm::append_range(inits, rest);
    Value current, currentMark;
    Values results = emitUnknownLoop(
        loc, inits, carriedLike, op.getRegionIterArgs(),
        [&](ValueRange args, Values &out) -> std::pair<Value, Value> {
          current = args[0];
          currentMark = args[1];
          bind(carriedLike, args);
          out.assign(args.begin() + 2, args.end());
          auto predicate = op.getUnsignedCmp() ? arith::CmpIPredicate::ult : arith::CmpIPredicate::slt;
          Value c = arith::CmpIOp::create(b, loc, predicate, current, primal(op.getUpperBound()));
          Value u = isUnknown(op.getInductionVar());
          Value v = isUnknown(op.getUpperBound());
          Value unknown = arith::OrIOp::create(b, loc, u, v);
          return {c, unknown};
        },
        [&](ValueRange args) {
          bind(op.getRegionIterArgs(), args);
          emitBlock(*op.getBody());
          Value next = arith::AddIOp::create(b, loc, current, primal(op.getStep()));
          Value stepMark = mark(op.getStep());
          Value nextMark = arith::OrIOp::create(b, loc, currentMark, stepMark);
          Values out{next, nextMark};
          Values more = expand(op.getBody()->getTerminator()->getOperands(), op.getRegionIterArgs());
          llvm::append_range(out, more);
          return out;
        });
    bindResults(results);
    return;
  }
  Values inits = expand(op.getInitArgs(), op.getRegionIterArgs());
  const LocalLoop *streamed = structural ? nullptr : streamedLoop(op);
  if (streamed)
    beginStream(*streamed);
  auto loop = scf::ForOp::create(b, loc, primal(op.getLowerBound()), primal(op.getUpperBound()), primal(op.getStep()),
                                 inits, nullptr, op.getUnsignedCmp());
  s.map.map(op.getInductionVar(), loop.getInductionVar());
  bind(op.getRegionIterArgs(), loop.getRegionIterArgs());
  {
    OpBuilder::InsertionGuard guard(b);
    Block *body = loop.getBody();
    if (body->mightHaveTerminator())
      body->getTerminator()->erase();
    b.setInsertionPointToEnd(body);
    if (streamed) {
      Value i = loop.getInductionVar();
      Type i64 = b.getI64Type();
      if (i.getType().isIndex())
        i = arith::IndexCastOp::create(b, loc, i64, i);
      else if (i.getType() != i64)
        i = op.getUnsignedCmp() ? arith::ExtUIOp::create(b, loc, i64, i).getResult()
                                : arith::ExtSIOp::create(b, loc, i64, i).getResult();
      runtime(loc, "sparsead_rt_stream_iteration", {i});
    }
    emitBlock(*op.getBody());
    if (structural)
      reportPartWords(op);
    else
      reportIteration(op);
    Values values = expand(op.getBody()->getTerminator()->getOperands(), op.getRegionIterArgs());
    scf::YieldOp::create(b, loc, values);
  }
  if (streamed)
    runtime(loc, "sparsead_rt_stream_end", {});
  bindResults(loop.getResults());
}
