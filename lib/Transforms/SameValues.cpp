//===- SameValues.cpp - what is the same up to sign and rounding ----------===//

#include "SameValues.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"
#include <cmath>

using namespace mlir;
using namespace sparsead;

static constexpr size_t most = 32; // factors, terms

namespace {
enum Tag : uint64_t { Leaf, Constant, Factors, Terms, Choice, Comparison, Other };
} // namespace

unsigned SameValues::intern(Key key) {
  return numbers.try_emplace(std::move(key), static_cast<unsigned>(numbers.size() + 1)).first->second;
}

SameValues::Name SameValues::nameOf(Value v) {
  // Operands first, without recursion: bodies may be long.
  SmallVector<std::pair<Value, unsigned>> stack{{v, 0}};
  while (!stack.empty()) {
    auto &[at, next] = stack.back();
    Operation *op = at.getDefiningOp();
    if (names.contains(at) || !op || op->getBlock() != block || next == op->getNumOperands()) {
      if (!names.contains(at))
        names[at] = compute(at);
      stack.pop_back();
      continue;
    }
    stack.push_back({op->getOperand(next++), 0});
  }
  return names.lookup(v);
}

SameValues::Product SameValues::productOf(Name a) const {
  auto it = products.find(a.number);
  return it != products.end() ? it->second : Product{1, {{a.number, 1}}};
}

SameValues::Sum SameValues::termsOf(Name a) const {
  auto it = sums.find(a.number);
  Sum s = it != sums.end() ? it->second : Sum{{{a.number, false}}};
  for (auto &[number, negative] : s.terms)
    negative ^= a.negative;
  return s;
}

/// a * b^exponent, for an exponent of 1 or -1.
SameValues::Name SameValues::product(Name a, Name b, int exponent) {
  Product x = productOf(a), y = productOf(b);
  double coefficient = exponent > 0 ? x.coefficient * y.coefficient : x.coefficient / y.coefficient;
  if (x.factors.size() + y.factors.size() > most || !std::isnormal(coefficient)) {
    x = {1, {{a.number, 1}}};
    y = {1, {{b.number, 1}}};
    coefficient = 1;
  }
  Product all;
  all.coefficient = coefficient;
  all.factors = x.factors;
  for (auto [number, power] : y.factors)
    all.factors.push_back({number, power * exponent});
  llvm::sort(all.factors);
  return {numberOf(std::move(all)), a.negative != b.negative};
}

unsigned SameValues::numberOf(Product p) {
  if (p.coefficient == 1 && p.factors.size() == 1 && p.factors.front().second == 1)
    return p.factors.front().first;
  Key key{Factors, llvm::bit_cast<uint64_t>(p.coefficient)};
  for (auto [number, power] : p.factors)
    key.insert(key.end(), {number, static_cast<uint64_t>(int64_t(power))});
  unsigned number = intern(std::move(key));
  products[number] = std::move(p);
  return number;
}

SameValues::Name SameValues::sum(Name a, Name b) {
  Sum x = termsOf(a), y = termsOf(b);
  if (x.terms.size() + y.terms.size() > most) {
    x.terms = {{a.number, a.negative}};
    y.terms = {{b.number, b.negative}};
  }
  llvm::append_range(x.terms, y.terms);
  // What all terms are multiples of.
  std::vector<std::pair<unsigned, int>> common = productOf({x.terms.front().first, false}).factors;
  for (auto [number, negative] : x.terms) {
    std::vector<std::pair<unsigned, int>> both;
    Product p = productOf({number, false});
    std::set_intersection(common.begin(), common.end(), p.factors.begin(), p.factors.end(), std::back_inserter(both));
    common = std::move(both);
  }
  if (common.empty())
    return sumOf(std::move(x.terms));
  for (auto &[number, negative] : x.terms) {
    Product rest = productOf({number, false});
    for (auto factor : common)
      rest.factors.erase(llvm::find(rest.factors, factor));
    number = numberOf(std::move(rest));
  }
  Name left = sumOf(std::move(x.terms));
  return product({numberOf({1, common}), false}, left, 1);
}

SameValues::Name SameValues::sumOf(std::vector<std::pair<unsigned, bool>> terms) {
  auto other = terms;
  for (auto &[number, negative] : other)
    negative = !negative;
  llvm::sort(terms);
  llvm::sort(other);
  bool negative = other < terms;
  if (negative)
    terms = other;
  Key key{Terms};
  for (auto [number, minus] : terms)
    key.push_back(2 * uint64_t(number) + minus);
  unsigned number = intern(std::move(key));
  sums[number] = {std::move(terms)};
  return {number, negative};
}

SameValues::Name SameValues::compute(Value v) {
  Attribute constant;
  if (matchPattern(v, m_Constant(&constant))) {
    auto real = dyn_cast<FloatAttr>(constant);
    if (!real)
      return {intern({Constant, reinterpret_cast<uint64_t>(constant.getAsOpaquePointer()),
                      reinterpret_cast<uint64_t>(v.getType().getAsOpaquePointer())}),
              false};
    double c = real.getValueAsDouble();
    double size = std::abs(c);
    unsigned number = intern({Factors, llvm::bit_cast<uint64_t>(size)});
    products[number] = {size, {}};
    return {number, std::signbit(c)};
  }
  Operation *op = v.getDefiningOp();
  if (op && op->getBlock() == block && op->getNumRegions() == 0 && isMemoryEffectFree(op))
    return operation(v);
  return {intern({Leaf, reinterpret_cast<uint64_t>(v.getAsOpaquePointer())}), false};
}

SameValues::Name SameValues::operation(Value v) {
  Operation *op = v.getDefiningOp();
  auto operand = [&](unsigned k) { return names.lookup(op->getOperand(k)); };
  if (isa<arith::MulFOp>(op))
    return product(operand(0), operand(1), 1);
  if (isa<arith::DivFOp>(op))
    return product(operand(0), operand(1), -1);
  if (isa<arith::AddFOp>(op))
    return sum(operand(0), operand(1));
  if (isa<arith::SubFOp>(op))
    return sum(operand(0), negated(operand(1)));
  if (isa<arith::NegFOp>(op))
    return negated(operand(0));
  if (isa<LLVM::FMulAddOp, LLVM::FMAOp>(op))
    return sum(product(operand(0), operand(1), 1), operand(2));
  if (isa<arith::SelectOp, LLVM::SelectOp>(op)) {
    Name x = operand(1), y = operand(2);
    if (careful.contains(v))
      return x;
    auto isZero = [&](unsigned k) { return matchPattern(op->getOperand(k), m_AnyZeroFloat()); };
    bool negative = isZero(1) ? y.negative : x.negative;
    bool differ = !isZero(1) && !isZero(2) && x.negative != y.negative;
    return {intern({Choice, operand(0).number, x.number, y.number, differ}), negative};
  }
  if (auto compare = dyn_cast<arith::CmpFOp>(op)) {
    Name x = operand(0), y = operand(1);
    auto predicate = compare.getPredicate();
    bool signs = !(matchPattern(compare.getRhs(), m_AnyZeroFloat()) &&
                   (predicate == arith::CmpFPredicate::UNE || predicate == arith::CmpFPredicate::OEQ ||
                    predicate == arith::CmpFPredicate::ONE || predicate == arith::CmpFPredicate::UEQ));
    return {intern({Comparison, uint64_t(predicate), x.number, signs && x.negative, y.number, signs && y.negative}),
            false};
  }
  bool passesSign = isa<arith::ExtFOp, arith::TruncFOp>(op);
  Key key{Other, reinterpret_cast<uint64_t>(op->getName().getAsOpaquePointer()),
          uint64_t(cast<OpResult>(v).getResultNumber()), reinterpret_cast<uint64_t>(v.getType().getAsOpaquePointer())};
  for (NamedAttribute a : op->getAttrs()) // flags for rounding are no difference
    if (!isa<arith::FastMathFlagsAttr, LLVM::FastmathFlagsAttr>(a.getValue()))
      key.insert(key.end(), {reinterpret_cast<uint64_t>(a.getName().getAsOpaquePointer()),
                             reinterpret_cast<uint64_t>(a.getValue().getAsOpaquePointer())});
  for (unsigned k = 0; k < op->getNumOperands(); ++k)
    key.push_back(2 * uint64_t(operand(k).number) + (!passesSign && operand(k).negative));
  return {intern(std::move(key)), passesSign && operand(0).negative};
}
