//===- LowerSparseAD.cpp - conversions of the sparsead dialect ------------===//

#include "sparsead/Conversion/Passes.h"
#include "sparsead/IR/SparseAD.h"
#include "sparsead/Rules/RuleTerm.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/StringSet.h"

namespace sparsead {
#define GEN_PASS_DEF_FINALIZEREQUESTS
#define GEN_PASS_DEF_LOWERSPARSEAD
#include "sparsead/Conversion/Passes.h.inc"
} // namespace sparsead

using namespace mlir;
using namespace sparsead;

static func::FuncOp declare(ModuleOp module, StringRef name, FunctionType type) {
  if (auto f = module.lookupSymbol<func::FuncOp>(name))
    return f;
  OpBuilder b = OpBuilder::atBlockBegin(module.getBody());
  auto f = func::FuncOp::create(b, module.getLoc(), name, type);
  f.setPrivate();
  return f;
}

namespace {

struct FinalizeRequestsPass : sparsead::impl::FinalizeRequestsBase<FinalizeRequestsPass> {
  void runOnOperation() override {
    llvm::SmallVector<RequestOpInterface> requests;
    getOperation().walk([&](RequestOpInterface op) { requests.push_back(op); });
    llvm::StringSet<> entries;
    for (RequestOpInterface op : requests) {
      StringRef name = op.getFunctionName();
      for (StringRef made :
           {".inspect", ".interactions", ".structure", ".record", ".record2", ".adjoint", ".local", ".values"})
        entries.insert((name + made).str());
      llvm::SmallVector<int64_t> widths{1};
      if (auto jacobian = dyn_cast<JacobianOp>(*op))
        if (auto chosen = jacobian.getWidths())
          widths.assign(chosen->begin(), chosen->end());
      for (int64_t w : widths)
        entries.insert((name + ".tangent.w" + Twine(w)).str());
      op.erase();
    }
    for (auto f : getOperation().getOps<func::FuncOp>())
      if (!entries.contains(f.getName()))
        f.setPrivate();
    for (auto f : getOperation().getOps<LLVM::LLVMFuncOp>())
      if (!f.isExternal())
        SymbolTable::setSymbolVisibility(f, SymbolTable::Visibility::Private);
    for (auto g : getOperation().getOps<LLVM::GlobalOp>())
      SymbolTable::setSymbolVisibility(g, SymbolTable::Visibility::Private);
  }
};

struct LowerSparseADPass : sparsead::impl::LowerSparseADBase<LowerSparseADPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    llvm::SmallVector<Operation *> work;
    module.walk([&](Operation *op) {
      // Upstream expands expm1 and log1p to exp(x) - 1 and log(1 + x), which is inexact near 0.
      if (isa<InactiveOp, LibmOp, RuleOp, RulePartialsOp, ScaleOp, TrapIfOp, math::ExpM1Op, math::Log1pOp>(op))
        work.push_back(op);
    });
    for (Operation *op : work) {
      OpBuilder b(op);
      if (auto inactive = dyn_cast<InactiveOp>(op)) {
        op->replaceAllUsesWith(ValueRange(inactive.getValue()));
      } else if (isa<math::ExpM1Op, math::Log1pOp>(op)) {
        std::string name = isa<math::ExpM1Op>(op) ? "expm1" : "log1p";
        if (op->getResult(0).getType().isF32())
          name += "f";
        declare(module, name, b.getFunctionType(op->getOperandTypes(), op->getResultTypes()));
        auto call = func::CallOp::create(b, op->getLoc(), name, op->getResultTypes(), op->getOperands());
        op->replaceAllUsesWith(call);
      } else if (auto scale = dyn_cast<ScaleOp>(op)) {
        Type type = scale.getType();
        Value zero = arith::ConstantOp::create(b, op->getLoc(), type, b.getFloatAttr(type, 0));
        auto moves = [&](Value v) -> Value {
          return arith::CmpFOp::create(b, op->getLoc(), arith::CmpFPredicate::UNE, v, zero);
        };
        Value both = arith::AndIOp::create(b, op->getLoc(), moves(scale.getX()), moves(scale.getY()));
        Value product = arith::MulFOp::create(b, op->getLoc(), scale.getX(), scale.getY(), scale.getFastmath());
        op->replaceAllUsesWith(ValueRange(arith::SelectOp::create(b, op->getLoc(), both, product, zero)));
      } else if (auto rule = dyn_cast<RuleOp>(op); rule && rule.getCallee() == ruleTerm) {
        op->replaceAllUsesWith(ValueRange(rule.getArgs()[0]));
      } else if (rule) {
        op->replaceAllUsesWith(call(b, op->getLoc(), rule.getCallee(), rule.getArgs(), op->getResultTypes()));
      } else if (auto partials = dyn_cast<RulePartialsOp>(op)) {
        op->replaceAllUsesWith(partials.getVjp() && (!partials.getJvp() || op->getNumResults() > 1)
                                   ? partialsByAdjoint(b, partials)
                                   : partialsByTangents(b, partials));
      } else if (auto libm = dyn_cast<LibmOp>(op)) {
        auto type = b.getFunctionType(op->getOperandTypes(), op->getResultTypes());
        declare(module, libm.getCallee(), type);
        auto call = func::CallOp::create(b, op->getLoc(), libm.getCallee(), op->getResultTypes(), op->getOperands());
        op->replaceAllUsesWith(call);
      } else {
        auto trap = cast<TrapIfOp>(op);
        Type ptr = LLVM::LLVMPointerType::get(&getContext());
        declare(module, "sparsead_rt_fail", b.getFunctionType({ptr}, {}));
        auto branch = scf::IfOp::create(b, op->getLoc(), trap.getCondition(),
                                        /*withElseRegion=*/false);
        b.setInsertionPointToStart(&branch.getThenRegion().front());
        Value text = textConstant(module, b, op->getLoc(), trap.getText());
        func::CallOp::create(b, op->getLoc(), "sparsead_rt_fail", TypeRange{}, ValueRange{text});
      }
      op->erase();
    }
  }

  SmallVector<Value> call(OpBuilder &b, Location loc, StringRef name, ValueRange args, TypeRange results) {
    declare(module(), name, b.getFunctionType(args.getTypes(), results));
    return SmallVector<Value>(func::CallOp::create(b, loc, name, results, args).getResults());
  }
  ModuleOp module() { return getOperation(); }

  /// One call of the user's jvp for each unit vector.
  SmallVector<Value> partialsByTangents(OpBuilder &b, RulePartialsOp op) {
    SmallVector<Value> result;
    for (auto [k, type] : llvm::enumerate(op->getResultTypes())) {
      SmallVector<Value> args(op.getArgs());
      for (auto [j, index] : llvm::enumerate(op.getActive())) {
        Type its = op.getArgs()[index].getType();
        args.push_back(arith::ConstantOp::create(b, op.getLoc(), its, b.getFloatAttr(its, j == k ? 1 : 0)));
      }
      result.push_back(call(b, op.getLoc(), *op.getJvp(), args, type)[0]);
    }
    return result;
  }

  /// One call of the user's vjp for the adjoint 1, which adds to zeros.
  SmallVector<Value> partialsByAdjoint(OpBuilder &b, RulePartialsOp op) {
    Location loc = op.getLoc();
    Type ptr = LLVM::LLVMPointerType::get(&getContext()), number = op->getResult(0).getType();
    SmallVector<Value> args(op.getArgs()), places;
    args.push_back(arith::ConstantOp::create(b, loc, number, b.getFloatAttr(number, 1)));
    Block &entry = op->getParentOfType<FunctionOpInterface>()->getRegion(0).front();
    OpBuilder top = OpBuilder::atBlockBegin(&entry);
    for (int64_t index : op.getActive()) {
      Type type = op.getArgs()[index].getType();
      Value one = arith::ConstantOp::create(top, loc, top.getI64IntegerAttr(1));
      Value place = LLVM::AllocaOp::create(top, loc, ptr, type, one);
      Value zero = arith::ConstantOp::create(b, loc, type, b.getFloatAttr(type, 0));
      LLVM::StoreOp::create(b, loc, zero, place);
      places.push_back(place);
    }
    llvm::append_range(args, places);
    call(b, loc, *op.getVjp(), args, {});
    SmallVector<Value> result;
    for (auto [place, index] : llvm::zip(places, op.getActive())) {
      Value value = LLVM::LoadOp::create(b, loc, op.getArgs()[index].getType(), place);
      if (value.getType() != number)
        value = value.getType().getIntOrFloatBitWidth() < number.getIntOrFloatBitWidth()
                    ? arith::ExtFOp::create(b, loc, number, value).getResult()
                    : arith::TruncFOp::create(b, loc, number, value).getResult();
      result.push_back(value);
    }
    return result;
  }

  Value textConstant(ModuleOp module, OpBuilder &b, Location loc, StringRef text) {
    auto [it, fresh] = texts.try_emplace(text, "");
    if (fresh) {
      std::string symbol = "sparsead.text." + std::to_string(texts.size());
      it->second = symbol;
      OpBuilder top = OpBuilder::atBlockBegin(module.getBody());
      std::string bytes = text.str() + '\0';
      auto type = LLVM::LLVMArrayType::get(top.getI8Type(), bytes.size());
      LLVM::GlobalOp::create(top, module.getLoc(), type, /*isConstant=*/true, LLVM::Linkage::Private, symbol,
                             top.getStringAttr(bytes));
    }
    return LLVM::AddressOfOp::create(b, loc, LLVM::LLVMPointerType::get(&getContext()), it->second);
  }

  llvm::StringMap<std::string> texts;
};

} // namespace
