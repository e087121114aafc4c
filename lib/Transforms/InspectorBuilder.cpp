//===- InspectorBuilder.cpp - the pattern's generator ---------------------===//

#include "InspectorBuilder.h"
#include "sparsead/Transforms/ShadowCloner.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace sparsead;

static constexpr auto purpose = Activity::For::Inspector;

static bool isPointer(Type t) { return isa<LLVM::LLVMPointerType>(t); }

//===----------------------------------------------------------------------===//
// Small IR helpers
//===----------------------------------------------------------------------===//

Value InspectorBuilder::i32(int64_t value) { return buildInt(b, loc(), value, 32); }

Value InspectorBuilder::i1(bool value) { return buildInt(b, loc(), value ? 1 : 0, 1); }

Value InspectorBuilder::isZero(Location loc, Value mark) {
  Value zero = buildInt(b, loc, 0, mark.getType().getIntOrFloatBitWidth());
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, mark, zero);
}

SmallVector<Value> InspectorBuilder::ifElse(Location loc, Value condition, TypeRange types, Emit yes, Emit no) {
  auto branch = scf::IfOp::create(b, loc, types, condition, true, true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&branch.getThenRegion().front());
  Values first = yes();
  scf::YieldOp::create(b, loc, first);
  b.setInsertionPointToStart(&branch.getElseRegion().front());
  Values second = no();
  scf::YieldOp::create(b, loc, second);
  return Values(branch.getResults());
}

void InspectorBuilder::ifThen(Location loc, Value condition, function_ref<void()> then) {
  auto branch = scf::IfOp::create(b, loc, condition, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&branch.getThenRegion().front());
  then();
}

SmallVector<Value> InspectorBuilder::runtime(Location loc, StringRef name, ValueRange args, TypeRange results) {
  Values operands{s.context};
  llvm::append_range(operands, args);
  auto f = declareRuntime(module, name, ValueRange(operands).getTypes(), results);
  auto call = func::CallOp::create(b, loc, f, operands);
  return Values(call.getResults());
}

/// The bits of a scalar as i64.
Value InspectorBuilder::bitsOf(Location loc, Value v) {
  Type i64 = b.getI64Type();
  Type type = v.getType();
  if (isPointer(type))
    return LLVM::PtrToIntOp::create(b, loc, i64, v);
  if (auto f = dyn_cast<FloatType>(type)) {
    if (f.getWidth() > 64)
      return buildInt(b, loc, 0, 64);
    v = arith::BitcastOp::create(b, loc, b.getIntegerType(f.getWidth()), v);
    type = v.getType();
  }
  if (!type.isInteger())
    return buildInt(b, loc, 0, 64);
  unsigned width = type.getIntOrFloatBitWidth();
  if (width < 64)
    return arith::ExtUIOp::create(b, loc, i64, v);
  if (width > 64)
    return arith::TruncIOp::create(b, loc, i64, v);
  return v;
}

//===----------------------------------------------------------------------===//
// What values carry
//===----------------------------------------------------------------------===//

bool InspectorBuilder::hasShadow(Value v) const { return isPointer(v.getType()) && activity.mayBeShadowed(v, purpose); }

SmallVector<Type> InspectorBuilder::expandTypes(ValueRange values) {
  SmallVector<Type> types;
  for (Value v : values) {
    types.push_back(v.getType());
    if (hasMark(v))
      types.push_back(b.getI32Type());
    if (hasShadow(v))
      types.push_back(v.getType());
  }
  return types;
}

SmallVector<Value> InspectorBuilder::expand(ValueRange from, ValueRange like) {
  Values values;
  for (auto [v, l] : llvm::zip(from, like)) {
    values.push_back(primal(v));
    if (hasMark(l))
      values.push_back(mark(v));
    if (hasShadow(l))
      values.push_back(shadow(v));
  }
  return values;
}

size_t InspectorBuilder::bind(ValueRange originals, ValueRange expanded) {
  size_t k = 0;
  for (Value v : originals) {
    s.map.map(v, expanded[k++]);
    if (hasMark(v))
      setMark(v, expanded[k++]);
    if (hasShadow(v))
      s.shadows[v] = expanded[k++];
  }
  return k;
}

/// "No value yet": joins keep the other side.
SmallVector<Value> InspectorBuilder::bottoms(ValueRange like) {
  Values values;
  for (Value l : like) {
    values.push_back(buildZero(b, loc(), l.getType()));
    if (hasMark(l))
      values.push_back(i32(isPointer(l.getType()) ? -3 : isa<FloatType>(l.getType()) ? 0 : 2));
    if (hasShadow(l))
      values.push_back(buildNull(b, loc()));
  }
  return values;
}

Value InspectorBuilder::primal(Value v) {
  if (Value found = s.map.lookupOrNull(v))
    return found;
  return buildZero(b, v.getLoc(), v.getType());
}

Value InspectorBuilder::shadow(Value v) {
  if (Value found = s.shadows.lookup(v))
    return found;
  return buildNull(b, v.getLoc());
}

void InspectorBuilder::setMark(Value v, Value mark) {
  if (isa<FloatType>(v.getType())) {
    Dependences d;
    d.sets.push_back(mark);
    APInt constant;
    d.unknown = matchPattern(mark, m_ConstantInt(&constant)) && constant.getSExtValue() >= 1;
    if (d.unknown && constant == 1)
      d.sets.clear();
    s.floats[v] = d;
    return;
  }
  s.marks[v] = mark;
}

void InspectorBuilder::setUnknown(Value v) {
  s.map.map(v, buildZero(b, v.getLoc(), v.getType()));
  if (isa<FloatType>(v.getType())) {
    Dependences d;
    d.unknown = true;
    s.floats[v] = d;
    return;
  }
  s.marks[v] = buildInt(b, v.getLoc(), isPointer(v.getType()) ? -2 : 1, 32);
}

bool InspectorBuilder::isSurelyUnknown(Value v) {
  if (!hasMark(v))
    return false;
  if (isa<FloatType>(v.getType())) {
    auto it = s.floats.find(v);
    return it != s.floats.end() && it->second.unknown;
  }
  APInt constant;
  Value m = s.marks.lookup(v);
  return m && matchPattern(m, m_ConstantInt(&constant)) && constant == 1;
}

InspectorBuilder::Dependences &InspectorBuilder::dependences(Value v) { return s.floats[v]; }

void InspectorBuilder::addDependence(Dependences &to, Value operand, bool onlyUnknown) {
  if (!hasMark(operand))
    return;
  if (!isa<FloatType>(operand.getType())) {
    if (isSurelyUnknown(operand))
      to.unknown = true;
    else
      to.unknowns.push_back(mark(operand));
    return;
  }
  Dependences from = dependences(operand);
  if (from.sets.size() + to.sets.size() > maxLeaves) {
    Value one = unite(dependences(operand), operand.getLoc());
    from.sets.assign(1, one);
    from.unknowns.clear();
    if (to.sets.size() >= maxLeaves) {
      Value all = unite(to, operand.getLoc());
      to.sets.assign(1, all);
      to.unknowns.clear();
    }
  }
  to.unknown |= from.unknown;
  SmallVectorImpl<Value> &list =
      onlyUnknown ? static_cast<SmallVectorImpl<Value> &>(to.unknowns) : static_cast<SmallVectorImpl<Value> &>(to.sets);
  for (Value m : from.sets)
    if (!llvm::is_contained(list, m))
      list.push_back(m);
  for (Value m : from.unknowns)
    if (!llvm::is_contained(to.unknowns, m))
      to.unknowns.push_back(m);
}

/// One mark for all dependences, made where it is first needed.
Value InspectorBuilder::unite(Dependences &d, Location loc) {
  Block *block = b.getInsertionBlock();
  if (d.united && d.where) {
    Block *ancestor = d.where->getParent()->findAncestorBlockInRegion(*block);
    if (ancestor == d.where)
      return d.united;
  }
  Value result;
  if (d.sets.size() == 1) {
    result = d.sets.front();
  } else if (d.sets.size() == 2) {
    result = runtime(loc, "sparsead_rt_union2", {d.sets[0], d.sets[1]}, b.getI32Type())[0];
  } else if (d.sets.size() > 2) {
    Type i32Type = b.getI32Type();
    for (auto [k, m] : llvm::enumerate(d.sets)) {
      Value slot =
          LLVM::GEPOp::create(b, loc, s.buffer.getType(), i32Type, s.buffer, ArrayRef<LLVM::GEPArg>{int32_t(k)});
      LLVM::StoreOp::create(b, loc, m, slot);
    }
    Value count = buildInt(b, loc, d.sets.size(), 32);
    result = runtime(loc, "sparsead_rt_union", {s.buffer, count}, i32Type)[0];
  }
  if (d.unknown || !d.unknowns.empty()) {
    Value floor = buildInt(b, loc, d.unknown ? 1 : 0, 32);
    if (!d.unknown) {
      for (Value m : d.unknowns) {
        Value known = isZero(loc, m);
        Value zero = buildInt(b, loc, 0, 32), one = buildInt(b, loc, 1, 32);
        Value flag = arith::SelectOp::create(b, loc, known, zero, one);
        floor = arith::OrIOp::create(b, loc, floor, flag);
      }
    }
    result = result ? arith::MaxSIOp::create(b, loc, result, floor).getResult() : floor;
  }
  if (!result)
    result = buildInt(b, loc, 0, 32);
  d.united = result;
  d.where = block;
  return result;
}

Value InspectorBuilder::mark(Value v) {
  if (!hasMark(v)) {
    // Values that are never read (lifted control flow) leave no trace.
    bool poison = v.getDefiningOp() && isa<ub::PoisonOp>(v.getDefiningOp());
    if (poison && !isa<FloatType>(v.getType()))
      return i32(isPointer(v.getType()) ? -3 : 2);
    return i32(0);
  }
  if (isa<FloatType>(v.getType()))
    return unite(dependences(v), v.getLoc());
  if (Value m = s.marks.lookup(v))
    return m;
  return i32(0);
}

Value InspectorBuilder::isUnknown(Value v) {
  if (!hasMark(v))
    return i1(false);
  Value m = mark(v);
  Value known = isZero(v.getLoc(), m);
  Value yes = i1(true);
  return arith::XOrIOp::create(b, v.getLoc(), known, yes);
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

func::FuncOp InspectorBuilder::inspectorOf(func::FuncOp f) {
  auto [it, fresh] = clones.try_emplace(f, nullptr);
  if (!fresh)
    return it->second;
  State outer = std::move(s);
  OpBuilder outerBuilder = b;
  auto outerLoc = currentLoc;
  s = State();
  b = OpBuilder(f);
  currentLoc = f.getLoc();

  Type ptr = LLVM::LLVMPointerType::get(f.getContext());
  SmallVector<Type> inputs = expandTypes(f.getArguments());
  inputs.push_back(ptr);
  auto ret = cast<func::ReturnOp>(f.getBody().front().getTerminator());
  SmallVector<Type> results = expandTypes(ret.getOperands());
  std::string name = unusedName(module, f.getName().str() + suffix() + ".body");
  auto clone = func::FuncOp::create(b, f.getLoc(), name, b.getFunctionType(inputs, results));
  clone.setPrivate();
  clones[f] = clone;
  emitBody(f, clone);

  s = std::move(outer);
  b = outerBuilder;
  currentLoc = outerLoc;
  return clone;
}

void InspectorBuilder::emitBody(func::FuncOp f, func::FuncOp clone) {
  Block *entry = clone.addEntryBlock();
  b = OpBuilder::atBlockEnd(entry);
  s.context = entry->getArguments().back();
  Value count = buildInt(b, f.getLoc(), maxLeaves + 1, 32);
  s.buffer = LLVM::AllocaOp::create(b, f.getLoc(), s.context.getType(), b.getI32Type(), count, 4);
  bind(f.getArguments(), entry->getArguments().drop_back());
  if (f == activity.entry())
    makeCells();

  bool scoped = false;
  f.walk([&](LLVM::AllocaOp a) { scoped |= hasShadow(a.getResult()); });
  Value token;
  if (scoped)
    token = runtime(f.getLoc(), "sparsead_rt_scope_begin", {}, b.getI64Type())[0];
  emitBlock(f.getBody().front());
  auto ret = cast<func::ReturnOp>(f.getBody().front().getTerminator());
  currentLoc = ret.getLoc();
  Values values = expand(ret.getOperands(), ret.getOperands());
  if (scoped)
    runtime(ret.getLoc(), "sparsead_rt_scope_end", {token});
  func::ReturnOp::create(b, ret.getLoc(), values);
  if (s.buffer.use_empty()) // smaller frames for deep recursion
    s.buffer.getDefiningOp()->erase();
}

func::FuncOp InspectorBuilder::build() {
  func::FuncOp f = activity.entry();
  func::FuncOp body = inspectorOf(f);
  Type ptr = LLVM::LLVMPointerType::get(f.getContext());
  OpBuilder builder(f);
  auto entry = func::FuncOp::create(builder, f.getLoc(), f.getName().str() + suffix(),
                                    builder.getFunctionType({ptr, ptr, ptr, ptr, ptr}, {}));
  Block *block = entry.addEntryBlock();
  builder.setInsertionPointToEnd(block);
  Values operands;
  std::optional<unsigned> result = activity.resultArgument();
  for (unsigned k = 0; k < f.getNumArguments(); ++k) {
    auto from = [&](unsigned table) -> Value {
      if (result == k)
        return block->getArgument(table + 2);
      return buildTableLoad(builder, f.getLoc(), block->getArgument(table), k);
    };
    operands.push_back(from(0));
    if (hasShadow(f.getArgument(k)))
      operands.push_back(from(1));
  }
  operands.push_back(block->getArgument(4));
  func::CallOp::create(builder, f.getLoc(), body, operands);
  func::ReturnOp::create(builder, f.getLoc());
  return entry;
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

void InspectorBuilder::emitBlock(Block &block) {
  for (Operation &op : block.without_terminator()) {
    auto outer = currentLoc;
    currentLoc = op.getLoc();
    emitOp(&op);
    currentLoc = outer;
  }
}

void InspectorBuilder::emitOp(Operation *op) {
  clearCells(op);
  if (structural)
    return emitStructure(op);
  if (auto o = dyn_cast<scf::IfOp>(op))
    return emitIf(o);
  if (auto o = dyn_cast<scf::ForOp>(op))
    return emitFor(o);
  if (auto o = dyn_cast<scf::WhileOp>(op))
    return emitWhile(o);
  if (auto o = dyn_cast<scf::IndexSwitchOp>(op))
    return emitSwitch(o);
  if (auto o = dyn_cast<TrapIfOp>(op))
    return emitTrap(o);
  if (emitMemory(op))
    return;
  if (isa<func::CallOp, LLVM::CallOp>(op))
    return emitCall(op);
  if (auto o = dyn_cast<arith::SelectOp>(op))
    return emitSelect(op, o.getCondition(), o.getTrueValue(), o.getFalseValue());
  if (auto o = dyn_cast<LLVM::SelectOp>(op))
    return emitSelect(op, o.getCondition(), o.getTrueValue(), o.getFalseValue());
  emitScalar(op);
}
