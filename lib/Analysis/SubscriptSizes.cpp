//===- SubscriptSizes.cpp - sizes, and the programs that compute them -----===//

#include "sparsead/Analysis/SubscriptClass.h"
#include "sparsead/rt/abi.hpp"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace sparsead;

bool Subscripts::isConstantMemory(Value pointer) const {
  const PointerSet &targets = activity.pointsTo(pointer);
  return !targets.empty() && llvm::all_of(targets.targets(), [&](const Target &t) {
    const MemoryObject &o = activity.object(t.object);
    return !written.contains(t.object) && !o.isLocal() && o.kind != MemoryObject::Unknown;
  });
}

std::string Subscripts::argumentName(unsigned number) const {
  if (auto list = activity.getRequest()->getAttrOfType<ArrayAttr>("argument_names"))
    if (number < list.size())
      return cast<StringAttr>(list[number]).str();
  return "argument" + std::to_string(number);
}

bool Subscripts::pointerProgram(Value v, std::vector<int64_t> &words, std::string &name, bool &direct) {
  if (auto arg = dyn_cast<BlockArgument>(v)) {
    if (arg.getOwner() != &activity.entry().getBody().front())
      return false;
    words = {abi::op_argument, int64_t(arg.getArgNumber())};
    name = argumentName(arg.getArgNumber());
    direct = true;
    return true;
  }
  Operation *op = v.getDefiningOp();
  MemoryAccess access = memoryAccessOf(op);
  if (access.kind == MemoryAccess::Address) {
    AddressParts parts = cast<MemoryAccessOpInterface>(op).getAddressParts();
    if (!parts.terms.empty() || !pointerProgram(parts.base, words, name, direct))
      return false;
    if (parts.offset != 0) {
      words.insert(words.end(), {abi::op_offset, parts.offset});
      name += "_" + std::to_string(parts.offset);
      direct = false;
    }
    return true;
  }
  if (access.kind == MemoryAccess::Load && !access.special && isConstantMemory(access.pointer) &&
      pointerProgram(access.pointer, words, name, direct)) {
    words.push_back(abi::op_load_ptr);
    return true;
  }
  return false;
}

/// A program of rt/abi.hpp for the value, without its end.
bool Subscripts::programFor(Value v, std::vector<int64_t> &words, std::string &name) {
  APInt constant;
  if (matchPattern(v, m_ConstantInt(&constant))) {
    words = {abi::op_const, constant.getSExtValue()};
    name = std::to_string(constant.getSExtValue());
    return true;
  }
  Operation *op = v.getDefiningOp();
  if (!op)
    return false;
  MemoryAccess access = memoryAccessOf(op);
  if (access.kind == MemoryAccess::Load) {
    bool direct = false;
    if (access.special || !isConstantMemory(access.pointer) || !pointerProgram(access.pointer, words, name, direct))
      return false;
    switch (v.getType().isInteger() ? v.getType().getIntOrFloatBitWidth() : 0) {
    case 8:
      words.push_back(abi::op_load_i8);
      return true;
    case 16:
      words.push_back(abi::op_load_i16);
      return true;
    case 32:
      words.push_back(abi::op_load_i32);
      return true;
    case 64:
      words.push_back(abi::op_load_i64);
      return true;
    default:
      return false;
    }
  }
  if (isa<arith::ExtSIOp, arith::IndexCastOp>(op))
    return programFor(op->getOperand(0), words, name);
  int64_t code = isa<arith::AddIOp>(op)    ? abi::op_add
                 : isa<arith::SubIOp>(op)  ? abi::op_sub
                 : isa<arith::MulIOp>(op)  ? abi::op_mul
                 : isa<arith::DivSIOp>(op) ? abi::op_div
                 : isa<arith::RemSIOp>(op) ? abi::op_mod
                                           : 0;
  std::vector<int64_t> right;
  std::string rightName;
  if (code == 0 || !programFor(op->getOperand(0), words, name) || !programFor(op->getOperand(1), right, rightName))
    return false;
  words.insert(words.end(), right.begin(), right.end());
  words.push_back(code);
  name += (code == abi::op_add   ? "_plus_"
           : code == abi::op_sub ? "_minus_"
           : code == abi::op_mul ? "_times_"
           : code == abi::op_div ? "_div_"
                                 : "_mod_") +
          rightName;
  return true;
}

static std::string identifier(StringRef name) {
  std::string text;
  for (char c : name)
    text += llvm::isAlnum(c) || c == '_' ? c : '_';
  if (text.empty() || llvm::isDigit(text[0]) || text == "exists" || text == "and" || text == "_")
    text = "s" + text;
  return text;
}

Atom Subscripts::atomOfProgram(std::vector<int64_t> words, StringRef name) {
  auto [it, isNew] = sizeOfProgram.try_emplace(words, 0);
  if (isNew) {
    it->second = fresh(AtomInfo::Size, identifier(name));
    words.push_back(abi::op_end);
    atoms[it->second].program = std::move(words);
  }
  return it->second;
}

std::optional<Polynomial> Subscripts::valueOfProgram(ArrayRef<int64_t> program) {
  struct Entry {
    Polynomial value;
    std::vector<int64_t> address; // empty: a number
    std::string name;
  };
  std::vector<Entry> stack;
  for (size_t i = 0; i < program.size(); ++i) {
    int64_t op = program[i];
    if (op == abi::op_end)
      break;
    if (op == abi::op_const || op == abi::op_argument) {
      int64_t word = program[++i];
      if (op == abi::op_const)
        stack.push_back({Polynomial(word), {}, ""});
      else
        stack.push_back({{}, {op, word}, argumentName(word)});
      continue;
    }
    if (stack.empty())
      return std::nullopt;
    Entry &top = stack.back();
    if (op == abi::op_offset || op == abi::op_load_ptr || (op >= abi::op_load_i8 && op <= abi::op_load_u64)) {
      if (top.address.empty())
        return std::nullopt;
      if (op == abi::op_offset) {
        if (int64_t bytes = program[++i]; bytes != 0) {
          top.address.insert(top.address.end(), {op, bytes});
          top.name += "_" + std::to_string(bytes);
        }
        continue;
      }
      // The function reads sizes as signed numbers.
      top.address.push_back(op == abi::op_load_u8    ? abi::op_load_i8
                            : op == abi::op_load_u16 ? abi::op_load_i16
                            : op == abi::op_load_u32 ? abi::op_load_i32
                            : op == abi::op_load_u64 ? abi::op_load_i64
                                                     : op);
      if (op != abi::op_load_ptr)
        top = {Polynomial::atom(atomOfProgram(top.address, top.name)), {}, ""};
      continue;
    }
    if (!top.address.empty())
      return std::nullopt;
    if (op == abi::op_neg) {
      top.value = -top.value;
      continue;
    }
    if (stack.size() < 2 || !stack[stack.size() - 2].address.empty())
      return std::nullopt;
    Polynomial right = top.value;
    stack.pop_back();
    Polynomial &left = stack.back().value;
    switch (op) {
    case abi::op_add:
      left = left + right;
      break;
    case abi::op_sub:
      left = left - right;
      break;
    case abi::op_mul:
      left = left * right;
      break;
    default:
      return std::nullopt;
    }
  }
  if (stack.size() != 1 || !stack.front().address.empty() || !stack.front().value.isValid())
    return std::nullopt;
  return stack.front().value;
}

std::optional<Atom> Subscripts::sizeAtom(Value v) {
  if (activity.isTainted(v))
    return std::nullopt;
  std::vector<int64_t> words;
  std::string name;
  if (programFor(v, words, name)) {
    return atomOfProgram(std::move(words), name);
  }
  if (!isa<func::FuncOp>(v.getParentRegion()->getParentOp()))
    return std::nullopt;
  auto [it, isNew] = sizeOfValue.try_emplace(v, 0);
  if (isNew)
    it->second = fresh(AtomInfo::Size, "size");
  return it->second;
}
