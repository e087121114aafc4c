//===- LibraryBodies.cpp - bodies for hidden library functions ------------===//

#include "sparsead/Frontend/LibraryBodies.h"

#include "ComplexBodies.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"

using namespace llvm;
using namespace sparsead;

namespace {

/// One function of several results. What it writes through pointers comes after what it returns.
class MultiResult {
public:
  explicit MultiResult(RealMath &m) : m(m), b(m.builder()) {}

  SmallVector<Value *> build(StringRef name, ArrayRef<Value *> x) {
    if (name == "frexp" && x.size() == 1)
      return frexp(x[0]);
    if (name == "modf" && x.size() == 1)
      return modf(x[0]);
    if (name == "sincos" && x.size() == 1)
      return {m.call("sin", x), m.call("cos", x)};
    if (name == "lgamma_r" && x.size() == 1)
      return {m.call("lgamma", x), gammaSign(x[0])};
    if (name == "remquo" && x.size() == 2)
      return {m.call("remainder", x), quotientBits(x[0], x[1])};
    return {};
  }

private:
  /// x 2^-e with e from the library: exact, with a power of two as its derivative.
  SmallVector<Value *> frexp(Value *x) {
    Value *none = b.CreateOr(m.isZero(x), b.CreateFCmpUNO(x, x));
    none = b.CreateOr(none, m.isInfinite(x));
    Value *scaled = m.select(none, m.constant(1), x);
    Value *above = b.CreateAdd(m.call("ilogb", {scaled}, b.getInt32Ty()), b.getInt32(1));
    Value *exponent = b.CreateSelect(none, b.getInt32(0), above);
    return {m.call("ldexp", {x, b.CreateNeg(exponent)}), exponent};
  }
  /// The difference with x's sign where it is zero; zero for infinity.
  SmallVector<Value *> modf(Value *x) {
    Value *whole = m.call("trunc", {x});
    Value *fraction = m.select(m.hasSign(x), m.neg(m.sub(whole, x)), m.sub(x, whole));
    Value *zero = b.CreateBinaryIntrinsic(Intrinsic::copysign, m.constant(0), x);
    return {m.select(m.isInfinite(x), zero, fraction), whole};
  }
  /// -1 where Γ is negative: between -1 and 0, -3 and -2, …
  Value *gammaSign(Value *x) {
    Value *below = m.call("floor", {x});
    Value *half = m.mul(0.5, below);
    Value *odd = b.CreateFCmpONE(m.call("floor", {half}), half);
    Value *negative = b.CreateAnd(odd, m.isNegative(x));
    negative = b.CreateOr(negative, b.CreateAnd(m.isZero(x), m.hasSign(x)));
    return b.CreateSelect(negative, b.getInt32(-1), b.getInt32(1));
  }
  /// The last three bits of the quotient, with its sign: of |x| modulo 8 |y|, where the quotient is exact and, as the
  /// library's, may be 8.
  Value *quotientBits(Value *x, Value *y) {
    Value *dividend = b.CreateUnaryIntrinsic(Intrinsic::fabs, x), *divisor = b.CreateUnaryIntrinsic(Intrinsic::fabs, y);
    Value *eight = m.mul(8, divisor);
    dividend = m.select(m.isInfinite(eight), dividend, m.call("fmod", {dividend, eight}));
    Value *rest = m.call("remainder", {dividend, divisor});
    Value *quotient = m.call("rint", {m.div(m.sub(dividend, rest), divisor)});
    Value *invalid = b.CreateFCmpUNO(quotient, quotient);
    quotient = b.CreateFPToSI(m.select(invalid, m.constant(0), quotient), b.getInt32Ty());
    Value *negative = b.CreateXor(m.hasSign(x), m.hasSign(y));
    return b.CreateSelect(negative, b.CreateNeg(quotient), quotient);
  }

  RealMath &m;
  IRBuilder<> &b;
};

} // namespace

/// Every floating-point number in an argument, with complex numbers as the system passes them: two scalars, a vector,
/// an array or a structure of two.
static void flatten(IRBuilder<> &b, Value *v, SmallVectorImpl<Value *> &into) {
  Type *type = v->getType();
  if (auto *vector = dyn_cast<FixedVectorType>(type)) {
    for (unsigned i = 0; i < vector->getNumElements(); ++i)
      into.push_back(b.CreateExtractElement(v, i));
  } else if (type->isAggregateType()) {
    unsigned count = type->isArrayTy() ? type->getArrayNumElements() : type->getStructNumElements();
    for (unsigned i = 0; i < count; ++i)
      flatten(b, b.CreateExtractValue(v, i), into);
  } else {
    into.push_back(v);
  }
}

/// The result in the function's type from its parts; null where they do not fit.
static Value *pack(IRBuilder<> &b, Type *type, ArrayRef<Value *> parts) {
  if (parts.size() == 1 && parts[0]->getType() == type)
    return parts[0];
  Value *result = PoisonValue::get(type);
  if (auto *vector = dyn_cast<FixedVectorType>(type)) {
    if (vector->getNumElements() != parts.size() || vector->getElementType() != parts[0]->getType())
      return nullptr;
    for (auto [i, part] : enumerate(parts))
      result = b.CreateInsertElement(result, part, i);
    return result;
  }
  unsigned count = type->isArrayTy()    ? type->getArrayNumElements()
                   : type->isStructTy() ? type->getStructNumElements()
                                        : 0;
  if (count != parts.size())
    return nullptr;
  for (auto [i, part] : enumerate(parts)) {
    if (ExtractValueInst::getIndexedType(type, i) != part->getType())
      return nullptr;
    result = b.CreateInsertValue(result, part, i);
  }
  return result;
}

/// libstdc++'s power with a real exponent, whose shortcut for numbers on the real axis drops the derivative across it.
static StringRef ownName(const Function &f) {
  return StringSwitch<StringRef>(f.getName())
      .Cases({"_ZSt3powIdESt7complexIT_ERKS2_RKS1_", "_ZSt3powIfESt7complexIT_ERKS2_RKS1_"}, "std::pow")
      .Default({});
}

/// Puts a block with the body into the empty function; false leaves it empty.
static bool define(Function &f, StringRef name, Type *type) {
  BasicBlock *block = BasicBlock::Create(f.getContext(), "", &f);
  IRBuilder<> b(block);
  RealMath math(b, type);
  SmallVector<Value *> numbers, pointers;
  bool fits = true;
  for (Argument &a : f.args()) {
    if (a.getType()->isPointerTy())
      pointers.push_back(&a);
    else
      flatten(b, &a, numbers);
  }
  if (name == "std::pow" && pointers.size() == 2) { // both by reference
    Value *second = b.CreateConstInBoundsGEP1_32(type, pointers[0], 1);
    numbers = {b.CreateLoad(type, pointers[0]), b.CreateLoad(type, second), b.CreateLoad(type, pointers[1])};
    pointers.clear();
  }
  for (Value *v : numbers)
    fits &= v->getType() == type;
  SmallVector<Value *> results;
  if (fits && pointers.empty())
    results = buildComplexFunction(name, math, numbers);
  if (fits && results.empty())
    results = MultiResult(math).build(name, numbers);
  Type *returned = f.getReturnType();
  ArrayRef<Value *> rest(results);
  Value *value = nullptr;
  if (!results.empty() && !returned->isVoidTy()) {
    size_t count = results.size() - pointers.size();
    fits &= results.size() > pointers.size();
    value = fits ? pack(b, returned, rest.take_front(count)) : nullptr;
    fits &= value != nullptr;
    rest = rest.drop_front(fits ? count : 0);
  }
  fits &= !results.empty() && rest.size() == pointers.size();
  if (!fits) {
    block->eraseFromParent();
    return false;
  }
  for (auto [part, pointer] : zip(rest, pointers))
    b.CreateStore(part, pointer);
  if (value)
    b.CreateRet(value);
  else
    b.CreateRetVoid();
  f.setLinkage(GlobalValue::InternalLinkage);
  f.setAttributes({});
  f.addFnAttr(Attribute::AlwaysInline);
  return true;
}

static void replaceIntrinsics(Module &module) {
  for (Function &f : make_early_inc_range(module)) {
    StringRef name = StringSwitch<StringRef>(Intrinsic::getBaseName(f.getIntrinsicID()))
                         .Case("llvm.frexp", "frexp")
                         .Case("llvm.modf", "modf")
                         .Case("llvm.sincos", "sincos")
                         .Default({});
    if (!f.isIntrinsic() || name.empty() || f.arg_size() != 1)
      continue;
    Type *type = f.getArg(0)->getType();
    if (!type->isFloatTy() && !type->isDoubleTy())
      continue;
    Function *body = Function::Create(f.getFunctionType(), GlobalValue::InternalLinkage,
                                      Twine("__sparsead_") + name + (type->isFloatTy() ? "f" : ""), module);
    if (define(*body, name, type)) {
      f.replaceAllUsesWith(body);
      f.eraseFromParent();
    } else {
      body->eraseFromParent();
    }
  }
}

void sparsead::defineLibraryFunctions(Module &module) {
  SmallVector<Function *> functions;
  for (Function &f : module)
    if (!f.isIntrinsic() && !f.use_empty())
      functions.push_back(&f);
  LLVMContext &context = module.getContext();
  for (Function *f : functions) {
    StringRef name = ownName(*f);
    if (!name.empty()) {
      bool single = f->getName().contains("powIf");
      Function *body = Function::Create(f->getFunctionType(), GlobalValue::InternalLinkage, "__sparsead_pow", module);
      if (define(*body, name, single ? Type::getFloatTy(context) : Type::getDoubleTy(context)))
        f->replaceAllUsesWith(body);
      else
        body->eraseFromParent();
      continue;
    }
    if (!f->isDeclaration())
      continue;
    name = f->getName();
    if (define(*f, name, Type::getDoubleTy(context)))
      continue;
    bool reentrant = name.consume_back("f_r"); // lgammaf_r
    if (reentrant)
      define(*f, (name + "_r").str(), Type::getFloatTy(context));
    else if (name.consume_back("f"))
      define(*f, name, Type::getFloatTy(context));
  }
  replaceIntrinsics(module);
}
