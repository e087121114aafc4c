//===- RaiseLLVMLibm.cpp - calls of math.h by name ------------------------===//

#include "RaiseLLVM.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "sparsead/IR/SparseAD.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace sparsead;

namespace {

using Builder = Operation *(*)(OpBuilder &, Location, ValueRange, arith::FastMathFlags);

template <typename Op> Operation *make(OpBuilder &b, Location loc, ValueRange args, arith::FastMathFlags flags) {
  Op made = Op::create(b, loc, args[0].getType(), args);
  made.setFastmath(flags);
  return made;
}

/// A function of math.h. `signature`: the result, then the arguments; F is the
/// function's own floating type, i an int, l a long.
struct Function {
  StringRef name;
  StringRef signature;
  Builder builder; // null: sparsead.libm
};

const Function functions[] = {
    {"sin", "FF", make<math::SinOp>},
    {"cos", "FF", make<math::CosOp>},
    {"tan", "FF", make<math::TanOp>},
    {"asin", "FF", make<math::AsinOp>},
    {"acos", "FF", make<math::AcosOp>},
    {"atan", "FF", make<math::AtanOp>},
    {"atan2", "FFF", make<math::Atan2Op>},
    {"sinh", "FF", make<math::SinhOp>},
    {"cosh", "FF", make<math::CoshOp>},
    {"tanh", "FF", make<math::TanhOp>},
    {"asinh", "FF", make<math::AsinhOp>},
    {"acosh", "FF", make<math::AcoshOp>},
    {"atanh", "FF", make<math::AtanhOp>},
    {"exp", "FF", make<math::ExpOp>},
    {"exp2", "FF", make<math::Exp2Op>},
    {"expm1", "FF", make<math::ExpM1Op>},
    {"log", "FF", make<math::LogOp>},
    {"log2", "FF", make<math::Log2Op>},
    {"log10", "FF", make<math::Log10Op>},
    {"log1p", "FF", make<math::Log1pOp>},
    {"pow", "FFF", make<math::PowFOp>},
    {"sqrt", "FF", make<math::SqrtOp>},
    {"cbrt", "FF", make<math::CbrtOp>},
    {"erf", "FF", make<math::ErfOp>},
    {"erfc", "FF", make<math::ErfcOp>},
    {"fabs", "FF", make<math::AbsFOp>},
    {"floor", "FF", make<math::FloorOp>},
    {"ceil", "FF", make<math::CeilOp>},
    {"trunc", "FF", make<math::TruncOp>},
    {"round", "FF", make<math::RoundOp>},
    {"roundeven", "FF", make<math::RoundEvenOp>},
    {"copysign", "FFF", make<math::CopySignOp>},
    {"fma", "FFFF", make<math::FmaOp>},
    {"fmin", "FFF", make<arith::MinNumFOp>},
    {"fmax", "FFF", make<arith::MaxNumFOp>},
    {"exp10", "FF", nullptr},
    {"lgamma", "FF", nullptr},
    {"tgamma", "FF", nullptr},
    {"hypot", "FFF", nullptr},
    {"fmod", "FFF", nullptr},
    {"remainder", "FFF", nullptr},
    {"drem", "FFF", nullptr},
    {"fdim", "FFF", nullptr},
    {"rint", "FF", nullptr},
    {"nearbyint", "FF", nullptr},
    {"logb", "FF", nullptr},
    {"ilogb", "iF", nullptr},
    {"nextafter", "FFF", nullptr},
    {"ldexp", "FFi", nullptr},
    {"scalbn", "FFi", nullptr},
    {"scalbln", "FFl", nullptr},
    {"lround", "lF", nullptr},
    {"llround", "lF", nullptr},
    {"lrint", "lF", nullptr},
    {"llrint", "lF", nullptr},
    {"j0", "FF", nullptr},
    {"j1", "FF", nullptr},
    {"y0", "FF", nullptr},
    {"y1", "FF", nullptr},
    {"jn", "FiF", nullptr},
    {"yn", "FiF", nullptr},
};

const llvm::StringMap<const Function *> &byName() {
  static const llvm::StringMap<const Function *> map = [] {
    llvm::StringMap<const Function *> result;
    for (const Function &function : functions)
      result[function.name] = &function;
    return result;
  }();
  return map;
}

bool fits(const Function &function, LLVM::CallOp call, Type floating) {
  auto matches = [&](char c, Type type) {
    return c == 'F' ? type == floating : c == 'i' ? type.isInteger(32) : type.isInteger(64);
  };
  OperandRange args = call.getArgOperands();
  if (call.getNumResults() != 1 || args.size() + 1 != function.signature.size() ||
      !matches(function.signature[0], call.getResult().getType()))
    return false;
  for (auto [c, arg] : llvm::zip(function.signature.drop_front(), args))
    if (!matches(c, arg.getType()))
      return false;
  return true;
}

/// The function and the floating type that the C name stands for: the plain
/// name first (`erf` is not `er` for floats).
std::pair<const Function *, Type> lookUp(StringRef name, MLIRContext *context) {
  if (const Function *function = byName().lookup(name))
    return {function, Float64Type::get(context)};
  StringRef stem = name;
  if (stem.consume_back("f"))
    return {byName().lookup(stem), Float32Type::get(context)};
  if (stem.consume_back("l"))
    return {byName().lookup(stem), Float80Type::get(context)};
  return {};
}

} // namespace

bool sparsead::raiseLibmCall(LLVM::CallOp call, RewriterBase &rewriter) {
  std::optional<StringRef> callee = call.getCallee();
  if (!callee)
    return false;
  auto [function, floating] = lookUp(*callee, call.getContext());
  if (!function || !fits(*function, call, floating))
    return false;
  rewriter.setInsertionPoint(call);
  arith::FastMathFlags flags = raiseFastmath(call.getFastmathFlags());
  if (function->builder) {
    Operation *made = function->builder(rewriter, call.getLoc(), call.getArgOperands(), flags);
    rewriter.replaceOp(call, made->getResults());
  } else {
    LibmOp made = LibmOp::create(rewriter, call.getLoc(), call.getResultTypes(), rewriter.getStringAttr(*callee),
                                 call.getArgOperands(), flags);
    rewriter.replaceOp(call, made.getResult());
  }
  return true;
}
