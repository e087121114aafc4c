//===- RaiseLLVM.cpp - llvm.func to func.func, llvm ops to arith and cf ---===//
//
// Which functions are raised is decided first, because a raised function calls
// raised functions only by `func.call`, a kept one only by `llvm.call`. Then
// each raised body is rewritten in place, operation by operation.
//
//===----------------------------------------------------------------------===//

#include "sparsead/Transforms/Passes.h"

#include "RaiseLLVM.h"

#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/DataLayoutInterfaces.h"
#include "sparsead/IR/SparseAD.h"
#include "sparsead/Interfaces/KnownFunctions.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/TypeSwitch.h"

namespace sparsead {
#define GEN_PASS_DEF_RAISELLVM
#include "sparsead/Transforms/Passes.h.inc"
} // namespace sparsead

using namespace mlir;
using namespace sparsead;

/// The front end's mark of a failed assertion; see sparsead.trap_if.
static constexpr StringLiteral trapMarker = "__sparsead_trap_if";
/// The front end's marks of what carries no derivative (sparsead/Frontend/InactiveMemory.h).
static constexpr StringLiteral inactiveMarker = "__sparsead_inactive.";
static constexpr StringLiteral inactiveFunction = "sparsead-inactive";
/// And of functions whose derivative the user gives (sparsead/Frontend/UserRules.h).
static constexpr StringLiteral ruleFunction = "sparsead-rule";

/// Results of the raised function: a struct is returned member by member.
static SmallVector<Type> raisedResults(Type result) {
  if (isa<LLVM::LLVMVoidType>(result))
    return {};
  if (auto type = dyn_cast<LLVM::LLVMStructType>(result))
    return SmallVector<Type>(type.getBody());
  return {result};
}

/// Whether a call passes and expects what the function declares; C++ code with
/// mismatched declarations does not.
static bool signatureMatches(LLVM::CallOp call, LLVM::LLVMFuncOp function) {
  LLVM::LLVMFunctionType type = function.getFunctionType();
  TypeRange results = call.getResultTypes();
  bool sameResult = isa<LLVM::LLVMVoidType>(type.getReturnType())
                        ? results.empty()
                        : results.size() == 1 && results[0] == type.getReturnType();
  return sameResult && llvm::equal(call.getArgOperands().getTypes(), type.getParams());
}

namespace {

//===----------------------------------------------------------------------===//
// Which functions are raised
//===----------------------------------------------------------------------===//

/// Kept: stays an llvm.func. Raised: becomes, or gets, a func.func of that name.
class FunctionPlan {
public:
  explicit FunctionPlan(ModuleOp module);

  bool isKept(LLVM::LLVMFuncOp function) const { return kept.contains(function); }
  ArrayRef<LLVM::LLVMFuncOp> getRaised() const { return raised.getArrayRef(); }
  StringAttr getRaisedName(StringRef callee) const { return names.lookup(callee); }
  LLVM::LLVMFuncOp lookup(StringRef name) const { return functions.lookup(name); }

private:
  void findAddressTaken(ModuleOp module);
  static bool canRaise(LLVM::LLVMFuncOp function);
  LLVM::LLVMFuncOp calledBody(Operation *op) const;

  llvm::StringMap<LLVM::LLVMFuncOp> functions;
  llvm::SetVector<LLVM::LLVMFuncOp> kept;
  llvm::SetVector<LLVM::LLVMFuncOp> raised;
  llvm::StringMap<StringAttr> names;
};

FunctionPlan::FunctionPlan(ModuleOp module) {
  for (auto function : module.getOps<LLVM::LLVMFuncOp>())
    functions[function.getName()] = function;
  findAddressTaken(module);
  for (auto function : module.getOps<LLVM::LLVMFuncOp>())
    if (!function.isExternal() && !canRaise(function))
      kept.insert(function);
  // What a kept body calls is kept.
  for (size_t i = 0; i < kept.size(); ++i) {
    LLVM::LLVMFuncOp caller = kept[i];
    caller.walk([&](Operation *op) {
      if (LLVM::LLVMFuncOp callee = calledBody(op))
        kept.insert(callee);
    });
  }
  for (auto function : module.getOps<LLVM::LLVMFuncOp>())
    if (!function.isExternal() && !kept.contains(function))
      raised.insert(function);
  // What a raised body calls is raised, as a copy if need be.
  for (size_t i = 0; i < raised.size(); ++i) {
    LLVM::LLVMFuncOp caller = raised[i];
    caller.walk([&](LLVM::CallOp call) {
      LLVM::LLVMFuncOp callee = calledBody(call);
      if (callee && signatureMatches(call, callee) && canRaise(callee))
        raised.insert(callee);
    });
  }
  for (LLVM::LLVMFuncOp function : raised) {
    std::string name = function.getName().str();
    if (kept.contains(function)) {
      name += ".raised";
      while (module.lookupSymbol(name))
        name += '_';
    }
    names[function.getName()] = StringAttr::get(module.getContext(), name);
  }
}

/// A call of a function with a body, by a matching signature.
LLVM::LLVMFuncOp FunctionPlan::calledBody(Operation *op) const {
  std::optional<StringRef> callee;
  if (auto call = dyn_cast<LLVM::CallOp>(op))
    callee = call.getCallee();
  else if (auto invoke = dyn_cast<LLVM::InvokeOp>(op))
    callee = invoke.getCallee();
  LLVM::LLVMFuncOp function = callee ? functions.lookup(*callee) : nullptr;
  return function && !function.isExternal() ? function : nullptr;
}

void FunctionPlan::findAddressTaken(ModuleOp module) {
  auto take = [&](StringRef name) {
    LLVM::LLVMFuncOp function = functions.lookup(name);
    if (function && !function.isExternal())
      kept.insert(function);
  };
  module.walk([&](Operation *op) {
    if (auto address = dyn_cast<LLVM::AddressOfOp>(op))
      return take(address.getGlobalName());
    if (auto call = dyn_cast<LLVM::CallOp>(op)) {
      LLVM::LLVMFuncOp callee = calledBody(op);
      if (callee && !signatureMatches(call, callee))
        kept.insert(callee);
      return;
    }
    // The rest of what can name a function: constructors, aliases, personalities.
    if (isa<LLVM::GlobalCtorsOp, LLVM::GlobalDtorsOp, LLVM::ConstantOp, LLVM::DSOLocalEquivalentOp,
            LLVM::BlockAddressOp, LLVM::IFuncOp, LLVM::LLVMFuncOp>(op)) {
      StringAttr self = op->getAttrOfType<StringAttr>("sym_name");
      op->getAttrDictionary().walk([&](SymbolRefAttr ref) {
        if (ref.getRootReference() != self)
          take(ref.getRootReference());
      });
    }
  });
}

bool FunctionPlan::canRaise(LLVM::LLVMFuncOp function) {
  if (function.isVarArg())
    return false;
  WalkResult walked = function.walk([](Operation *op) {
    return isa<LLVM::InvokeOp, LLVM::LandingpadOp, LLVM::ResumeOp, LLVM::VaStartOp, LLVM::IndirectBrOp,
               LLVM::BlockTagOp>(op)
               ? WalkResult::interrupt()
               : WalkResult::advance();
  });
  return !walked.wasInterrupted();
}

//===----------------------------------------------------------------------===//
// Bodies
//===----------------------------------------------------------------------===//

class FunctionRaiser {
public:
  FunctionRaiser(ModuleOp module, const FunctionPlan &plan)
      : module(module), plan(plan), rewriter(module.getContext()) {}

  void run(LLVM::LLVMFuncOp function);

private:
  func::FuncOp create(LLVM::LLVMFuncOp function);
  void copyByValueArguments(LLVM::LLVMFuncOp function, func::FuncOp raised);
  void raise(Operation *op);
  void raiseCall(LLVM::CallOp call);
  void raiseReturn(LLVM::ReturnOp op);
  void raiseSwitch(LLVM::SwitchOp op);
  bool raiseTrap(LLVM::CallOp call);
  bool raiseInactive(LLVM::CallOp call);
  bool raiseRule(LLVM::CallOp call);

  ModuleOp module;
  const FunctionPlan &plan;
  IRRewriter rewriter;
};

/// Attributes that decide how code is generated; they survive the way back.
const StringLiteral codegenAttributes[] = {"passthrough",   "target_cpu", "tune_cpu",   "target_features",
                                           "frame_pointer", "no_unwind",  "will_return"};

/// Argument attributes with a meaning for memory, without types of their own.
const StringLiteral argumentAttributes[] = {"llvm.noalias",   "llvm.nonnull", "llvm.readonly",        "llvm.readnone",
                                            "llvm.writeonly", "llvm.noundef", "llvm.dereferenceable", "llvm.align",
                                            "llvm.nocapture", "llvm.signext", "llvm.zeroext"};

func::FuncOp FunctionRaiser::create(LLVM::LLVMFuncOp function) {
  LLVM::LLVMFunctionType type = function.getFunctionType();
  rewriter.setInsertionPoint(function);
  func::FuncOp raised =
      func::FuncOp::create(rewriter, function.getLoc(), plan.getRaisedName(function.getName()),
                           rewriter.getFunctionType(type.getParams(), raisedResults(type.getReturnType())));
  LLVM::Linkage linkage = function.getLinkage();
  if (plan.isKept(function) || linkage == LLVM::Linkage::Internal || linkage == LLVM::Linkage::Private)
    raised.setPrivate();
  else
    raised.setPublic();
  if (plan.isKept(function))
    linkage = LLVM::Linkage::Internal;
  if (linkage != LLVM::Linkage::External)
    raised->setAttr("llvm.linkage", LLVM::LinkageAttr::get(rewriter.getContext(), linkage));
  for (StringRef name : codegenAttributes)
    if (Attribute attr = function->getAttr(name))
      raised->setAttr(name, attr);
  for (unsigned i = 0, e = function.getNumArguments(); i < e; ++i)
    for (StringRef name : argumentAttributes)
      if (Attribute attr = function.getArgAttr(i, name))
        raised.setArgAttr(i, name, attr);
  return raised;
}

/// A byval argument is the callee's own copy: the copy is made here, since
/// func.call passes the address only.
void FunctionRaiser::copyByValueArguments(LLVM::LLVMFuncOp function, func::FuncOp raised) {
  rewriter.setInsertionPointToStart(&raised.getBody().front());
  DataLayout layout = DataLayout::closest(raised);
  for (unsigned i = 0, e = function.getNumArguments(); i < e; ++i) {
    auto attr = function.getArgAttrOfType<TypeAttr>(i, LLVM::LLVMDialect::getByValAttrName());
    if (!attr)
      continue;
    Value argument = raised.getArgument(i);
    Location loc = argument.getLoc();
    Type i64 = rewriter.getI64Type();
    Value one = arith::ConstantOp::create(rewriter, loc, rewriter.getI64IntegerAttr(1));
    Value copy = LLVM::AllocaOp::create(rewriter, loc, argument.getType(), attr.getValue(), one);
    Value size = arith::ConstantOp::create(
        rewriter, loc, rewriter.getIntegerAttr(i64, layout.getTypeSize(attr.getValue()).getFixedValue()));
    LLVM::MemcpyOp memcpy = LLVM::MemcpyOp::create(rewriter, loc, copy, argument, size,
                                                   /*isVolatile=*/false);
    argument.replaceUsesWithIf(copy, [&](OpOperand &use) { return use.getOwner() != memcpy; });
  }
}

void FunctionRaiser::run(LLVM::LLVMFuncOp function) {
  func::FuncOp raised = create(function);
  if (plan.isKept(function)) {
    IRMapping mapping;
    function.getBody().cloneInto(&raised.getBody(), mapping);
  } else {
    raised.getBody().takeBody(function.getBody());
  }
  copyByValueArguments(function, raised);
  SmallVector<Operation *> ops;
  raised.getBody().walk([&](Operation *op) { ops.push_back(op); });
  for (Operation *op : ops)
    raise(op);
}

void FunctionRaiser::raise(Operation *op) {
  rewriter.setInsertionPoint(op);
  llvm::TypeSwitch<Operation *>(op)
      .Case([&](LLVM::BrOp op) { rewriter.replaceOpWithNewOp<cf::BranchOp>(op, op.getDest(), op.getDestOperands()); })
      .Case([&](LLVM::CondBrOp op) {
        rewriter.replaceOpWithNewOp<cf::CondBranchOp>(op, op.getCondition(), op.getTrueDest(), op.getTrueDestOperands(),
                                                      op.getFalseDest(), op.getFalseDestOperands());
      })
      .Case([&](LLVM::SwitchOp op) { raiseSwitch(op); })
      .Case([&](LLVM::ReturnOp op) { raiseReturn(op); })
      .Case([&](LLVM::CallOp op) { raiseCall(op); })
      .Default([&](Operation *op) { raiseScalarOp(op, rewriter); });
}

void FunctionRaiser::raiseSwitch(LLVM::SwitchOp op) {
  std::optional<DenseIntElementsAttr> cases = op.getCaseValues();
  if (!cases) {
    rewriter.replaceOpWithNewOp<cf::BranchOp>(op, op.getDefaultDestination(), op.getDefaultOperands());
    return;
  }
  SmallVector<ValueRange> operands;
  for (unsigned i = 0, e = op.getCaseDestinations().size(); i < e; ++i)
    operands.push_back(op.getCaseOperands(i));
  rewriter.replaceOpWithNewOp<cf::SwitchOp>(op, op.getValue(), op.getDefaultDestination(), op.getDefaultOperands(),
                                            *cases, op.getCaseDestinations(), operands);
}

void FunctionRaiser::raiseReturn(LLVM::ReturnOp op) {
  SmallVector<Value> results;
  for (Value value : op->getOperands()) {
    auto type = dyn_cast<LLVM::LLVMStructType>(value.getType());
    if (!type) {
      results.push_back(value);
      continue;
    }
    for (int64_t i = 0, e = type.getBody().size(); i < e; ++i)
      results.push_back(LLVM::ExtractValueOp::create(rewriter, op.getLoc(), value, i));
  }
  rewriter.replaceOpWithNewOp<func::ReturnOp>(op, results);
}

/// `__sparsead_trap_if(condition, text)`
bool FunctionRaiser::raiseTrap(LLVM::CallOp call) {
  OperandRange args = call.getArgOperands();
  if (call.getCallee() != trapMarker || args.size() != 2 || !args[0].getType().isInteger(1))
    return false;
  StringRef text = "trap";
  LLVM::AddressOfOp address = args[1].getDefiningOp<LLVM::AddressOfOp>();
  if (address)
    if (auto global = module.lookupSymbol<LLVM::GlobalOp>(address.getGlobalName()))
      if (auto value = dyn_cast_or_null<StringAttr>(global.getValueOrNull()))
        text = value.getValue().take_until([](char c) { return c == '\0'; });
  TrapIfOp::create(rewriter, call.getLoc(), args[0], text);
  rewriter.eraseOp(call);
  if (address && address->use_empty())
    rewriter.eraseOp(address);
  return true;
}

/// `__sparsead_inactive.<type>(value)`, and calls of functions that are marked.
bool FunctionRaiser::raiseInactive(LLVM::CallOp call) {
  OperandRange args = call.getArgOperands();
  if (call.getCallee()->starts_with(inactiveMarker) && args.size() == 1 && call.getNumResults() == 1) {
    Operation *from = args[0].getDefiningOp();
    if (from && (isa<InactiveOp>(from) || from->hasTrait<OpTrait::ConstantLike>()))
      rewriter.replaceOp(call, args[0]);
    else
      rewriter.replaceOpWithNewOp<InactiveOp>(call, call.getResult().getType(), args[0]);
    return true;
  }
  LLVM::LLVMFuncOp function = plan.lookup(*call.getCallee());
  ArrayAttr passthrough = function ? function.getPassthroughAttr() : nullptr;
  if (!passthrough || !llvm::is_contained(passthrough, rewriter.getStringAttr(inactiveFunction)))
    return false;
  SmallVector<bool> writes;
  for (auto [k, arg] : llvm::enumerate(args)) {
    bool only = k < function.getNumArguments() && (function.getArgAttr(k, LLVM::LLVMDialect::getReadonlyAttrName()) ||
                                                   function.getArgAttr(k, LLVM::LLVMDialect::getReadnoneAttrName()) ||
                                                   function.getArgAttr(k, LLVM::LLVMDialect::getByValAttrName()));
    writes.push_back(isa<LLVM::LLVMPointerType>(arg.getType()) && !only);
  }
  call->setAttr(inactiveCallAttr, rewriter.getDenseBoolArrayAttr(writes));
  return true;
}

/// Calls of functions with a derivative by the user: passthrough ["sparsead-rule", "active\njvp\nvjp"].
bool FunctionRaiser::raiseRule(LLVM::CallOp call) {
  LLVM::LLVMFuncOp function = plan.lookup(*call.getCallee());
  ArrayAttr passthrough = function ? function.getPassthroughAttr() : nullptr;
  if (!passthrough || call.getNumResults() != 1 || !isa<FloatType>(call.getResult().getType()))
    return false;
  for (Attribute attr : passthrough) {
    auto pair = dyn_cast<ArrayAttr>(attr);
    if (!pair || pair.size() != 2 || cast<StringAttr>(pair[0]).getValue() != ruleFunction)
      continue;
    auto [indices, symbols] = cast<StringAttr>(pair[1]).getValue().split('\n');
    auto [jvp, vjp] = symbols.split('\n');
    SmallVector<int64_t> active;
    for (StringRef index : llvm::split(indices, ','))
      if (int64_t k = 0; !index.getAsInteger(10, k))
        active.push_back(k);
    auto orNone = [&](StringRef symbol) { return symbol.empty() ? StringAttr() : rewriter.getStringAttr(symbol); };
    rewriter.replaceOpWithNewOp<RuleOp>(call, call.getResult().getType(), rewriter.getStringAttr(*call.getCallee()),
                                        call.getArgOperands(), rewriter.getDenseI64ArrayAttr(active), orNone(jvp),
                                        orNone(vjp));
    return true;
  }
  return false;
}

void FunctionRaiser::raiseCall(LLVM::CallOp call) {
  std::optional<StringRef> callee = call.getCallee();
  if (!callee || raiseTrap(call) || raiseInactive(call) || raiseRule(call))
    return;
  LLVM::LLVMFuncOp function = plan.lookup(*callee);
  StringAttr name = plan.getRaisedName(*callee);
  if (!name || !signatureMatches(call, function)) {
    // Nothing raised to call: a function of math.h, or something unknown.
    if (function && function.isExternal())
      raiseLibmCall(call, rewriter);
    return;
  }
  Type result = call.getNumResults() ? call.getResult().getType() : LLVM::LLVMVoidType::get(call.getContext());
  func::CallOp raised =
      func::CallOp::create(rewriter, call.getLoc(), name.getValue(), raisedResults(result), call.getArgOperands());
  auto type = dyn_cast<LLVM::LLVMStructType>(result);
  if (!type) {
    rewriter.replaceOp(call, raised.getResults());
    return;
  }
  Value aggregate = LLVM::PoisonOp::create(rewriter, call.getLoc(), type);
  for (auto [i, member] : llvm::enumerate(raised.getResults()))
    aggregate = LLVM::InsertValueOp::create(rewriter, call.getLoc(), aggregate, member, static_cast<int64_t>(i));
  rewriter.replaceOp(call, aggregate);
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

struct RaiseLLVM : sparsead::impl::RaiseLLVMBase<RaiseLLVM> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    FunctionPlan plan(module);
    FunctionRaiser raiser(module, plan);
    for (LLVM::LLVMFuncOp function : plan.getRaised())
      raiser.run(function);
    // Not before: calls look at the declarations of their callees.
    for (LLVM::LLVMFuncOp function : plan.getRaised())
      if (!plan.isKept(function))
        function.erase();
    eraseUnusedDeclarations(module);
  }

  /// Declarations of math.h that nothing calls any more.
  void eraseUnusedDeclarations(ModuleOp module) {
    llvm::DenseSet<StringAttr> used;
    module.walk([&](Operation *op) {
      if (!isa<LLVM::LLVMFuncOp, func::FuncOp>(op))
        op->getAttrDictionary().walk([&](SymbolRefAttr ref) { used.insert(ref.getRootReference()); });
      else if (auto function = dyn_cast<LLVM::LLVMFuncOp>(op))
        if (auto personality = function.getPersonalityAttr())
          used.insert(personality.getAttr());
    });
    for (auto function : llvm::make_early_inc_range(module.getOps<LLVM::LLVMFuncOp>()))
      if (function.isExternal() && !used.contains(function.getSymNameAttr()))
        function.erase();
  }
};

} // namespace
