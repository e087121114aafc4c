//===- Fingerprint.cpp - has a function changed? --------------------------===//

#include "sparsead/Frontend/Fingerprint.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/Function.h"
#include "llvm/IR/GlobalVariable.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/StructuralHash.h"
#include "llvm/Support/xxhash.h"

using namespace llvm;

namespace {

class Hasher {
public:
  uint64_t run(const Function &root) {
    reached.insert(&root);
    for (size_t k = 0; k < reached.size(); ++k) // grows
      visit(reached[k]);
    return state;
  }

private:
  void add(uint64_t word) { state = (state ^ word) * 0x9E3779B97F4A7C15ull + (state >> 29); }
  void add(StringRef bytes) { add(xxh3_64bits(bytes)); }

  void visit(const GlobalObject *object) {
    if (const auto *f = dyn_cast<Function>(object)) {
      if (f->isDeclaration())
        return add(f->getName());
      add(StructuralHash(*f, /*DetailedHash=*/true));
      for (const Instruction &i : instructions(*f))
        for (const Value *operand : i.operands())
          if (const auto *c = dyn_cast<Constant>(operand))
            follow(c);
      return;
    }
    const auto *variable = cast<GlobalVariable>(object);
    if (variable->isConstant() && variable->hasInitializer())
      content(variable->getInitializer());
    else
      add(variable->getName());
  }

  /// What an operand refers to; its own bits are in the function's hash.
  void follow(const Constant *c) {
    if (const auto *object = dyn_cast<GlobalObject>(c)) {
      reached.insert(object);
      return;
    }
    for (const Value *operand : c->operands())
      if (const auto *inner = dyn_cast<Constant>(operand))
        follow(inner);
  }

  void content(const Constant *c) {
    add(c->getValueID());
    if (const auto *object = dyn_cast<GlobalObject>(c)) {
      reached.insert(object);
      return;
    }
    if (const auto *data = dyn_cast<ConstantDataSequential>(c))
      return add(data->getRawDataValues());
    auto bits = [&](const APInt &value) {
      for (unsigned k = 0; k < value.getNumWords(); ++k)
        add(value.getRawData()[k]);
    };
    if (const auto *number = dyn_cast<ConstantInt>(c))
      return bits(number->getValue());
    if (const auto *number = dyn_cast<ConstantFP>(c))
      return bits(number->getValueAPF().bitcastToAPInt());
    add(c->getNumOperands());
    for (const Value *operand : c->operands())
      if (const auto *inner = dyn_cast<Constant>(operand))
        content(inner);
  }

  SmallSetVector<const GlobalObject *, 16> reached;
  uint64_t state = 0x2545F4914F6CDD1Dull;
};

} // namespace

uint64_t sparsead::fingerprintOf(const Function &root) { return Hasher().run(root); }
