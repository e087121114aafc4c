//===- RaiseLLVMScalars.cpp - scalar operations and intrinsics ------------===//
//
// One line per operation: what it becomes in arith, math or sparsead.libm.
//
//===----------------------------------------------------------------------===//

#include "RaiseLLVM.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "sparsead/IR/SparseAD.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace sparsead;

arith::FastMathFlags sparsead::raiseFastmath(LLVM::FastmathFlags flags) {
  using From = LLVM::FastmathFlags;
  using To = arith::FastMathFlags;
  To result = To::none;
  for (auto [from, to] :
       {std::pair{From::nnan, To::nnan}, std::pair{From::ninf, To::ninf}, std::pair{From::nsz, To::nsz},
        std::pair{From::arcp, To::arcp}, std::pair{From::contract, To::contract}, std::pair{From::afn, To::afn},
        std::pair{From::reassoc, To::reassoc}})
    if (LLVM::bitEnumContainsAll(flags, from))
      result = result | to;
  return result;
}

namespace {

/// Replaces one operation. Each function returns true: the op is gone.
class ScalarRaiser {
public:
  ScalarRaiser(Operation *op, RewriterBase &rewriter) : op(op), rewriter(rewriter) {}

  bool run();

private:
  Location loc() { return op->getLoc(); }
  Type type() { return op->getResult(0).getType(); }

  template <typename To> bool replace(To made) {
    rewriter.replaceOp(op, made->getResults());
    return true;
  }
  bool forward() {
    rewriter.replaceOp(op, op->getOperand(0));
    return true;
  }
  bool erase() {
    rewriter.eraseOp(op);
    return true;
  }

  /// Integer and float types and vectors of them: what arith and math take.
  static bool isArithType(Type type) {
    Type element = getElementTypeOrSelf(type);
    return isa<IntegerType, FloatType>(element) && (element == type || isa<VectorType>(type));
  }

  template <typename To> bool plain() {
    return replace(To::create(rewriter, loc(), op->getResultTypes(), op->getOperands()));
  }
  template <typename From, typename To> bool overflow() {
    auto flags = cast<From>(op).getOverflowFlags();
    auto result = arith::IntegerOverflowFlags::none;
    if (LLVM::bitEnumContainsAll(flags, LLVM::IntegerOverflowFlags::nsw))
      result = result | arith::IntegerOverflowFlags::nsw;
    if (LLVM::bitEnumContainsAll(flags, LLVM::IntegerOverflowFlags::nuw))
      result = result | arith::IntegerOverflowFlags::nuw;
    To made = To::create(rewriter, loc(), op->getResultTypes(), op->getOperands());
    made.setOverflowFlags(result);
    return replace(made);
  }
  template <typename From, typename To> bool exact() {
    To made = To::create(rewriter, loc(), op->getResultTypes(), op->getOperands());
    made.setIsExact(cast<From>(op).getIsExact());
    return replace(made);
  }
  arith::FastMathFlags fastmath() {
    if (auto flags = dyn_cast<LLVM::FastmathFlagsInterface>(op))
      if (LLVM::FastmathFlagsAttr attr = flags.getFastmathAttr())
        return raiseFastmath(attr.getValue());
    return arith::FastMathFlags::none;
  }
  template <typename To> bool floating() {
    To made = To::create(rewriter, loc(), op->getResultTypes(), op->getOperands());
    if (arith::FastMathFlags flags = fastmath(); flags != arith::FastMathFlags::none)
      made.setFastmath(flags);
    return replace(made);
  }
  /// An intrinsic that math lacks: the C function for the operand's type.
  bool libm(StringRef name) {
    if (!isa<FloatType>(op->getOperand(0).getType()) || op->getNumResults() != 1)
      return false;
    Type operand = op->getOperand(0).getType();
    std::string callee = name.str();
    if (operand.isF32())
      callee += 'f';
    else if (operand.isF80())
      callee += 'l';
    else if (!operand.isF64())
      return false;
    return replace(LibmOp::create(rewriter, loc(), type(), callee, op->getOperands(), fastmath()));
  }

  bool constant(LLVM::ConstantOp op);
  bool poison();
  bool zero();
  bool icmp(LLVM::ICmpOp op);
  bool fcmp(LLVM::FCmpOp op);
  bool select(LLVM::SelectOp op);
  bool bitcast();
  bool sincos();

  Operation *op;
  RewriterBase &rewriter;
};

bool ScalarRaiser::constant(LLVM::ConstantOp op) {
  auto value = dyn_cast<TypedAttr>(op.getValue());
  if (!value || value.getType() != op.getType() || !isArithType(op.getType()))
    return false;
  return replace(arith::ConstantOp::create(rewriter, loc(), value));
}

/// Aggregates keep their LLVM operation: insertions into it fold there.
bool ScalarRaiser::poison() {
  if (!isArithType(type()) && !isa<LLVM::LLVMPointerType>(type()))
    return false;
  return replace(ub::PoisonOp::create(rewriter, loc(), type()));
}

bool ScalarRaiser::zero() {
  if (!isArithType(type()))
    return false;
  return replace(arith::ConstantOp::create(rewriter, loc(), rewriter.getZeroAttr(type())));
}

bool ScalarRaiser::icmp(LLVM::ICmpOp op) {
  if (!isArithType(op.getLhs().getType()))
    return false; // pointers
  // The enumerators of both dialects are numbered alike.
  static_assert(int(LLVM::ICmpPredicate::eq) == int(arith::CmpIPredicate::eq) &&
                int(LLVM::ICmpPredicate::slt) == int(arith::CmpIPredicate::slt) &&
                int(LLVM::ICmpPredicate::sge) == int(arith::CmpIPredicate::sge) &&
                int(LLVM::ICmpPredicate::ult) == int(arith::CmpIPredicate::ult) &&
                int(LLVM::ICmpPredicate::uge) == int(arith::CmpIPredicate::uge));
  return replace(arith::CmpIOp::create(rewriter, loc(), static_cast<arith::CmpIPredicate>(op.getPredicate()),
                                       op.getLhs(), op.getRhs()));
}

bool ScalarRaiser::fcmp(LLVM::FCmpOp op) {
  static_assert(int(LLVM::FCmpPredicate::_false) == int(arith::CmpFPredicate::AlwaysFalse) &&
                int(LLVM::FCmpPredicate::oeq) == int(arith::CmpFPredicate::OEQ) &&
                int(LLVM::FCmpPredicate::one) == int(arith::CmpFPredicate::ONE) &&
                int(LLVM::FCmpPredicate::ord) == int(arith::CmpFPredicate::ORD) &&
                int(LLVM::FCmpPredicate::ueq) == int(arith::CmpFPredicate::UEQ) &&
                int(LLVM::FCmpPredicate::uno) == int(arith::CmpFPredicate::UNO) &&
                int(LLVM::FCmpPredicate::_true) == int(arith::CmpFPredicate::AlwaysTrue));
  arith::CmpFOp made = arith::CmpFOp::create(rewriter, loc(), static_cast<arith::CmpFPredicate>(op.getPredicate()),
                                             op.getLhs(), op.getRhs());
  made.setFastmath(fastmath());
  return replace(made);
}

bool ScalarRaiser::select(LLVM::SelectOp op) {
  Type condition = op.getCondition().getType();
  bool aggregate = !isArithType(op.getType()) && !isa<LLVM::LLVMPointerType>(op.getType());
  if (!isArithType(condition) || aggregate)
    return false;
  return replace(arith::SelectOp::create(rewriter, loc(), op.getCondition(), op.getTrueValue(), op.getFalseValue()));
}

/// Between scalars or vectors of one shape; others (<2 x i32> to i64) stay.
bool ScalarRaiser::bitcast() {
  Type from = op->getOperand(0).getType();
  Type to = type();
  if (from == to)
    return forward();
  if (!isArithType(from) || !isArithType(to) || isa<VectorType>(from) != isa<VectorType>(to))
    return false;
  if (auto vector = dyn_cast<VectorType>(from))
    if (vector.getShape() != cast<VectorType>(to).getShape())
      return false;
  return plain<arith::BitcastOp>();
}

bool ScalarRaiser::sincos() {
  auto pair = dyn_cast<LLVM::LLVMStructType>(type());
  if (!pair)
    return false;
  Value x = op->getOperand(0);
  auto flags = fastmath();
  Value sine = math::SinOp::create(rewriter, loc(), x, flags);
  Value cosine = math::CosOp::create(rewriter, loc(), x, flags);
  Value none = LLVM::PoisonOp::create(rewriter, loc(), pair);
  Value first = LLVM::InsertValueOp::create(rewriter, loc(), none, sine, ArrayRef<int64_t>{0});
  return replace(LLVM::InsertValueOp::create(rewriter, loc(), first, cosine, ArrayRef<int64_t>{1}));
}

bool ScalarRaiser::run() {
  return llvm::TypeSwitch<Operation *, bool>(op)
      // Constants.
      .Case([&](LLVM::ConstantOp op) { return constant(op); })
      .Case<LLVM::UndefOp, LLVM::PoisonOp>([&](auto) { return poison(); })
      .Case([&](LLVM::ZeroOp) { return zero(); })
      // Integers.
      .Case([&](LLVM::AddOp) { return overflow<LLVM::AddOp, arith::AddIOp>(); })
      .Case([&](LLVM::SubOp) { return overflow<LLVM::SubOp, arith::SubIOp>(); })
      .Case([&](LLVM::MulOp) { return overflow<LLVM::MulOp, arith::MulIOp>(); })
      .Case([&](LLVM::ShlOp) { return overflow<LLVM::ShlOp, arith::ShLIOp>(); })
      .Case([&](LLVM::UDivOp) { return exact<LLVM::UDivOp, arith::DivUIOp>(); })
      .Case([&](LLVM::SDivOp) { return exact<LLVM::SDivOp, arith::DivSIOp>(); })
      .Case([&](LLVM::LShrOp) { return exact<LLVM::LShrOp, arith::ShRUIOp>(); })
      .Case([&](LLVM::AShrOp) { return exact<LLVM::AShrOp, arith::ShRSIOp>(); })
      .Case([&](LLVM::URemOp) { return plain<arith::RemUIOp>(); })
      .Case([&](LLVM::SRemOp) { return plain<arith::RemSIOp>(); })
      .Case([&](LLVM::AndOp) { return plain<arith::AndIOp>(); })
      .Case([&](LLVM::OrOp) { return plain<arith::OrIOp>(); })
      .Case([&](LLVM::XOrOp) { return plain<arith::XOrIOp>(); })
      .Case([&](LLVM::UMinOp) { return plain<arith::MinUIOp>(); })
      .Case([&](LLVM::UMaxOp) { return plain<arith::MaxUIOp>(); })
      .Case([&](LLVM::SMinOp) { return plain<arith::MinSIOp>(); })
      .Case([&](LLVM::SMaxOp) { return plain<arith::MaxSIOp>(); })
      .Case([&](LLVM::AbsOp op) { return replace(math::AbsIOp::create(rewriter, loc(), op.getIn())); })
      .Case([&](LLVM::CtPopOp) { return plain<math::CtPopOp>(); })
      .Case([&](LLVM::CountLeadingZerosOp op) {
        return replace(math::CountLeadingZerosOp::create(rewriter, loc(), op.getIn()));
      })
      .Case([&](LLVM::CountTrailingZerosOp op) {
        return replace(math::CountTrailingZerosOp::create(rewriter, loc(), op.getIn()));
      })
      .Case([&](LLVM::ICmpOp op) { return icmp(op); })
      .Case([&](LLVM::FCmpOp op) { return fcmp(op); })
      .Case([&](LLVM::SelectOp op) { return select(op); })
      // Conversions.
      .Case([&](LLVM::TruncOp) { return overflow<LLVM::TruncOp, arith::TruncIOp>(); })
      .Case([&](LLVM::ZExtOp) { return plain<arith::ExtUIOp>(); })
      .Case([&](LLVM::SExtOp) { return plain<arith::ExtSIOp>(); })
      .Case([&](LLVM::SIToFPOp) { return plain<arith::SIToFPOp>(); })
      .Case([&](LLVM::UIToFPOp) { return plain<arith::UIToFPOp>(); })
      .Case([&](LLVM::FPToSIOp) { return plain<arith::FPToSIOp>(); })
      .Case([&](LLVM::FPToUIOp) { return plain<arith::FPToUIOp>(); })
      .Case([&](LLVM::FPExtOp) { return floating<arith::ExtFOp>(); })
      .Case([&](LLVM::FPTruncOp) { return floating<arith::TruncFOp>(); })
      .Case([&](LLVM::BitcastOp) { return bitcast(); })
      // Floating point.
      .Case([&](LLVM::FAddOp) { return floating<arith::AddFOp>(); })
      .Case([&](LLVM::FSubOp) { return floating<arith::SubFOp>(); })
      .Case([&](LLVM::FMulOp) { return floating<arith::MulFOp>(); })
      .Case([&](LLVM::FDivOp) { return floating<arith::DivFOp>(); })
      .Case([&](LLVM::FRemOp) { return floating<arith::RemFOp>(); })
      .Case([&](LLVM::FNegOp) { return floating<arith::NegFOp>(); })
      .Case([&](LLVM::MaxNumOp) { return floating<arith::MaxNumFOp>(); })
      .Case([&](LLVM::MinNumOp) { return floating<arith::MinNumFOp>(); })
      .Case([&](LLVM::MaximumOp) { return floating<arith::MaximumFOp>(); })
      .Case([&](LLVM::MinimumOp) { return floating<arith::MinimumFOp>(); })
      .Case([&](LLVM::FAbsOp) { return floating<math::AbsFOp>(); })
      .Case([&](LLVM::SqrtOp) { return floating<math::SqrtOp>(); })
      .Case([&](LLVM::SinOp) { return floating<math::SinOp>(); })
      .Case([&](LLVM::CosOp) { return floating<math::CosOp>(); })
      .Case([&](LLVM::TanOp) { return floating<math::TanOp>(); })
      .Case([&](LLVM::ASinOp) { return floating<math::AsinOp>(); })
      .Case([&](LLVM::ACosOp) { return floating<math::AcosOp>(); })
      .Case([&](LLVM::ATanOp) { return floating<math::AtanOp>(); })
      .Case([&](LLVM::ATan2Op) { return floating<math::Atan2Op>(); })
      .Case([&](LLVM::SinhOp) { return floating<math::SinhOp>(); })
      .Case([&](LLVM::CoshOp) { return floating<math::CoshOp>(); })
      .Case([&](LLVM::TanhOp) { return floating<math::TanhOp>(); })
      .Case([&](LLVM::ExpOp) { return floating<math::ExpOp>(); })
      .Case([&](LLVM::Exp2Op) { return floating<math::Exp2Op>(); })
      .Case([&](LLVM::Exp10Op) { return libm("exp10"); })
      .Case([&](LLVM::LogOp) { return floating<math::LogOp>(); })
      .Case([&](LLVM::Log2Op) { return floating<math::Log2Op>(); })
      .Case([&](LLVM::Log10Op) { return floating<math::Log10Op>(); })
      .Case([&](LLVM::PowOp) { return floating<math::PowFOp>(); })
      .Case([&](LLVM::PowIOp) { return floating<math::FPowIOp>(); })
      .Case([&](LLVM::FMAOp) { return floating<math::FmaOp>(); })
      .Case([&](LLVM::FFloorOp) { return floating<math::FloorOp>(); })
      .Case([&](LLVM::FCeilOp) { return floating<math::CeilOp>(); })
      .Case([&](LLVM::FTruncOp) { return floating<math::TruncOp>(); })
      .Case([&](LLVM::RoundOp) { return floating<math::RoundOp>(); })
      .Case([&](LLVM::RoundEvenOp) { return floating<math::RoundEvenOp>(); })
      .Case([&](LLVM::CopySignOp) { return floating<math::CopySignOp>(); })
      .Case([&](LLVM::SincosOp) { return sincos(); })
      // They follow the rounding mode, which math.roundeven does not.
      .Case([&](LLVM::RintOp) { return libm("rint"); })
      .Case([&](LLVM::NearbyintOp) { return libm("nearbyint"); })
      .Case([&](LLVM::LroundOp) { return libm("lround"); })
      .Case([&](LLVM::LlroundOp) { return libm("llround"); })
      .Case([&](LLVM::LrintOp) { return libm("lrint"); })
      .Case([&](LLVM::LlrintOp) { return libm("llrint"); })
      .Case([&](LLVM::LoadExpOp) { return libm("ldexp"); })
      // Hints.
      .Case<LLVM::FreezeOp, LLVM::ExpectOp, LLVM::ExpectWithProbabilityOp, LLVM::SSACopyOp>(
          [&](auto) { return forward(); })
      .Case<LLVM::AssumeOp, LLVM::LifetimeStartOp, LLVM::LifetimeEndOp, LLVM::NoAliasScopeDeclOp, LLVM::DbgDeclareOp,
            LLVM::DbgValueOp, LLVM::DbgLabelOp>([&](auto) { return erase(); })
      .Default([](Operation *) { return false; });
}

} // namespace

bool sparsead::raiseScalarOp(Operation *op, RewriterBase &rewriter) {
  rewriter.setInsertionPoint(op);
  return ScalarRaiser(op, rewriter).run();
}
