//===- RealMath.h - calls of real functions, in LLVM IR ---------*- C++ -*-===//

#ifndef SPARSEAD_LIB_FRONTEND_REALMATH_H
#define SPARSEAD_LIB_FRONTEND_REALMATH_H

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"

namespace sparsead {

/// Builds arithmetic in one floating-point type, with calls of C functions in its precision.
class RealMath {
public:
  using Value = llvm::Value;

  RealMath(llvm::IRBuilder<> &builder, llvm::Type *type) : b(builder), type(type) {}

  llvm::IRBuilder<> &builder() { return b; }
  Value *constant(double v) { return llvm::ConstantFP::get(type, v); }
  Value *call(llvm::StringRef name, llvm::ArrayRef<Value *> args, llvm::Type *result = nullptr) {
    llvm::SmallVector<llvm::Type *> types;
    for (Value *a : args)
      types.push_back(a->getType());
    llvm::FunctionType *signature = llvm::FunctionType::get(result ? result : type, types, false);
    std::string full = (name + (type->isFloatTy() ? "f" : "")).str();
    llvm::Module *module = b.GetInsertBlock()->getModule();
    llvm::FunctionCallee callee = module->getOrInsertFunction(full, signature);
    llvm::CallInst *made = b.CreateCall(callee, args);
    made->setDoesNotAccessMemory();
    made->setDoesNotThrow();
    return made;
  }
  Value *add(Value *x, Value *y) { return b.CreateFAdd(x, y); }
  Value *sub(Value *x, Value *y) { return b.CreateFSub(x, y); }
  Value *mul(Value *x, Value *y) { return b.CreateFMul(x, y); }
  Value *mul(double c, Value *x) { return b.CreateFMul(constant(c), x); }
  Value *div(Value *x, Value *y) { return b.CreateFDiv(x, y); }
  Value *neg(Value *x) { return b.CreateFNeg(x); }
  Value *select(Value *c, Value *x, Value *y) { return b.CreateSelect(c, x, y); }
  Value *isZero(Value *x) { return b.CreateFCmpOEQ(x, constant(0)); }
  Value *isNegative(Value *x) { return b.CreateFCmpOLT(x, constant(0)); }
  Value *isInfinite(Value *x) {
    return b.CreateFCmpOEQ(b.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, x), llvm::ConstantFP::getInfinity(type));
  }
  /// Whether the sign is set, of zeros too.
  Value *hasSign(Value *x) { return isNegative(sign(x)); }
  /// 1 with the sign of x.
  Value *sign(Value *x) { return b.CreateBinaryIntrinsic(llvm::Intrinsic::copysign, constant(1), x); }
  /// |x| as one of two lines, each with its derivative: 1 at zero, never 0.
  Value *magnitude(Value *x) { return select(isNegative(x), neg(x), x); }

private:
  llvm::IRBuilder<> &b;
  llvm::Type *type;
};

} // namespace sparsead

#endif // SPARSEAD_LIB_FRONTEND_REALMATH_H
