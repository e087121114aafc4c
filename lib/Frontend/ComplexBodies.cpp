//===- ComplexBodies.cpp - complex functions by real ones -----------------===//
//
// Formulas that stay accurate on branch cuts and next to them: W. Kahan, "Branch cuts for complex elementary
// functions", 1987. Where a formula has two cases, each is written so that its own derivative is the function's: a
// guard keeps the case that is not taken finite, and signs are factors, not absolute values.
//
//===----------------------------------------------------------------------===//

#include "ComplexBodies.h"

#include "llvm/ADT/StringSwitch.h"

using namespace llvm;
using namespace sparsead;

namespace {

struct Complex {
  Value *re, *im;
};

class ComplexMath {
public:
  explicit ComplexMath(RealMath &m) : m(m) {}

  Complex exp(Complex z);
  Complex log(Complex z);
  Complex sqrt(Complex z);
  Complex pow(Complex z, Complex w) { return exp(multiply(w, log(z))); }
  Complex realPower(Complex z, Value *p);
  Complex proj(Complex z);
  Complex sin(Complex z);
  Complex cos(Complex z);
  Complex sinh(Complex z);
  Complex cosh(Complex z);
  Complex tanh(Complex z);
  Complex asin(Complex z);
  Complex acos(Complex z);
  Complex acosh(Complex z);
  Complex atanh(Complex z);
  /// -i f(i z): how the circular functions and the hyperbolic ones are related.
  Complex turned(Complex (ComplexMath::*f)(Complex), Complex z) {
    Complex w = (this->*f)({m.neg(z.im), z.re});
    return {w.im, m.neg(w.re)};
  }
  Value *abs(Complex z) { return m.call("hypot", {z.re, z.im}); }
  Value *arg(Complex z) { return m.call("atan2", {z.im, z.re}); }

private:
  Complex multiply(Complex z, Complex w) {
    return {m.sub(m.mul(z.re, w.re), m.mul(z.im, w.im)), m.add(m.mul(z.re, w.im), m.mul(z.im, w.re))};
  }
  /// √(1 - z) and √(1 + z), or √(z - 1) and √(z + 1).
  std::pair<Complex, Complex> roots(Complex z, bool fromOne) {
    Complex below =
        fromOne ? Complex{m.sub(m.constant(1), z.re), m.neg(z.im)} : Complex{m.sub(z.re, m.constant(1)), z.im};
    Complex first = sqrt(below);
    Complex second = sqrt({m.add(z.re, m.constant(1)), z.im});
    return {first, second};
  }

  RealMath &m;
};

} // namespace

Complex ComplexMath::exp(Complex z) {
  Value *scale = m.call("exp", {z.re});
  // e^-inf is 0 in every direction.
  Value *vanishes = m.builder().CreateFCmpOEQ(z.re, ConstantFP::getInfinity(z.re->getType(), /*Negative=*/true));
  Value *angle = m.select(vanishes, m.constant(0), z.im);
  return {m.mul(scale, m.call("cos", {angle})), m.mul(scale, m.call("sin", {angle}))};
}

/// ln |z| next to the unit circle from |z|² - 1, which does not cancel.
Complex ComplexMath::log(Complex z) {
  Value *modulus = abs(z);
  Value *x = m.magnitude(z.re), *y = m.magnitude(z.im);
  Value *wide = m.builder().CreateFCmpOGE(x, y);
  Value *large = m.select(wide, x, y), *small = m.select(wide, y, x);
  Value *near = m.builder().CreateAnd(m.builder().CreateFCmpOGT(modulus, m.constant(0.5)),
                                      m.builder().CreateFCmpOLT(modulus, m.constant(2)));
  large = m.select(near, large, m.constant(1));
  small = m.select(near, small, m.constant(0));
  Value *excess = m.add(m.mul(m.sub(large, m.constant(1)), m.add(large, m.constant(1))), m.mul(small, small));
  Value *re = m.select(near, m.mul(0.5, m.call("log1p", {excess})), m.call("log", {modulus}));
  return {re, arg(z)};
}

/// t = √((|x| + |z|) / 2) and y / 2t, in the order and with the signs that the half-plane asks for.
Complex ComplexMath::sqrt(Complex z) {
  Value *left = m.isNegative(z.re);
  Value *half = m.add(m.mul(0.5, m.magnitude(z.re)), m.mul(0.5, abs(z)));
  Value *t = m.call("sqrt", {half});
  Value *atZero = m.isZero(t);
  Value *divisor = m.select(atZero, m.constant(1), m.mul(2, t));
  Value *sign = m.sign(z.im);
  // At zero, a root of y: its slope is infinite, as that of the function is.
  Value *root = m.mul(sign, m.call("sqrt", {m.select(atZero, m.mul(sign, z.im), m.constant(1))}));
  Value *u = m.select(atZero, root, m.div(z.im, divisor));
  return {m.select(left, m.mul(sign, u), t), m.select(left, m.mul(sign, t), u)};
}

/// |z|^p at the angle p arg z. From the logarithm at zero, where no partial of |z| exists.
Complex ComplexMath::realPower(Complex z, Value *p) {
  Value *modulus = abs(z);
  Value *atZero = m.isZero(modulus);
  Value *base = m.select(atZero, m.constant(1), modulus);
  Value *logarithm = m.call("log", {m.select(atZero, modulus, m.constant(1))});
  Value *scale = m.select(atZero, m.call("exp", {m.mul(p, logarithm)}), m.call("pow", {base, p}));
  Value *angle = m.mul(p, arg(z));
  return {m.mul(scale, m.call("cos", {angle})), m.mul(scale, m.call("sin", {angle}))};
}

Complex ComplexMath::proj(Complex z) {
  Value *infinite = m.builder().CreateOr(m.isInfinite(z.re), m.isInfinite(z.im));
  Value *zero = m.builder().CreateBinaryIntrinsic(Intrinsic::copysign, m.constant(0), z.im);
  return {m.select(infinite, ConstantFP::getInfinity(z.re->getType()), z.re), m.select(infinite, zero, z.im)};
}

Complex ComplexMath::sin(Complex z) {
  return {m.mul(m.call("sin", {z.re}), m.call("cosh", {z.im})), m.mul(m.call("cos", {z.re}), m.call("sinh", {z.im}))};
}
Complex ComplexMath::cos(Complex z) {
  return {m.mul(m.call("cos", {z.re}), m.call("cosh", {z.im})),
          m.neg(m.mul(m.call("sin", {z.re}), m.call("sinh", {z.im})))};
}
Complex ComplexMath::sinh(Complex z) {
  return {m.mul(m.call("sinh", {z.re}), m.call("cos", {z.im})), m.mul(m.call("cosh", {z.re}), m.call("sin", {z.im}))};
}
Complex ComplexMath::cosh(Complex z) {
  return {m.mul(m.call("cosh", {z.re}), m.call("cos", {z.im})), m.mul(m.call("sinh", {z.re}), m.call("sin", {z.im}))};
}

/// (sinh x cosh x + i sin y cos y) / (sinh² x + cos² y). For large |x| the first terms of its series in e^-2|x|, before
/// sinh² x overflows.
Complex ComplexMath::tanh(Complex z) {
  Value *x = z.re, *size = m.magnitude(x);
  Value *far = m.builder().CreateFCmpOGT(size, m.constant(20));
  Value *inner = m.select(far, m.constant(1), x);
  Value *sinh = m.call("sinh", {inner}), *cosh = m.call("cosh", {inner});
  Value *sin = m.call("sin", {z.im}), *cos = m.call("cos", {z.im});
  Value *sinSquare = m.mul(sin, sin), *cosSquare = m.mul(cos, cos), *product = m.mul(sin, cos);
  Value *divisor = m.add(m.mul(sinh, sinh), cosSquare);
  Value *decay = m.call("exp", {m.mul(-2, size)});
  Value *rest = m.mul(2, m.mul(m.sub(cosSquare, sinSquare), decay));
  Value *farRe = m.mul(m.sign(x), m.sub(m.constant(1), rest));
  Value *farIm = m.mul(4, m.mul(product, decay));
  return {m.select(far, farRe, m.div(m.mul(sinh, cosh), divisor)), m.select(far, farIm, m.div(product, divisor))};
}

Complex ComplexMath::asin(Complex z) {
  auto [a, b] = roots(z, true);
  Value *re = m.call("atan2", {z.re, m.sub(m.mul(a.re, b.re), m.mul(a.im, b.im))});
  return {re, m.call("asinh", {m.sub(m.mul(a.re, b.im), m.mul(a.im, b.re))})};
}
Complex ComplexMath::acos(Complex z) {
  auto [a, b] = roots(z, true);
  Value *re = m.mul(2, m.call("atan2", {a.re, b.re}));
  return {re, m.call("asinh", {m.sub(m.mul(b.re, a.im), m.mul(b.im, a.re))})};
}
Complex ComplexMath::acosh(Complex z) {
  auto [a, b] = roots(z, false);
  Value *re = m.call("asinh", {m.add(m.mul(a.re, b.re), m.mul(a.im, b.im))});
  return {re, m.mul(2, m.call("atan2", {a.im, b.re}))};
}
Complex ComplexMath::atanh(Complex z) {
  Value *x = m.magnitude(z.re), *one = m.constant(1);
  Value *below = m.sub(one, x);
  Value *distance = m.add(m.mul(below, below), m.mul(z.im, z.im));
  Value *logarithm = m.call("log1p", {m.div(m.mul(4, x), distance)});
  Value *re = m.mul(m.mul(0.25, m.sign(z.re)), logarithm);
  Value *across = m.sub(m.mul(m.sub(one, z.re), m.add(one, z.re)), m.mul(z.im, z.im));
  return {re, m.mul(0.5, m.call("atan2", {m.mul(2, z.im), across}))};
}

SmallVector<Value *> sparsead::buildComplexFunction(StringRef name, RealMath &math, ArrayRef<Value *> arguments) {
  ComplexMath m(math);
  auto pair = [](Complex z) { return SmallVector<Value *>{z.re, z.im}; };
  if (name == "cpow" && arguments.size() == 4)
    return pair(m.pow({arguments[0], arguments[1]}, {arguments[2], arguments[3]}));
  if (name == "std::pow" && arguments.size() == 3)
    return pair(m.realPower({arguments[0], arguments[1]}, arguments[2]));
  if (arguments.size() != 2)
    return {};
  Complex z{arguments[0], arguments[1]};
  if (name == "cabs")
    return {m.abs(z)};
  if (name == "carg")
    return {m.arg(z)};
  if (name == "creal")
    return {z.re};
  if (name == "cimag")
    return {z.im};
  if (name == "conj")
    return {z.re, math.neg(z.im)};
  // tan z = -i tanh(i z), and so on.
  if (name == "ctan")
    return pair(m.turned(&ComplexMath::tanh, z));
  if (name == "catan")
    return pair(m.turned(&ComplexMath::atanh, z));
  if (name == "casinh")
    return pair(m.turned(&ComplexMath::asin, z));
  using Unary = Complex (ComplexMath::*)(Complex);
  Unary f = StringSwitch<Unary>(name)
                .Case("cexp", &ComplexMath::exp)
                .Case("clog", &ComplexMath::log)
                .Case("csqrt", &ComplexMath::sqrt)
                .Case("cproj", &ComplexMath::proj)
                .Case("csin", &ComplexMath::sin)
                .Case("ccos", &ComplexMath::cos)
                .Case("csinh", &ComplexMath::sinh)
                .Case("ccosh", &ComplexMath::cosh)
                .Case("ctanh", &ComplexMath::tanh)
                .Case("casin", &ComplexMath::asin)
                .Case("cacos", &ComplexMath::acos)
                .Case("cacosh", &ComplexMath::acosh)
                .Case("catanh", &ComplexMath::atanh)
                .Default(nullptr);
  return f ? pair((m.*f)(z)) : SmallVector<Value *>();
}
