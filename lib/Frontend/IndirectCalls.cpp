//===- IndirectCalls.cpp - calls among a few known functions --------------===//
//
// Which addresses may a pointer hold? Constants, what selects and phis choose among them, what constant tables and
// local variables hold of them. Where that is all, each address gets a number, and the pointer a number beside it,
// computed by the same selects, phis, loads and stores: memory with addresses gets a mirror of the same layout with
// numbers. The call becomes a switch over its number.
//
//===----------------------------------------------------------------------===//

#include "sparsead/Frontend/IndirectCalls.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Analysis/ConstantFolding.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Operator.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include <numeric>

using namespace llvm;
using namespace sparsead;

namespace {

/// Elements of the largest table that is looked at.
constexpr uint64_t maxTable = 4096;

/// Places in memory: offset + k * stride from the start of an object; the one place for stride 0.
struct Places {
  int64_t offset = 0, stride = 0;
  bool contains(int64_t at) const { return stride == 0 ? at == offset : (at - offset) % stride == 0; }
  bool meets(Places other) const {
    int64_t step = std::gcd(stride, other.stride);
    return step == 0 ? offset == other.offset : (offset - other.offset) % step == 0;
  }
  Places shifted(int64_t by, int64_t step) const { return {offset + by, std::gcd(stride, step)}; }
};

using Address = std::pair<GlobalValue *, int64_t>;

/// The functions that a pointer may hold, and a number that says which.
class Resolver {
public:
  explicit Resolver(Function &function)
      : module(*function.getParent()), layout(module.getDataLayout()), number(Type::getInt64Ty(module.getContext())) {}

  bool resolve(CallInst &call);
  bool isFunction(Value *v);

private:
  bool collect(Value *v);
  bool collectLoad(Value *address, Places at, bool fixed);
  bool collectConstant(Constant *c, int64_t base, Places at);
  bool collectUses(Value *pointer, Places from, Places at, bool fixed);
  bool collectTables(Value *pointer, int64_t offset);
  std::pair<Value *, int64_t> tableOf(LoadInst *load) const;
  std::optional<Address> addressOf(Value *v) const;
  std::optional<Places> places(GEPOperator *gep) const;

  Value *build(Value *v);
  Value *mirror(Value *address);
  GlobalVariable *mirror(GlobalVariable *table);
  AllocaInst *mirror(AllocaInst *local);
  void mirrorUses(Value *pointer);
  Type *mirrored(Type *type) const;
  Constant *mirrored(Constant *c);
  Value *select(LoadInst *load, Value *table, int64_t offset);
  ConstantInt *numberOf(Address a) {
    auto [at, fresh] = numbers.insert({a, numbers.size() + 1});
    return ConstantInt::get(number, at->second);
  }
  Constant *readTable(Address at) const;

  Module &module;
  const DataLayout &layout;
  IntegerType *number;
  SmallSetVector<Address, 8> *found = nullptr;
  DenseSet<std::tuple<Value *, int64_t, int64_t>> seen;
  MapVector<Address, uint64_t> numbers; // from 1; 0 is null
  DenseMap<Value *, Value *> built;
  DenseSet<LoadInst *> ofTables;
  SmallSetVector<Instruction *, 8> relevantStores;
};

} // namespace

//===----------------------------------------------------------------------===//
// Which addresses
//===----------------------------------------------------------------------===//

std::optional<Address> Resolver::addressOf(Value *v) const {
  if (auto *e = dyn_cast<ConstantExpr>(v); e && e->getOpcode() == Instruction::PtrToInt)
    v = e->getOperand(0);
  if (!isa<Constant>(v) || !v->getType()->isPointerTy())
    return std::nullopt;
  APInt offset(layout.getIndexTypeSizeInBits(v->getType()), 0);
  Value *base = v->stripAndAccumulateConstantOffsets(layout, offset, /*AllowNonInbounds=*/true);
  auto *global = dyn_cast<GlobalValue>(base);
  return global ? std::optional(Address(global, offset.getSExtValue())) : std::nullopt;
}

bool Resolver::collect(Value *v) {
  if (auto *c = dyn_cast<Constant>(v)) {
    if (c->isNullValue() || isa<UndefValue>(c))
      return true;
    std::optional<Address> at = addressOf(c);
    if (at)
      found->insert(*at);
    return at.has_value();
  }
  if (!seen.insert({v, 0, -1}).second)
    return true;
  if (auto *s = dyn_cast<SelectInst>(v))
    return collect(s->getTrueValue()) && collect(s->getFalseValue());
  if (auto *phi = dyn_cast<PHINode>(v))
    return all_of(phi->incoming_values(), [&](Value *in) { return collect(in); });
  if (isa<IntToPtrInst, PtrToIntInst, FreezeInst>(v))
    return collect(cast<Instruction>(v)->getOperand(0));
  auto *load = dyn_cast<LoadInst>(v);
  if (!load || !load->isSimple() || layout.getTypeStoreSize(load->getType()) != 8)
    return false;
  SmallSetVector<Address, 8> before = *found;
  auto seenBefore = seen;
  if (collectLoad(load->getPointerOperand(), {}, load->hasMetadata(LLVMContext::MD_invariant_group)))
    return true;
  *found = std::move(before);
  seen = std::move(seenBefore);
  // Of a table whose own address is one of a few constants.
  auto [table, offset] = tableOf(load);
  return table && ofTables.insert(load).second && collectTables(table, offset);
}

/// The address that the load adds a constant to; null where it adds something else.
std::pair<Value *, int64_t> Resolver::tableOf(LoadInst *load) const {
  Value *base = load->getPointerOperand();
  int64_t offset = 0;
  while (auto *gep = dyn_cast<GEPOperator>(base)) {
    std::optional<Places> step = places(gep);
    if (!step || step->stride != 0)
      return {};
    offset += step->offset;
    base = gep->getPointerOperand();
  }
  return {isa<Instruction>(base) && !isa<AllocaInst>(base) ? base : nullptr, offset};
}

std::optional<Places> Resolver::places(GEPOperator *gep) const {
  unsigned width = layout.getIndexTypeSizeInBits(gep->getType());
  SmallMapVector<Value *, APInt, 4> variable;
  APInt constant(width, 0);
  if (!gep->collectOffset(layout, width, variable, constant))
    return std::nullopt;
  Places result{constant.getSExtValue(), 0};
  for (auto &[index, scale] : variable)
    result.stride = std::gcd(result.stride, scale.getSExtValue());
  return result;
}

/// What may be read at these places from the address. `fixed`: what is read does not change while the object lives (the
/// pointer to a virtual table).
bool Resolver::collectLoad(Value *address, Places at, bool fixed) {
  if (!seen.insert({address, at.offset, at.stride}).second)
    return true;
  if (auto *gep = dyn_cast<GEPOperator>(address)) {
    std::optional<Places> step = places(gep);
    return step && collectLoad(gep->getPointerOperand(), at.shifted(step->offset, step->stride), fixed);
  }
  if (auto *s = dyn_cast<SelectInst>(address))
    return collectLoad(s->getTrueValue(), at, fixed) && collectLoad(s->getFalseValue(), at, fixed);
  if (auto *phi = dyn_cast<PHINode>(address))
    return all_of(phi->incoming_values(), [&](Value *in) { return collectLoad(in, at, fixed); });
  if (auto *table = dyn_cast<GlobalVariable>(address))
    return table->isConstant() && table->hasDefinitiveInitializer() && collectConstant(table->getInitializer(), 0, at);
  auto *local = dyn_cast<AllocaInst>(address);
  return local && local->isStaticAlloca() && collectUses(local, {}, at, fixed);
}

/// The elements of a constant that stands at `base` in its table.
bool Resolver::collectConstant(Constant *c, int64_t base, Places at) {
  Type *type = c->getType();
  if (auto *s = dyn_cast<StructType>(type)) {
    const StructLayout *fields = layout.getStructLayout(s);
    for (unsigned i = 0, e = s->getNumElements(); i < e; ++i)
      if (!collectConstant(c->getAggregateElement(i), base + int64_t(fields->getElementOffset(i)), at))
        return false;
    return true;
  }
  if (auto *a = dyn_cast<ArrayType>(type)) {
    int64_t size = int64_t(layout.getTypeAllocSize(a->getElementType()));
    if (a->getNumElements() > maxTable)
      return false;
    for (uint64_t i = 0, e = a->getNumElements(); i < e; ++i)
      if (!collectConstant(c->getAggregateElement(unsigned(i)), base + int64_t(i) * size, at))
        return false;
    return true;
  }
  return !at.contains(base) || ((type->isPointerTy() || type == number) && collect(c));
}

/// What the uses of a local variable's address put at these places.
bool Resolver::collectUses(Value *pointer, Places from, Places at, bool fixed) {
  for (Use &use : pointer->uses()) {
    auto *user = cast<Instruction>(use.getUser());
    if (isa<LoadInst>(user) || user->isLifetimeStartOrEnd() || isa<ICmpInst>(user))
      continue;
    if (auto *gep = dyn_cast<GetElementPtrInst>(user)) {
      std::optional<Places> step = places(cast<GEPOperator>(gep));
      if (!step || !collectUses(gep, from.shifted(step->offset, step->stride), at, fixed))
        return false;
      continue;
    }
    if (auto *store = dyn_cast<StoreInst>(user); store && use.getOperandNo() == 1 && store->isSimple()) {
      Type *type = store->getValueOperand()->getType();
      if (type->isPointerTy() || type == number) {
        if (!from.meets(at))
          continue;
        if (!collect(store->getValueOperand()))
          return false;
        relevantStores.insert(store);
        continue;
      }
      // Another member, unless it may cover the places.
      int64_t size = int64_t(layout.getTypeStoreSize(type));
      for (int64_t k = -7; k < size; ++k)
        if (from.shifted(k, 0).meets(at))
          return false;
      continue;
    }
    if (auto *copy = dyn_cast<MemCpyInst>(user)) {
      if (use.getOperandNo() != 0)
        continue; // read from
      if (from.stride != 0 || !collectLoad(copy->getSource(), at.shifted(-from.offset, 0), fixed))
        return false;
      relevantStores.insert(copy);
      continue;
    }
    if (isa<SelectInst, PHINode>(user)) { // read through, or passed on: written through nowhere
      bool read = all_of(user->users(), [&](User *u) {
        return isa<LoadInst>(u) ||
               (isa<GetElementPtrInst>(u) && all_of(u->users(), [](User *v) { return isa<LoadInst>(v); }));
      });
      if (read || fixed)
        continue;
    }
    if (fixed && isa<CallInst>(user))
      continue;
    return false;
  }
  return true;
}

/// The pointer is that of one of a few constant tables: what they hold there.
bool Resolver::collectTables(Value *pointer, int64_t offset) {
  SmallSetVector<Address, 8> tables, *outer = found;
  found = &tables;
  bool known = collect(pointer);
  found = outer;
  for (auto [global, start] : tables) {
    auto *table = dyn_cast<GlobalVariable>(global);
    known = known && table && table->isConstant() && table->hasDefinitiveInitializer() &&
            collectConstant(table->getInitializer(), 0, {start + offset, 0});
  }
  return known;
}

//===----------------------------------------------------------------------===//
// Numbers for addresses
//===----------------------------------------------------------------------===//

Type *Resolver::mirrored(Type *type) const {
  if (type->isPointerTy())
    return number;
  if (auto *a = dyn_cast<ArrayType>(type))
    return ArrayType::get(mirrored(a->getElementType()), a->getNumElements());
  auto *s = dyn_cast<StructType>(type);
  if (!s)
    return type;
  SmallVector<Type *> members;
  for (Type *member : s->elements())
    members.push_back(mirrored(member));
  return StructType::get(module.getContext(), members, s->isPacked());
}

Constant *Resolver::mirrored(Constant *c) {
  Type *type = mirrored(c->getType());
  if (auto address = addressOf(c))
    return numberOf(*address);
  if (c->isNullValue() || type == number)
    return isa<ConstantInt>(c) ? c : Constant::getNullValue(type);
  if (type == c->getType() && !type->isAggregateType())
    return c;
  if (isa<UndefValue>(c) || isa<ConstantData>(c))
    return type == c->getType() ? c : Constant::getNullValue(type);
  SmallVector<Constant *> elements;
  for (unsigned i = 0; Constant *element = c->getAggregateElement(i); ++i)
    elements.push_back(mirrored(element));
  if (auto *a = dyn_cast<ArrayType>(type))
    return ConstantArray::get(a, elements);
  return ConstantStruct::get(cast<StructType>(type), elements);
}

GlobalVariable *Resolver::mirror(GlobalVariable *table) {
  Value *&known = built[table];
  if (!known) {
    Constant *content = mirrored(table->getInitializer());
    known = new GlobalVariable(module, content->getType(), /*isConstant=*/true, GlobalValue::InternalLinkage, content,
                               table->getName() + ".numbers");
  }
  return cast<GlobalVariable>(known);
}

AllocaInst *Resolver::mirror(AllocaInst *local) {
  if (Value *known = built.lookup(local))
    return cast<AllocaInst>(known);
  IRBuilder<> b(local);
  AllocaInst *result = b.CreateAlloca(mirrored(local->getAllocatedType()), local->getArraySize());
  result->setAlignment(local->getAlign());
  built[local] = result;
  mirrorUses(local);
  return result;
}

void Resolver::mirrorUses(Value *pointer) {
  for (User *user : SmallVector<User *>(pointer->users())) {
    if (isa<GetElementPtrInst>(user)) {
      mirrorUses(user);
    } else if (auto *store = dyn_cast<StoreInst>(user); store && relevantStores.contains(store)) {
      Value *value = build(store->getValueOperand());
      Value *to = mirror(store->getPointerOperand());
      IRBuilder<>(store).CreateStore(value, to);
    } else if (auto *copy = dyn_cast<MemCpyInst>(user);
               copy && copy->getRawDest() == pointer && relevantStores.contains(copy)) {
      Value *to = mirror(copy->getRawDest()), *from = mirror(copy->getRawSource());
      IRBuilder<>(copy).CreateMemCpy(to, copy->getDestAlign(), from, copy->getSourceAlign(), copy->getLength());
    }
  }
}

/// The same place in the mirror.
Value *Resolver::mirror(Value *address) {
  if (auto *table = dyn_cast<GlobalVariable>(address))
    return mirror(table);
  if (auto *local = dyn_cast<AllocaInst>(address))
    return mirror(local);
  if (Value *known = built.lookup(address))
    return known;
  if (auto *s = dyn_cast<SelectInst>(address)) {
    Value *yes = mirror(s->getTrueValue()), *no = mirror(s->getFalseValue());
    return built[address] = IRBuilder<>(s).CreateSelect(s->getCondition(), yes, no);
  }
  if (auto *phi = dyn_cast<PHINode>(address)) {
    PHINode *result = PHINode::Create(phi->getType(), phi->getNumIncomingValues(), "", phi->getIterator());
    built[address] = result;
    for (auto [in, block] : zip(phi->incoming_values(), phi->blocks()))
      result->addIncoming(mirror(in), block);
    return result;
  }
  auto *gep = cast<GEPOperator>(address);
  Value *base = mirror(gep->getPointerOperand());
  SmallVector<Value *> indices(gep->indices());
  if (isa<Constant>(address)) {
    SmallVector<Constant *> constants;
    for (Value *index : indices)
      constants.push_back(cast<Constant>(index));
    return ConstantExpr::getGetElementPtr(gep->getSourceElementType(), cast<Constant>(base), constants);
  }
  IRBuilder<> b(cast<Instruction>(address));
  return built[address] = b.CreateGEP(gep->getSourceElementType(), base, indices);
}

Constant *Resolver::readTable(Address at) const {
  auto *table = cast<GlobalVariable>(at.first);
  APInt offset(64, uint64_t(at.second));
  return ConstantFoldLoadFromConst(table->getInitializer(), PointerType::get(module.getContext(), 0), offset, layout);
}

/// What is read from the table whose address is read from memory: one choice for each table.
Value *Resolver::select(LoadInst *load, Value *table, int64_t offset) {
  SmallSetVector<Address, 8> tables, *outer = found;
  found = &tables;
  seen.clear();
  collect(table);
  found = outer;
  Value *which = build(table);
  IRBuilder<> b(load);
  Value *result = ConstantInt::get(number, 0);
  for (auto [global, start] : tables) {
    Constant *content = readTable({global, start + offset});
    auto address = content ? addressOf(content) : std::nullopt;
    Value *entry = address ? numberOf(*address) : ConstantInt::get(number, 0);
    result = b.CreateSelect(b.CreateICmpEQ(which, numberOf({global, start})), entry, result);
  }
  return result;
}

Value *Resolver::build(Value *v) {
  if (auto *c = dyn_cast<Constant>(v)) {
    auto address = addressOf(c);
    return address ? numberOf(*address) : ConstantInt::get(number, 0);
  }
  if (auto *phi = dyn_cast<PHINode>(v)) {
    Value *&known = built[v];
    if (known)
      return known;
    PHINode *result = PHINode::Create(number, phi->getNumIncomingValues(), "", phi->getIterator());
    known = result;
    for (auto [in, block] : zip(phi->incoming_values(), phi->blocks()))
      result->addIncoming(build(in), block);
    return result;
  }
  if (Value *known = built.lookup(v))
    return known;
  auto *i = cast<Instruction>(v);
  Value *result = nullptr;
  if (auto *s = dyn_cast<SelectInst>(v)) {
    Value *yes = build(s->getTrueValue()), *no = build(s->getFalseValue());
    result = IRBuilder<>(s).CreateSelect(s->getCondition(), yes, no);
  } else if (auto *load = dyn_cast<LoadInst>(v)) {
    auto [table, offset] = tableOf(load);
    if (table && ofTables.contains(load)) {
      result = select(load, table, offset);
    } else {
      Value *address = mirror(load->getPointerOperand());
      result = IRBuilder<>(load).CreateAlignedLoad(number, address, load->getAlign());
    }
  } else {
    result = build(i->getOperand(0));
  }
  return built[v] = result;
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

bool Resolver::resolve(CallInst &call) {
  SmallSetVector<Address, 8> addresses;
  found = &addresses;
  seen.clear();
  if (!collect(call.getCalledOperand()))
    return false;
  SmallVector<Function *> targets;
  for (auto [global, offset] : addresses) {
    auto *target = dyn_cast<Function>(global);
    if (target && target->getName() == "__cxa_pure_virtual")
      continue; // of an object that is not complete yet: never called
    if (!target || offset != 0 || target->getFunctionType() != call.getFunctionType())
      return false;
    targets.push_back(target);
  }
  if (targets.empty())
    return false;
  if (targets.size() == 1) {
    call.setCalledFunction(targets[0]);
    return true;
  }
  Value *which = build(call.getCalledOperand());
  BasicBlock *before = call.getParent();
  BasicBlock *after = SplitBlock(before, call.getIterator());
  IRBuilder<> b(before->getTerminator());
  b.SetCurrentDebugLocation(call.getDebugLoc());
  SwitchInst *choice = nullptr;
  PHINode *result = nullptr;
  if (!call.getType()->isVoidTy())
    result = PHINode::Create(call.getType(), unsigned(targets.size()), "", after->begin());
  for (Function *target : targets) {
    BasicBlock *block = BasicBlock::Create(module.getContext(), "", before->getParent(), after);
    auto *direct = cast<CallInst>(call.clone());
    direct->setCalledFunction(target);
    direct->insertInto(block, block->end());
    BranchInst::Create(after, block)->setDebugLoc(call.getDebugLoc());
    if (result)
      result->addIncoming(direct, block);
    if (!choice) // no other value is possible
      choice = b.CreateSwitch(which, block, unsigned(targets.size()));
    else
      choice->addCase(numberOf({target, 0}), block);
  }
  before->getTerminator()->eraseFromParent();
  if (result)
    call.replaceAllUsesWith(result);
  call.eraseFromParent();
  return true;
}

/// Is the number the address of a function, whichever it is?
bool Resolver::isFunction(Value *v) {
  SmallSetVector<Address, 8> addresses;
  found = &addresses;
  return collect(v) && !addresses.empty() &&
         all_of(addresses, [](Address a) { return isa<Function>(a.first) && a.second == 0; });
}

/// The members of a structure that is chosen or read are chosen or read by themselves, and the bit of a member's
/// address that says that it is virtual becomes 0 where it is one of a few functions'.
static bool splitMemberPointers(Function &function) {
  bool changed = false;
  for (Instruction &i : make_early_inc_range(instructions(function))) {
    Value *instead = nullptr;
    if (auto *extract = dyn_cast<ExtractValueInst>(&i)) {
      if (auto *choice = dyn_cast<SelectInst>(extract->getAggregateOperand())) {
        IRBuilder<> b(extract);
        Value *yes = b.CreateExtractValue(choice->getTrueValue(), extract->getIndices());
        Value *no = b.CreateExtractValue(choice->getFalseValue(), extract->getIndices());
        instead = b.CreateSelect(choice->getCondition(), yes, no);
      } else if (auto *load = dyn_cast<LoadInst>(extract->getAggregateOperand());
                 load && load->isSimple() && load->getType()->isStructTy() && extract->getNumIndices() == 1) {
        IRBuilder<> b(load);
        Value *address = b.CreateStructGEP(load->getType(), load->getPointerOperand(), extract->getIndices()[0]);
        instead = b.CreateLoad(extract->getType(), address);
      }
    } else if (i.getOpcode() == Instruction::And && i.getType()->isIntegerTy(64)) {
      auto *mask = dyn_cast<ConstantInt>(i.getOperand(1));
      if (mask && mask->isOne() && Resolver(function).isFunction(i.getOperand(0)))
        instead = ConstantInt::get(i.getType(), 0);
    }
    if (!instead)
      continue;
    i.replaceAllUsesWith(instead);
    i.eraseFromParent();
    changed = true;
  }
  return changed;
}

bool sparsead::resolveIndirectCalls(Function &function) {
  SmallVector<CallInst *> calls;
  for (Instruction &i : instructions(function))
    if (auto *call = dyn_cast<CallInst>(&i); call && call->isIndirectCall() && !call->isInlineAsm())
      calls.push_back(call);
  bool changed = splitMemberPointers(function);
  for (CallInst *call : calls)
    changed |= Resolver(function).resolve(*call);
  return changed;
}
