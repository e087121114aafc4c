//===- Libm.cpp - rules of C library functions without a math op ----------===//

#include "AttachRules.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "sparsead/IR/SparseAD.h"
#include "sparsead/Rules/RuleBuilder.h"
#include "sparsead/Rules/Rules.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace sparsead;

using Needed = ArrayRef<bool>;
using Partials = MutableArrayRef<Partial>;
using Predicate = arith::CmpFPredicate;

namespace {

/// RuleBuilder that calls further C functions in the primal's precision.
struct LibmBuilder : RuleBuilder {
  LibmBuilder(OpBuilder &b, LibmOp op, char suffix) : RuleBuilder(b, op), suffix(suffix) {}

  Value call(StringRef name, ValueRange args) {
    std::string callee = name.str();
    if (suffix)
      callee += suffix;
    return LibmOp::create(builder(), loc(), result().getType(), callee, args, flags());
  }
  /// ψ(x) of the runtime, which is in double.
  Value digamma(Value x) {
    Type type = x.getType(), f64 = builder().getF64Type();
    unsigned width = type.getIntOrFloatBitWidth();
    if (width < 64)
      x = arith::ExtFOp::create(builder(), loc(), f64, x);
    else if (width > 64)
      x = arith::TruncFOp::create(builder(), loc(), f64, x);
    Value psi = LibmOp::create(builder(), loc(), f64, "sparsead_rt_digamma", ValueRange(x), flags());
    if (width < 64)
      return arith::TruncFOp::create(builder(), loc(), type, psi);
    if (width > 64)
      return arith::ExtFOp::create(builder(), loc(), type, psi);
    return psi;
  }

  char suffix;
};

using Fill = void (*)(LibmBuilder &, Needed, Partials);

/// Rule of a function. `dependence`: one letter per operand, 0 (none), L or N. `interactions`: pairs of operands.
struct LibmRule {
  StringRef name;
  StringRef dependence;
  StringRef interactions;
  Fill fill; // null: no operand has a partial
};

/// z = f(x).
template <Value (*derivative)(LibmBuilder &, Value, Value)> void unary(LibmBuilder &r, Needed, Partials p) {
  p[0] = Partial::scale(derivative(r, r.operand(0), r.result()));
}

/// z = 10^x;  z ln 10.
Value exp10(LibmBuilder &r, Value, Value z) { return r.mul(llvm::numbers::ln10, z); }
/// z = ln |Γ(x)|;  ψ(x).
Value lgamma(LibmBuilder &r, Value x, Value) { return r.digamma(x); }
/// z = Γ(x);  z ψ(x).
Value tgamma(LibmBuilder &r, Value x, Value z) { return r.mul(z, r.digamma(x)); }

/// z = ψ(x), which the partials above call;  ψ1(x).
Value digamma(LibmBuilder &r, Value x, Value) { return r.call("sparsead_rt_trigamma", x); }

/// z = √(x² + y²);  x/z and y/z, 0 at the origin.
void fillHypot(LibmBuilder &r, Needed needed, Partials p) {
  Value zero = r.constant(0);
  Value isZero = r.compare(Predicate::OEQ, r.result(), zero);
  for (unsigned i : {0, 1})
    if (needed[i]) {
      Value quotient = r.div(r.operand(i), r.result());
      p[i] = Partial::scale(r.select(isZero, zero, quotient));
    }
}

/// z = x - n y for the truncated or nearest integer n;  1 and -n. From z, so that n is the library's.
void fillRemainder(LibmBuilder &r, Needed needed, Partials p) {
  if (needed[0])
    p[0] = Partial::one();
  if (needed[1]) {
    Value multiple = r.sub(r.result(), r.operand(0));
    p[1] = Partial::scale(r.div(multiple, r.operand(1)));
  }
}

/// z = x > y ? x - y : 0.
void fillFdim(LibmBuilder &r, Needed needed, Partials p) {
  Value above = r.compare(Predicate::OGT, r.operand(0), r.operand(1));
  if (needed[0])
    p[0] = Partial::mask(above);
  if (needed[1])
    p[1] = Partial::negMask(above);
}

/// z = x up to rounding.
void fillIdentity(LibmBuilder &, Needed, Partials p) { p[0] = Partial::one(); }

/// z = x 2^n, by the function itself.
void fillScaling(LibmBuilder &r, Needed, Partials p) {
  StringRef name = cast<LibmOp>(r.result().getDefiningOp()).getCallee();
  if (r.suffix)
    name = name.drop_back();
  Value one = r.constant(1);
  p[0] = Partial::scale(r.call(name, {one, r.operand(1)}));
}

/// z = C0(x);  -C1(x).
Value j0(LibmBuilder &r, Value x, Value) { return r.neg(r.call("j1", x)); }
Value y0(LibmBuilder &r, Value x, Value) { return r.neg(r.call("y1", x)); }

/// z = J1(x);  J0(x) - z/x, 1/2 at 0.
Value j1(LibmBuilder &r, Value x, Value z) {
  Value zeroth = r.call("j0", x);
  Value inner = r.sub(zeroth, r.div(z, x));
  Value isZero = r.compare(Predicate::OEQ, x, r.constant(0));
  return r.select(isZero, r.constant(0.5), inner);
}
/// z = Y1(x);  Y0(x) - z/x.
Value y1(LibmBuilder &r, Value x, Value z) {
  Value zeroth = r.call("y0", x);
  return r.sub(zeroth, r.div(z, x));
}

/// z = Cn(x), operands n, x;  (Cn-1(x) - Cn+1(x)) / 2.
void fillBessel(LibmBuilder &r, StringRef name, Partials p) {
  OpBuilder &b = r.builder();
  Value n = r.operand(0), x = r.operand(1);
  Value one = arith::ConstantOp::create(b, r.loc(), b.getIntegerAttr(n.getType(), 1));
  Value below = arith::SubIOp::create(b, r.loc(), n, one);
  Value above = arith::AddIOp::create(b, r.loc(), n, one);
  Value first = r.call(name, {below, x});
  Value second = r.call(name, {above, x});
  p[1] = Partial::scale(r.mul(0.5, r.sub(first, second)));
}
void fillJn(LibmBuilder &r, Needed, Partials p) { fillBessel(r, "jn", p); }
void fillYn(LibmBuilder &r, Needed, Partials p) { fillBessel(r, "yn", p); }

/// In alphabetical order.
const LibmRule rules[] = {
    {"drem", "LL", "", fillRemainder},
    {"exp10", "N", "00", unary<exp10>},
    {"fdim", "LL", "", fillFdim},
    {"fmod", "LL", "", fillRemainder},
    {"hypot", "NN", "00 01 11", fillHypot},
    {"ilogb", "0", "", nullptr},
    {"j0", "N", "00", unary<j0>},
    {"j1", "N", "00", unary<j1>},
    {"jn", "0N", "11", fillJn},
    {"ldexp", "L0", "", fillScaling},
    {"lgamma", "N", "00", unary<lgamma>},
    {"llrint", "0", "", nullptr},
    {"llround", "0", "", nullptr},
    {"logb", "0", "", nullptr},
    {"lrint", "0", "", nullptr},
    {"lround", "0", "", nullptr},
    {"nearbyint", "0", "", nullptr},
    {"nextafter", "L0", "", fillIdentity},
    {"remainder", "LL", "", fillRemainder},
    {"rint", "0", "", nullptr},
    {"scalbln", "L0", "", fillScaling},
    {"scalbn", "L0", "", fillScaling},
    {"sparsead_rt_digamma", "N", "00", unary<digamma>},
    {"tgamma", "N", "00", unary<tgamma>},
    {"y0", "N", "00", unary<y0>},
    {"y1", "N", "00", unary<y1>},
    {"yn", "0N", "11", fillYn},
};

const LibmRule *findExact(StringRef name) {
  const LibmRule *rule = llvm::lower_bound(rules, name, [](const LibmRule &r, StringRef n) { return r.name < n; });
  return rule != std::end(rules) && rule->name == name ? rule : nullptr;
}

/// The rule, and the suffix of the precision: none, f or l.
std::pair<const LibmRule *, char> find(StringRef callee) {
  if (const LibmRule *rule = findExact(callee))
    return {rule, 0};
  char last = callee.empty() ? 0 : callee.back();
  if (last == 'f' || last == 'l')
    if (const LibmRule *rule = findExact(callee.drop_back()))
      return {rule, last};
  return {nullptr, 0};
}

struct LibmModel : RuleModel<LibmModel, LibmOp> {
  static const LibmRule *ruleOf(Operation *op) {
    const LibmRule *rule = find(cast<LibmOp>(op).getCallee()).first;
    return rule && rule->dependence.size() == op->getNumOperands() ? rule : nullptr;
  }
  bool isDifferentiable(Operation *op) const { return ruleOf(op); }
  Dependence dependence(Operation *op, unsigned i) const {
    const LibmRule *rule = ruleOf(op);
    if (!isFloatLike(op->getOperand(i).getType()))
      return Dependence::None;
    if (!rule)
      return Dependence::Nonlinear;
    char letter = rule->dependence[i];
    return letter == '0' ? Dependence::None : letter == 'L' ? Dependence::Linear : Dependence::Nonlinear;
  }
  bool interacts(Operation *op, unsigned i, unsigned j) const {
    const LibmRule *rule = ruleOf(op);
    if (!rule)
      return true;
    char pair[2] = {char('0' + std::min(i, j)), char('0' + std::max(i, j))};
    return rule->interactions.contains(StringRef(pair, 2));
  }
  SmallVector<Partial> partials(Operation *op, OpBuilder &b, Needed needed) const {
    SmallVector<Partial> p(op->getNumOperands());
    auto [rule, suffix] = find(cast<LibmOp>(op).getCallee());
    if (!rule || !rule->fill)
      return p;
    SmallVector<bool> wanted(needed);
    for (unsigned i = 0, e = wanted.size(); i < e; ++i)
      wanted[i] = wanted[i] && dependence(op, i) != Dependence::None;
    if (!llvm::is_contained(wanted, true))
      return p;
    LibmBuilder r(b, cast<LibmOp>(op), suffix);
    rule->fill(r, wanted, p);
    return p;
  }
};

} // namespace

bool sparsead::hasLibmRule(StringRef callee) { return find(callee).first; }

ArrayRef<StringRef> sparsead::getLibmRuleNames() {
  static const SmallVector<StringRef> names =
      llvm::map_to_vector(rules, [](const LibmRule &rule) { return rule.name; });
  return names;
}

void sparsead::attachLibmRules(MLIRContext *context) { LibmOp::attachInterface<LibmModel>(*context); }
