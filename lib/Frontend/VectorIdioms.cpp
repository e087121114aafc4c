//===- VectorIdioms.cpp - arithmetic that is written with bits ------------===//

#include "sparsead/Frontend/VectorIdioms.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/IntrinsicsX86.h"
#include "llvm/IR/PatternMatch.h"

using namespace llvm;
using namespace llvm::PatternMatch;

/// SSE and AVX choose the second operand unless the first is greater (less).
static Value *minimumOrMaximum(IntrinsicInst &call) {
  bool greater;
  switch (call.getIntrinsicID()) {
  case Intrinsic::x86_sse_max_ps:
  case Intrinsic::x86_sse2_max_pd:
  case Intrinsic::x86_avx_max_ps_256:
  case Intrinsic::x86_avx_max_pd_256:
    greater = true;
    break;
  case Intrinsic::x86_sse_min_ps:
  case Intrinsic::x86_sse2_min_pd:
  case Intrinsic::x86_avx_min_ps_256:
  case Intrinsic::x86_avx_min_pd_256:
    greater = false;
    break;
  default:
    return nullptr;
  }
  IRBuilder<> b(&call);
  Value *x = call.getArgOperand(0), *y = call.getArgOperand(1);
  return b.CreateSelect(greater ? b.CreateFCmpOGT(x, y) : b.CreateFCmpOLT(x, y), x, y);
}

/// The same, as Eigen writes it, in assembly: the instruction's second source is the operand that is written last.
static Value *assembledMinimumOrMaximum(CallInst &call) {
  const auto *assembly = dyn_cast<InlineAsm>(call.getCalledOperand());
  if (!assembly || assembly->getDialect() != InlineAsm::AD_ATT || call.arg_size() != 2)
    return nullptr;
  Type *type = call.getType();
  if (!type->isVectorTy() || call.getArgOperand(0)->getType() != type || call.getArgOperand(1)->getType() != type)
    return nullptr;
  StringRef text = StringRef(assembly->getAsmString()).trim(), constraints = assembly->getConstraintString();
  const bool three = text.consume_front("v");
  const bool greater = text.consume_front("max");
  if (!greater && !text.consume_front("min"))
    return nullptr;
  if (!text.consume_front(type->getScalarType()->isDoubleTy() ? "pd " : "ps "))
    return nullptr;
  Value *first = call.getArgOperand(0), *second = call.getArgOperand(1);
  Value *source, *destination; // destination > source ? destination : source
  if (!three && text == "$1, $0" && constraints.starts_with("=x,x,0,"))
    source = first, destination = second;
  else if (three && text == "$2, $1, $0" && constraints.starts_with("=x,x,x,"))
    source = second, destination = first;
  else
    return nullptr;
  IRBuilder<> b(&call);
  return b.CreateSelect(greater ? b.CreateFCmpOGT(destination, source) : b.CreateFCmpOLT(destination, source),
                        destination, source);
}

/// The sign bit flipped, cleared or set: -x, |x|, -|x|.
static Value *signOperation(BitCastInst &cast) {
  Type *type = cast.getType();
  if (!type->isFPOrFPVectorTy())
    return nullptr;
  Value *x;
  const APInt *mask;
  auto bits = m_BitCast(m_Value(x));
  enum { Flip, Clear, Set } how;
  if (match(cast.getOperand(0), m_c_Xor(bits, m_APInt(mask))) && mask->isSignMask())
    how = Flip;
  else if (match(cast.getOperand(0), m_c_And(bits, m_APInt(mask))) && mask->isMaxSignedValue())
    how = Clear;
  else if (match(cast.getOperand(0), m_c_Or(bits, m_APInt(mask))) && mask->isSignMask())
    how = Set;
  else
    return nullptr;
  if (x->getType() != type || mask->getBitWidth() != type->getScalarSizeInBits())
    return nullptr;
  IRBuilder<> b(&cast);
  if (how == Flip)
    return b.CreateFNeg(x);
  Value *magnitude = b.CreateUnaryIntrinsic(Intrinsic::fabs, x);
  return how == Clear ? magnitude : b.CreateFNeg(magnitude);
}

bool sparsead::raiseVectorIdioms(Function &f) {
  bool changed = false;
  for (Instruction &i : make_early_inc_range(instructions(f))) {
    Value *meaning = nullptr;
    if (auto *call = dyn_cast<IntrinsicInst>(&i))
      meaning = minimumOrMaximum(*call);
    else if (auto *other = dyn_cast<CallInst>(&i))
      meaning = assembledMinimumOrMaximum(*other);
    else if (auto *cast = dyn_cast<BitCastInst>(&i))
      meaning = signOperation(*cast);
    if (!meaning)
      continue;
    i.replaceAllUsesWith(meaning);
    i.eraseFromParent();
    changed = true;
  }
  return changed;
}
