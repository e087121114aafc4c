//===- TangentBuilder.cpp - vector forward mode ---------------------------===//
//
// Every active float gets W tangents, every pointer that may reach active
// memory a shadow pointer; both follow the primal through calls, branches and
// loops. The primal keeps its arithmetic; derivative arithmetic may be
// contracted and reassociated.
//
//===----------------------------------------------------------------------===//

#include "TangentBuilder.h"
#include "DerivativeFlags.h"
#include "SecondPartials.h"
#include "sparsead/Transforms/ShadowCloner.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace sparsead;

bool TangentBuilder::hasTangent(Value v) const {
  if (isa<FloatType>(v.getType()))
    return activity.isActive(v);
  if (isa<LLVM::LLVMPointerType>(v.getType()))
    return activity.mayBeShadowed(v, Activity::For::Tangent);
  return false;
}

Type TangentBuilder::tangentType(Value v) const {
  Type type = v.getType();
  if (recording && isa<FloatType>(type))
    return IntegerType::get(type.getContext(), 32);
  if (isa<LLVM::LLVMPointerType>(type) || width == 1)
    return type;
  return VectorType::get({width}, type);
}

bool TangentBuilder::needsTangent(func::FuncOp f) const {
  if (llvm::any_of(f.getArguments(), [&](Value v) { return hasTangent(v); }))
    return true;
  bool found = false;
  f.walk([&](Operation *op) { found |= llvm::any_of(op->getResults(), [&](Value v) { return hasTangent(v); }); });
  return found;
}

SmallVector<Type> TangentBuilder::expandTypes(ValueRange values) {
  SmallVector<Type> types;
  for (Value v : values) {
    types.push_back(v.getType());
    if (hasTangent(v))
      types.push_back(tangentType(v));
  }
  return types;
}

void TangentBuilder::bind(ValueRange originals, ValueRange expanded) {
  size_t k = 0;
  for (Value v : originals) {
    map.map(v, expanded[k++]);
    if (hasTangent(v))
      tangents[v] = expanded[k++];
  }
}

Value TangentBuilder::tangentOrZero(Value v) {
  if (hasTangent(v))
    if (Value t = tangents.lookup(v))
      return t;
  return buildZero(b, v.getLoc(), tangentType(v));
}

SmallVector<Value> TangentBuilder::expand(ValueRange from, ValueRange like) {
  SmallVector<Value> values;
  for (auto [v, l] : llvm::zip(from, like)) {
    values.push_back(primal(v));
    if (hasTangent(l))
      values.push_back(tangentOrZero(v));
  }
  return values;
}

void TangentBuilder::guarded(Location loc, Value pointer, bool mayBeNull, function_ref<void()> then) {
  if (!mayBeNull)
    return then();
  Value valid = buildIsNotNull(b, loc, pointer);
  auto branch = scf::IfOp::create(b, loc, valid, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&branch.getThenRegion().front());
  then();
}

Value TangentBuilder::scaled(Location loc, Value bytes) {
  if (width == 1)
    return bytes;
  Value factor = arith::ConstantOp::create(b, loc, bytes.getType(), b.getIntegerAttr(bytes.getType(), width));
  return arith::MulIOp::create(b, loc, bytes, factor);
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

std::string TangentBuilder::suffix() const {
  return secondOrder ? ".record2" : recording ? ".record" : ".tangent.w" + std::to_string(width);
}

func::FuncOp TangentBuilder::tangentOf(func::FuncOp f) {
  auto [it, fresh] = clones.try_emplace(f, nullptr);
  if (!fresh)
    return it->second;
  SmallVector<Type> inputs = expandTypes(f.getArguments());
  inputs.push_back(LLVM::LLVMPointerType::get(f.getContext()));
  auto ret = cast<func::ReturnOp>(f.getBody().front().getTerminator());
  SmallVector<Type> results = expandTypes(ret.getOperands());
  OpBuilder builder(f);
  std::string name = unusedName(module, f.getName().str() + suffix() + ".body");
  auto clone = func::FuncOp::create(builder, f.getLoc(), name, builder.getFunctionType(inputs, results));
  clone.setPrivate();
  if (Attribute passthrough = f->getAttr("passthrough"))
    clone->setAttr("passthrough", passthrough);
  clones[f] = clone;

  // The state of an enclosing construction is kept aside.
  OpBuilder outerBuilder = b;
  IRMapping outerMap = std::move(map);
  auto outerTangents = std::move(tangents);
  auto outerShadows = std::move(ownedShadows);
  Value outerWorkspace = workspace;
  map = IRMapping();
  tangents.clear();
  ownedShadows.clear();
  emitBody(f, clone);
  b = outerBuilder;
  map = std::move(outerMap);
  tangents = std::move(outerTangents);
  ownedShadows = std::move(outerShadows);
  workspace = outerWorkspace;
  return clone;
}

void TangentBuilder::emitBody(func::FuncOp f, func::FuncOp clone) {
  Block *entry = clone.addEntryBlock();
  b = OpBuilder::atBlockEnd(entry);
  bind(f.getArguments(), entry->getArguments().drop_back());
  workspace = entry->getArguments().back();
  if (isRecursive(module, f))
    func::CallOp::create(b, f.getLoc(), declareRuntime(module, "sparsead_rt_check_stack", {}, {}), ValueRange());
  emitBlock(f.getBody().front());

  auto ret = cast<func::ReturnOp>(f.getBody().front().getTerminator());
  SmallVector<Value> values = expand(ret.getOperands(), ret.getOperands());
  if (!ownedShadows.empty()) {
    Type ptr = LLVM::LLVMPointerType::get(b.getContext());
    auto release = declareRuntime(module, "sparsead_rt_tangent_free", {ptr, ptr}, {});
    for (Value shadow : llvm::reverse(ownedShadows))
      func::CallOp::create(b, ret.getLoc(), release, ValueRange{workspace, shadow});
  }
  func::ReturnOp::create(b, ret.getLoc(), values);
}

func::FuncOp TangentBuilder::build() {
  func::FuncOp f = activity.entry();
  MLIRContext *context = f.getContext();
  func::FuncOp body = tangentOf(f);

  Type ptr = LLVM::LLVMPointerType::get(context);
  OpBuilder builder(f);
  std::string name = f.getName().str() + suffix();
  auto entry = func::FuncOp::create(builder, f.getLoc(), name, builder.getFunctionType({ptr, ptr, ptr, ptr, ptr}, {}));
  Block *block = entry.addEntryBlock();
  builder.setInsertionPointToEnd(block);
  Location loc = f.getLoc();
  SmallVector<Value> operands;
  std::optional<unsigned> result = activity.resultArgument();
  for (unsigned k = 0; k < f.getNumArguments(); ++k) {
    auto from = [&](unsigned table) -> Value {
      if (result == k)
        return block->getArgument(table + 2);
      return buildTableLoad(builder, loc, block->getArgument(table), k);
    };
    operands.push_back(from(0));
    if (hasTangent(f.getArgument(k)))
      operands.push_back(from(1));
  }
  operands.push_back(block->getArgument(4));
  func::CallOp::create(builder, loc, body, operands);
  func::ReturnOp::create(builder, loc);
  return entry;
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

void TangentBuilder::emitBlock(Block &block) {
  for (Operation &op : block.without_terminator())
    emitOp(&op);
}

void TangentBuilder::emitOp(Operation *op) {
  if (auto o = dyn_cast<scf::IfOp>(op))
    return emitIf(o);
  if (auto o = dyn_cast<scf::ForOp>(op))
    return emitFor(o);
  if (auto o = dyn_cast<scf::WhileOp>(op))
    return emitWhile(o);
  if (auto o = dyn_cast<scf::IndexSwitchOp>(op))
    return emitSwitch(o);
  if (emitMemory(op) || emitCall(op))
    return;
  if (auto o = dyn_cast<arith::SelectOp>(op))
    return emitSelect(op, o.getCondition(), o.getTrueValue(), o.getFalseValue());
  if (auto o = dyn_cast<LLVM::SelectOp>(op))
    return emitSelect(op, o.getCondition(), o.getTrueValue(), o.getFalseValue());
  emitRule(op);
}

void TangentBuilder::emitSelect(Operation *op, Value condition, Value yes, Value no) {
  cloneFlat(b, op, map);
  Value result = op->getResult(0);
  if (!hasTangent(result))
    return;
  Value yesT = tangentOrZero(yes), noT = tangentOrZero(no);
  tangents[result] = arith::SelectOp::create(b, op->getLoc(), primal(condition), yesT, noT);
}

/// y = f(x1, x2, …): y_t = Σ ∂f/∂xi xi_t, from the rule's partials.
void TangentBuilder::emitRule(Operation *op) {
  Operation *clone = cloneFlat(b, op, map);
  if (op->getNumResults() != 1 || !hasTangent(op->getResult(0)) || !isa<FloatType>(op->getResult(0).getType()))
    return;
  auto rule = dyn_cast<DifferentiableOpInterface>(clone);
  if (!rule)
    return; // ub.poison and the like: no tangent, read as zero
  Location loc = op->getLoc();
  SmallVector<bool> needed;
  for (Value v : op->getOperands())
    needed.push_back(hasTangent(v));
  if (secondOrder)
    return emitRecordSecond(op, clone, needed);
  Type type = tangentType(op->getResult(0));
  Value sum;
  SmallVector<Partial> partials = rule.partials(b, needed);
  if (recording)
    return emitRecord(op, partials, needed);
  for (auto [k, partial] : llvm::enumerate(partials)) {
    if (!needed[k] || partial.kind == Partial::Zero)
      continue;
    Value t = tangentOrZero(op->getOperand(k));
    if (t.getType() != type) { // extf, truncf
      unsigned from = getElementTypeOrSelf(t.getType()).getIntOrFloatBitWidth();
      unsigned to = getElementTypeOrSelf(type).getIntOrFloatBitWidth();
      t = from < to ? arith::ExtFOp::create(b, loc, type, t).getResult()
                    : arith::TruncFOp::create(b, loc, type, t).getResult();
    }
    auto flags = arith::FastMathFlagsAttr::get(b.getContext(), derivativeFlags);
    bool subtract = false;
    switch (partial.kind) {
    case Partial::Zero:
    case Partial::One:
      break;
    case Partial::MinusOne:
      subtract = true;
      break;
    case Partial::Scale: {
      Value factor = partial.value;
      if (width > 1)
        factor = vector::BroadcastOp::create(b, loc, type, factor);
      Value product = arith::MulFOp::create(b, loc, factor, t, flags);
      if (partial.singular) { // inf * 0 belongs to another input: 0
        Value zero = buildZero(b, loc, type);
        Value moves = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNE, t, zero);
        product = arith::SelectOp::create(b, loc, moves, product, zero);
      }
      if (partial.annihilates) {
        Value none = buildZero(b, loc, partial.value.getType());
        Value moves = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNE, partial.value, none);
        product = arith::SelectOp::create(b, loc, moves, product, buildZero(b, loc, type));
      }
      t = product;
      break;
    }
    case Partial::Mask: {
      Value zero = buildZero(b, loc, type);
      t = arith::SelectOp::create(b, loc, partial.value, t, zero);
      break;
    }
    case Partial::NegMask: {
      Value zero = buildZero(b, loc, type);
      t = arith::SelectOp::create(b, loc, partial.value, t, zero);
      subtract = true;
      break;
    }
    }
    if (!sum)
      sum = subtract ? arith::NegFOp::create(b, loc, t, flags).getResult() : t;
    else if (subtract)
      sum = arith::SubFOp::create(b, loc, sum, t, flags);
    else
      sum = arith::AddFOp::create(b, loc, sum, t, flags);
  }
  if (sum)
    tangents[op->getResult(0)] = sum;
}

/// A node of the tape: partials and the nodes they belong to, two at a time.
void TangentBuilder::emitRecord(Operation *op, ArrayRef<Partial> partials, ArrayRef<bool> needed) {
  Location loc = op->getLoc();
  Type f64 = b.getF64Type(), i32 = b.getI32Type();
  auto number = [&](double value) -> Value { return arith::ConstantOp::create(b, loc, f64, b.getF64FloatAttr(value)); };
  SmallVector<std::pair<Value, Value>> terms; // partial, node
  for (auto [k, partial] : llvm::enumerate(partials)) {
    if (!needed[k] || partial.kind == Partial::Zero)
      continue;
    Value d;
    switch (partial.kind) {
    case Partial::Zero:
    case Partial::One:
      d = number(1);
      break;
    case Partial::MinusOne:
      d = number(-1);
      break;
    case Partial::Scale:
      d = partial.value;
      if (d.getType() != f64)
        d = arith::ExtFOp::create(b, loc, f64, d);
      break;
    case Partial::Mask:
    case Partial::NegMask: {
      Value yes = number(partial.kind == Partial::Mask ? 1 : -1);
      Value no = number(0);
      d = arith::SelectOp::create(b, loc, partial.value, yes, no);
      break;
    }
    }
    terms.push_back({d, tangentOrZero(op->getOperand(k))});
  }
  if (terms.empty())
    return;
  Type ptr = LLVM::LLVMPointerType::get(b.getContext());
  auto one = declareRuntime(module, "sparsead_rt_record1", {ptr, f64, i32}, i32);
  auto two = declareRuntime(module, "sparsead_rt_record2", {ptr, f64, i32, f64, i32}, i32);
  Value node;
  if (terms.size() == 1) {
    node = func::CallOp::create(b, loc, one, ValueRange{workspace, terms[0].first, terms[0].second}).getResult(0);
  } else {
    node = terms[0].second;
    Value d = terms[0].first;
    for (auto [partial, operand] : llvm::drop_begin(terms)) {
      node = func::CallOp::create(b, loc, two, ValueRange{workspace, d, node, partial, operand}).getResult(0);
      d = number(1);
    }
  }
  tangents[op->getResult(0)] = node;
}

/// The same with second partials. Operands that interact come first; a further one is added by a node of its own.
void TangentBuilder::emitRecordSecond(Operation *op, Operation *clone, ArrayRef<bool> active) {
  SecondPartials partials(b, clone, active);
  if (partials.size() == 0)
    return;
  Location loc = op->getLoc();
  Type f64 = b.getF64Type(), i32 = b.getI32Type(), ptr = LLVM::LLVMPointerType::get(b.getContext());
  auto constant = [&](double value) -> Value {
    return arith::ConstantOp::create(b, loc, f64, b.getF64FloatAttr(value));
  };
  Value zero = constant(0);
  auto orZero = [&](Value v) { return v ? v : zero; };
  SmallVector<unsigned> order = llvm::to_vector(llvm::seq(partials.size()));
  SmallVector<SmallVector<Value>> second(partials.size(), SmallVector<Value>(partials.size()));
  for (unsigned i : order)
    for (unsigned j = i; j < partials.size(); ++j)
      second[i][j] = second[j][i] = partials.second(i, j);
  llvm::stable_sort(order, [&](unsigned i, unsigned j) {
    auto any = [&](unsigned k) { return llvm::any_of(second[k], [](Value v) { return v != nullptr; }); };
    return any(i) && !any(j);
  });
  auto node = [&](unsigned k) { return tangentOrZero(op->getOperand(partials.operand(order[k]))); };
  auto hook = declareRuntime(module, "sparsead_rt_record_second", {ptr, f64, i32, f64, i32, f64, f64, f64}, i32);
  auto record = [&](ValueRange operands) { return func::CallOp::create(b, loc, hook, operands).getResult(0); };
  unsigned p = order[0];
  Value none = buildInt(b, loc, 0, 32), result;
  if (partials.size() == 1) {
    result = record({workspace, partials.first(p), node(0), zero, none, orZero(second[p][p]), zero, zero});
  } else {
    unsigned q = order[1];
    result = record({workspace, partials.first(p), node(0), partials.first(q), node(1), orZero(second[p][p]),
                     orZero(second[p][q]), orZero(second[q][q])});
  }
  Value one = constant(1);
  bool manyInteract = false;
  for (unsigned k = 2; k < partials.size(); ++k) {
    for (Value v : second[order[k]])
      manyInteract |= v != nullptr;
    result = record({workspace, one, result, partials.first(order[k]), node(k), zero, zero, zero});
  }
  if (manyInteract || partials.withoutRule() || isa<RuleOp>(op))
    mlir::emitError(loc) << "cannot differentiate this operation twice: its second derivatives are not known";
  tangents[op->getResult(0)] = result;
}

//===----------------------------------------------------------------------===//
// Structured control flow
//===----------------------------------------------------------------------===//

void TangentBuilder::emitIf(scf::IfOp op) {
  SmallVector<Type> types = expandTypes(op.getResults());
  bool withElse = !op.getElseRegion().empty();
  auto branch = scf::IfOp::create(b, op.getLoc(), types, primal(op.getCondition()),
                                  /*addThenBlock=*/true,
                                  /*addElseBlock=*/withElse);
  auto side = [&](Region &from, Region &to) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(&to.front());
    emitBlock(from.front());
    Operation *yield = from.front().getTerminator();
    scf::YieldOp::create(b, yield->getLoc(), expand(yield->getOperands(), op.getResults()));
  };
  side(op.getThenRegion(), branch.getThenRegion());
  if (withElse)
    side(op.getElseRegion(), branch.getElseRegion());
  bind(op.getResults(), branch.getResults());
}

void TangentBuilder::emitSwitch(scf::IndexSwitchOp op) {
  auto sw = scf::IndexSwitchOp::create(b, op.getLoc(), expandTypes(op.getResults()), primal(op.getArg()), op.getCases(),
                                       op.getCases().size());
  for (auto [from, to] : llvm::zip(op->getRegions(), sw->getRegions())) {
    OpBuilder::InsertionGuard guard(b);
    b.createBlock(&to);
    emitBlock(from.front());
    Operation *yield = from.front().getTerminator();
    scf::YieldOp::create(b, yield->getLoc(), expand(yield->getOperands(), op.getResults()));
  }
  bind(op.getResults(), sw.getResults());
}

void TangentBuilder::emitFor(scf::ForOp op) {
  SmallVector<Value> inits = expand(op.getInitArgs(), op.getRegionIterArgs());
  auto loop = scf::ForOp::create(b, op.getLoc(), primal(op.getLowerBound()), primal(op.getUpperBound()),
                                 primal(op.getStep()), inits, nullptr, op.getUnsignedCmp());
  loop->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  map.map(op.getInductionVar(), loop.getInductionVar());
  bind(op.getRegionIterArgs(), loop.getRegionIterArgs());
  {
    OpBuilder::InsertionGuard guard(b);
    Block *body = loop.getBody();
    if (body->mightHaveTerminator())
      body->getTerminator()->erase();
    b.setInsertionPointToEnd(body);
    emitBlock(*op.getBody());
    Operation *yield = op.getBody()->getTerminator();
    scf::YieldOp::create(b, yield->getLoc(), expand(yield->getOperands(), op.getRegionIterArgs()));
  }
  // A result is active whenever its carried argument is.
  size_t k = 0;
  for (auto [arg, result] : llvm::zip(op.getRegionIterArgs(), op.getResults())) {
    map.map(result, loop.getResult(k++));
    if (!hasTangent(arg))
      continue;
    if (hasTangent(result))
      tangents[result] = loop.getResult(k);
    ++k;
  }
}

void TangentBuilder::emitWhile(scf::WhileOp op) {
  SmallVector<Value> inits = expand(op.getInits(), op.getBeforeArguments());
  auto loop = scf::WhileOp::create(b, op.getLoc(), expandTypes(op.getAfterArguments()), inits);
  auto fill = [&](Block &from, Region &to) {
    SmallVector<Type> types = expandTypes(from.getArguments());
    SmallVector<Location> locs(types.size(), op.getLoc());
    Block *block = b.createBlock(&to, to.end(), types, locs);
    bind(from.getArguments(), block->getArguments());
    emitBlock(from);
  };
  {
    OpBuilder::InsertionGuard guard(b);
    fill(*op.getBeforeBody(), loop.getBefore());
    scf::ConditionOp condition = op.getConditionOp();
    scf::ConditionOp::create(b, condition.getLoc(), primal(condition.getCondition()),
                             expand(condition.getArgs(), op.getAfterArguments()));
  }
  {
    OpBuilder::InsertionGuard guard(b);
    fill(*op.getAfterBody(), loop.getAfter());
    scf::YieldOp yield = op.getYieldOp();
    scf::YieldOp::create(b, yield.getLoc(), expand(yield.getOperands(), op.getBeforeArguments()));
  }
  size_t k = 0;
  for (auto [arg, result] : llvm::zip(op.getAfterArguments(), op.getResults())) {
    map.map(result, loop.getResult(k++));
    if (!hasTangent(arg))
      continue;
    if (hasTangent(result))
      tangents[result] = loop.getResult(k);
    ++k;
  }
}
