//===- ArrayRules.cpp - SPARSEAD_RULE for functions of arrays -------------===//
//
// What the user gives is put into the code once, before anything looks at derivatives: a model of the function, whose
// parts the compiler knows already. All partial derivatives are computed by functions without derivatives of their own,
// then output i is the value plus the sum over j of partial(i, j) times what is new in input j: a chain of
// `__sparsead_rule_term(sum, x, partial)`, whose value is the sum. So tangents, adjoints, patterns and the tape need no
// other rule than that of a function of numbers.
//
//===----------------------------------------------------------------------===//

#include "sparsead/Frontend/ArrayRules.h"
#include "sparsead/Frontend/InactiveMemory.h"
#include "sparsead/Frontend/UserRules.h"
#include "sparsead/Rules/RuleTerm.h"
#include "sparsead/rt/abi.hpp"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;
using namespace sparsead;

std::string ArrayRule::text() const {
  std::string out = "arrays\n" + jvp + "\n" + vjp;
  for (const Item &item : items) {
    out += formatv("\n{0} {1} {2}", int(item.output), item.argument, int(item.byValue)).str();
    for (int64_t word : item.program)
      out += " " + std::to_string(word);
  }
  return out;
}

std::optional<ArrayRule> ArrayRule::parse(StringRef text) {
  SmallVector<StringRef> lines;
  text.split(lines, '\n');
  if (lines.size() < 3 || lines[0] != "arrays")
    return std::nullopt;
  ArrayRule rule;
  rule.jvp = lines[1].str();
  rule.vjp = lines[2].str();
  for (StringRef line : drop_begin(lines, 3)) {
    SmallVector<StringRef> words;
    line.split(words, ' ');
    SmallVector<int64_t> numbers;
    for (StringRef word : words)
      if (word.getAsInteger(10, numbers.emplace_back()))
        return std::nullopt;
    if (numbers.size() < 3)
      return std::nullopt;
    rule.items.push_back({numbers[0] != 0, int(numbers[1]), numbers[2] != 0, {numbers.begin() + 3, numbers.end()}});
  }
  return rule;
}

static bool isLoad(int64_t word) { return word >= abi::op_load_i8 && word <= abi::op_load_u64; }

bool sparsead::isOfArguments(ArrayRef<int64_t> program, function_ref<bool(unsigned)> isInteger) {
  for (size_t k = 0; k < program.size(); ++k)
    switch (program[k]) {
    case abi::op_const:
      ++k;
      break;
    case abi::op_argument:
      if (k + 2 >= program.size() || !isLoad(program[k + 2]) || !isInteger(unsigned(program[k + 1])))
        return false;
      k += 2;
      break;
    case abi::op_offset:
    case abi::op_load_ptr:
      return false;
    default:
      if (isLoad(program[k]))
        return false;
      break;
    }
  return true;
}

namespace {

class Model {
public:
  Model(Function &function, const ArrayRule &rule)
      : f(function), module(*function.getParent()), rule(rule), b(module.getContext()) {}
  void define();

private:
  Value *i64(int64_t value) { return b.getInt64(uint64_t(value)); }
  Value *count(const ArrayRule::Item &item);
  Value *element(Value *base, Value *index) { return b.CreateGEP(b.getDoubleTy(), base, index); }
  Value *allocate(Value *doubles, bool zero);
  void release(Value *memory) {
    b.CreateCall(module.getOrInsertFunction("free", b.getVoidTy(), b.getPtrTy()), {memory});
  }
  /// `body` takes the number of the round and what is carried, and returns what is carried on.
  Value *loop(Value *trips, Value *carried, function_ref<Value *(Value *, Value *)> body);
  void loop(Value *trips, function_ref<void(Value *)> body) {
    loop(trips, nullptr, [&](Value *k, Value *) -> Value * {
      body(k);
      return nullptr;
    });
  }
  Function *hidden(StringRef symbol, Type *result, ArrayRef<Value *> args, ArrayRef<bool> writes);
  void partialsByAdjoint();
  void partialsByTangent();

  Function &f;
  Module &module;
  const ArrayRule &rule;
  IRBuilder<> b;
  Function *model = nullptr;
  SmallVector<Value *> args;    ///< of the function, with memory of the model for the outputs
  SmallVector<bool> readsOnly;  ///< of the function's arguments
  SmallVector<Value *> counts;  ///< of items
  SmallVector<Value *> offsets; ///< of items among the inputs, among the outputs
  Value *inputs = nullptr, *outputs = nullptr, *partials = nullptr; ///< how many; [output][input]
};

} // namespace

Value *Model::count(const ArrayRule::Item &item) {
  if (item.program.empty())
    return i64(1);
  SmallVector<Value *> stack;
  auto pop = [&] { return stack.pop_back_val(); };
  for (size_t k = 0; k < item.program.size(); ++k) {
    int64_t word = item.program[k];
    if (word == abi::op_end)
      break;
    if (word == abi::op_const) {
      stack.push_back(i64(item.program[++k]));
    } else if (word == abi::op_argument) {
      Value *argument = model->getArg(unsigned(item.program[++k]));
      int64_t load = item.program[++k];
      if (argument->getType()->isPointerTy()) { // a reference to an integer
        unsigned bits = load >= abi::op_load_i64   ? 64
                        : load >= abi::op_load_i32 ? 32
                        : load >= abi::op_load_i16 ? 16
                                                   : 8;
        argument = b.CreateLoad(b.getIntNTy(bits), argument);
      }
      bool isSigned = load == abi::op_load_i8 || load == abi::op_load_i16 || load == abi::op_load_i32;
      stack.push_back(b.CreateIntCast(argument, b.getInt64Ty(), isSigned));
    } else if (word == abi::op_neg) {
      stack.push_back(b.CreateNeg(pop()));
    } else {
      Value *y = pop(), *x = pop();
      stack.push_back(word == abi::op_add   ? b.CreateAdd(x, y)
                      : word == abi::op_sub ? b.CreateSub(x, y)
                      : word == abi::op_mul ? b.CreateMul(x, y)
                      : word == abi::op_div ? b.CreateSDiv(x, y)
                                            : b.CreateSRem(x, y));
    }
  }
  return stack.back();
}

Value *Model::allocate(Value *doubles, bool zero) {
  Value *bytes = b.CreateMul(doubles, i64(8));
  FunctionCallee allocation = module.getOrInsertFunction("malloc", b.getPtrTy(), b.getInt64Ty());
  Value *memory = b.CreateCall(allocation, {bytes});
  if (zero)
    b.CreateMemSet(memory, b.getInt8(0), bytes, Align(8));
  return memory;
}

Value *Model::loop(Value *trips, Value *carried, function_ref<Value *(Value *, Value *)> body) {
  LLVMContext &context = module.getContext();
  BasicBlock *before = b.GetInsertBlock(), *head = BasicBlock::Create(context, "", model),
             *inside = BasicBlock::Create(context, "", model), *after = BasicBlock::Create(context, "", model);
  b.CreateBr(head);
  b.SetInsertPoint(head);
  PHINode *k = b.CreatePHI(b.getInt64Ty(), 2), *value = carried ? b.CreatePHI(carried->getType(), 2) : nullptr;
  k->addIncoming(i64(0), before);
  if (value)
    value->addIncoming(carried, before);
  b.CreateCondBr(b.CreateICmpSLT(k, trips), inside, after);
  b.SetInsertPoint(inside);
  Value *next = body(k, value);
  k->addIncoming(b.CreateNSWAdd(k, i64(1)), b.GetInsertBlock());
  if (value)
    value->addIncoming(next, b.GetInsertBlock());
  b.CreateBr(head);
  b.SetInsertPoint(after);
  return value;
}

/// A function of the user without derivative.
Function *Model::hidden(StringRef symbol, Type *result, ArrayRef<Value *> args, ArrayRef<bool> writes) {
  SmallVector<Type *> types;
  for (Value *v : args)
    types.push_back(v->getType());
  FunctionCallee callee = module.getOrInsertFunction(symbol, FunctionType::get(result, types, false));
  auto *function = cast<Function>(callee.getCallee());
  if (!function->isDeclaration()) {
    function->deleteBody();
    function->setComdat(nullptr);
  }
  function->setLinkage(GlobalValue::ExternalLinkage);
  function->addFnAttr(inactiveFunction);
  for (auto [k, w] : enumerate(writes))
    if (!w && types[k]->isPointerTy())
      function->addParamAttr(unsigned(k), Attribute::ReadOnly);
  return function;
}

/// Row by row: the adjoint of one output is one.
void Model::partialsByAdjoint() {
  Value *seeds = allocate(outputs, /*zero=*/true);
  loop(outputs, [&](Value *i) {
    b.CreateStore(ConstantFP::get(b.getDoubleTy(), 1), element(seeds, i));
    SmallVector<Value *> all(args);
    SmallVector<bool> writes;
    for (bool only : readsOnly)
      writes.push_back(!only);
    for (auto [k, item] : enumerate(rule.items))
      if (item.output) {
        Value *place = element(seeds, offsets[k]);
        all.push_back(item.byValue ? b.CreateLoad(b.getDoubleTy(), place) : place);
        writes.push_back(false);
      }
    Value *row = b.CreateMul(i, inputs);
    for (auto [k, item] : enumerate(rule.items))
      if (!item.output) {
        all.push_back(element(partials, b.CreateAdd(row, offsets[k])));
        writes.push_back(true);
      }
    b.CreateCall(hidden(rule.vjp, b.getVoidTy(), all, writes), all);
    b.CreateStore(ConstantFP::get(b.getDoubleTy(), 0), element(seeds, i));
  });
  release(seeds);
}

/// Column by column: the tangent of one input is one.
void Model::partialsByTangent() {
  Value *seeds = allocate(inputs, /*zero=*/true), *column = allocate(outputs, /*zero=*/true);
  loop(inputs, [&](Value *j) {
    b.CreateStore(ConstantFP::get(b.getDoubleTy(), 1), element(seeds, j));
    SmallVector<Value *> all(args);
    SmallVector<bool> writes;
    for (bool only : readsOnly)
      writes.push_back(!only);
    for (auto [k, item] : enumerate(rule.items))
      if (!item.output) {
        Value *place = element(seeds, offsets[k]);
        all.push_back(item.byValue ? b.CreateLoad(b.getDoubleTy(), place) : place);
        writes.push_back(false);
      }
    for (auto [k, item] : enumerate(rule.items))
      if (item.output && item.argument >= 0) {
        all.push_back(element(column, offsets[k]));
        writes.push_back(true);
      }
    Value *result = b.CreateCall(hidden(rule.jvp, f.getReturnType(), all, writes), all);
    if (!f.getReturnType()->isVoidTy())
      b.CreateStore(result, column); // the first of the outputs
    loop(outputs, [&](Value *i) {
      Value *partial = b.CreateLoad(b.getDoubleTy(), element(column, i));
      b.CreateStore(partial, element(partials, b.CreateAdd(b.CreateMul(i, inputs), j)));
    });
    b.CreateStore(ConstantFP::get(b.getDoubleTy(), 0), element(seeds, j));
  });
  release(column);
  release(seeds);
}

void Model::define() {
  Type *number = b.getDoubleTy();
  model = Function::Create(f.getFunctionType(), GlobalValue::InternalLinkage, f.getName() + ".sparsead.rule", module);
  model->addFnAttr(Attribute::NoUnwind);
  f.replaceAllUsesWith(model);
  b.SetInsertPoint(BasicBlock::Create(module.getContext(), "", model));
  inputs = outputs = i64(0);
  SmallVector<Value *> memory;
  for (Argument &a : model->args()) {
    args.push_back(&a);
    readsOnly.push_back(f.hasParamAttribute(a.getArgNo(), Attribute::ReadOnly));
  }
  // The function itself, on memory without derivatives.
  for (const ArrayRule::Item &item : rule.items) {
    counts.push_back(count(item));
    if (!item.output) // whether the declaration says so or not
      readsOnly[unsigned(item.argument)] = true;
    Value *&total = item.output ? outputs : inputs;
    offsets.push_back(total);
    total = b.CreateAdd(total, counts.back());
    if (item.output && item.argument >= 0)
      memory.push_back(args[unsigned(item.argument)] = allocate(counts.back(), /*zero=*/false));
  }
  SmallVector<bool> writes;
  for (bool only : readsOnly)
    writes.push_back(!only);
  Value *result = b.CreateCall(hidden(f.getName(), f.getReturnType(), args, writes), args);
  partials = allocate(b.CreateMul(outputs, inputs), /*zero=*/true);
  memory.push_back(partials);
  if (!rule.vjp.empty())
    partialsByAdjoint();
  else
    partialsByTangent();
  // Values with derivatives. The caller's outputs may be its inputs: they are written at the end.
  FunctionCallee term = module.getOrInsertFunction(ruleTerm, number, number, number, number);
  auto *termFunction = cast<Function>(term.getCallee());
  termFunction->addFnAttr(ruleFunction, (Twine("0,1\n") + ruleTerm + "\n").str());
  termFunction->addFnAttr(Attribute::NoUnwind);
  termFunction->addFnAttr(Attribute::WillReturn);
  termFunction->setDoesNotAccessMemory();
  Value *sums = allocate(outputs, /*zero=*/false);
  memory.push_back(sums);
  for (auto [o, output] : enumerate(rule.items)) {
    if (!output.output)
      continue;
    loop(counts[o], [&, o = o, output = output](Value *i) {
      Value *row = b.CreateAdd(offsets[o], i), *first = b.CreateMul(row, inputs);
      Value *sum = output.argument < 0 ? result : b.CreateLoad(number, element(args[unsigned(output.argument)], i));
      for (auto [k, input] : enumerate(rule.items)) {
        if (input.output)
          continue;
        Value *x = model->getArg(unsigned(input.argument)), *from = b.CreateAdd(first, offsets[k]);
        sum = loop(counts[k], sum, [&, byValue = input.byValue](Value *j, Value *carried) -> Value * {
          Value *partial = b.CreateLoad(number, element(partials, b.CreateAdd(from, j)));
          Value *value = byValue ? x : b.CreateLoad(number, element(x, j));
          return b.CreateCall(term, {carried, value, partial});
        });
      }
      b.CreateStore(sum, element(sums, row));
    });
  }
  for (auto [o, output] : enumerate(rule.items))
    if (output.output && output.argument >= 0)
      loop(counts[o], [&, o = o, output = output](Value *i) {
        Value *sum = b.CreateLoad(number, element(sums, b.CreateAdd(offsets[o], i)));
        b.CreateStore(sum, element(model->getArg(unsigned(output.argument)), i));
      });
  if (!f.getReturnType()->isVoidTy())
    result = b.CreateLoad(number, sums);
  for (Value *v : memory)
    release(v);
  if (f.getReturnType()->isVoidTy())
    b.CreateRetVoid();
  else
    b.CreateRet(result);
}

void sparsead::defineArrayRule(Function &function, const ArrayRule &rule) { Model(function, rule).define(); }
