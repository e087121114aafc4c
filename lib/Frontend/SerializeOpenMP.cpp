//===- SerializeOpenMP.cpp - OpenMP regions as one thread runs them -------===//
//
// The interface between Clang and the OpenMP runtime is that of LLVM's openmp/runtime/src/kmp.h.
//
//===----------------------------------------------------------------------===//

#include "sparsead/Frontend/SerializeOpenMP.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/Transforms/Utils/LowerAtomic.h"

using namespace llvm;
using namespace sparsead;

namespace {

enum class Kind { Other, Nothing, Zero, One, Fork, StaticInit, DispatchInit, DispatchNext };

Kind kindOf(StringRef name) {
  if (name.starts_with("__kmpc_for_static_init_"))
    return Kind::StaticInit;
  if (name.starts_with("__kmpc_dispatch_init_"))
    return Kind::DispatchInit;
  if (name.starts_with("__kmpc_dispatch_next_"))
    return Kind::DispatchNext;
  if (name.starts_with("__kmpc_dispatch_fini_"))
    return Kind::Nothing;
  return StringSwitch<Kind>(name)
      .Case("__kmpc_fork_call", Kind::Fork)
      .Cases({"__kmpc_global_thread_num", "__kmpc_cancel_barrier", "omp_get_thread_num", "omp_in_parallel",
              "omp_get_level", "omp_get_dynamic"},
             Kind::Zero)
      .Cases({"__kmpc_single", "__kmpc_master", "__kmpc_masked", "__kmpc_reduce", "__kmpc_reduce_nowait",
              "omp_get_num_threads", "omp_get_max_threads", "omp_get_num_procs", "omp_get_thread_limit"},
             Kind::One)
      .Cases({"__kmpc_push_num_threads", "__kmpc_push_proc_bind", "__kmpc_barrier", "__kmpc_critical",
              "__kmpc_critical_with_hint", "__kmpc_end_critical", "__kmpc_end_single", "__kmpc_end_master",
              "__kmpc_end_masked", "__kmpc_end_reduce", "__kmpc_end_reduce_nowait", "__kmpc_for_static_fini"},
             Kind::Nothing)
      .Cases({"__kmpc_dispatch_deinit", "__kmpc_flush", "__kmpc_ordered", "__kmpc_end_ordered",
              "__kmpc_serialized_parallel", "__kmpc_end_serialized_parallel", "omp_set_num_threads", "omp_set_dynamic",
              "omp_init_lock", "omp_destroy_lock", "omp_set_lock", "omp_unset_lock"},
             Kind::Nothing)
      .Default(Kind::Other);
}

class Serializer {
public:
  explicit Serializer(Function &function) : function(function) {}
  void run();

private:
  void lower(CallInst &call, Kind kind);
  void fork(CallInst &call);
  AllocaInst *slot(Type *type, StringRef name) {
    BasicBlock &entry = function.getEntryBlock();
    IRBuilder<> builder(&entry, entry.begin());
    return builder.CreateAlloca(type, nullptr, name);
  }

  Function &function;
  /// Bounds of the loop that is being dispatched, and whether its only chunk is still to come.
  AllocaInst *first = nullptr, *last = nullptr, *pending = nullptr;
};

} // namespace

/// fork_call(location, count, outlined, arguments…): outlined(&thread, &thread, arguments…).
void Serializer::fork(CallInst &call) {
  auto *outlined = dyn_cast<Function>(call.getArgOperand(2)->stripPointerCasts());
  if (!outlined || outlined->arg_size() != call.arg_size() - 1)
    return;
  AllocaInst *thread = slot(Type::getInt32Ty(function.getContext()), "thread");
  IRBuilder<> builder(&call);
  builder.CreateStore(builder.getInt32(0), thread);
  SmallVector<Value *> arguments = {thread, thread};
  for (unsigned i = 3, e = call.arg_size(); i != e; ++i)
    arguments.push_back(call.getArgOperand(i));
  builder.CreateCall(outlined, arguments);
  call.eraseFromParent();
}

void Serializer::lower(CallInst &call, Kind kind) {
  IRBuilder<> builder(&call);
  Type *type = call.getType();
  switch (kind) {
  case Kind::Other:
    return;
  case Kind::Fork:
    return fork(call);
  case Kind::Nothing:
    break;
  case Kind::Zero:
    call.replaceAllUsesWith(Constant::getNullValue(type));
    break;
  case Kind::One:
    call.replaceAllUsesWith(ConstantInt::get(type, 1));
    break;
  case Kind::StaticInit: {
    // (location, thread, schedule, last, lower, upper, stride, increment, chunk): one chunk holds everything.
    Type *index = call.getArgOperand(7)->getType();
    builder.CreateStore(builder.getInt32(1), call.getArgOperand(3));
    Value *from = builder.CreateLoad(index, call.getArgOperand(4));
    Value *to = builder.CreateLoad(index, call.getArgOperand(5));
    Value *length = builder.CreateAdd(builder.CreateSub(to, from), call.getArgOperand(7));
    builder.CreateStore(length, call.getArgOperand(6));
    break;
  }
  case Kind::DispatchInit: {
    // (location, thread, schedule, lower, upper, stride, chunk)
    Type *index = call.getArgOperand(3)->getType();
    if (!pending || first->getAllocatedType() != index) {
      pending = slot(builder.getInt32Ty(), "pending");
      first = slot(index, "first");
      last = slot(index, "last");
    }
    builder.CreateStore(builder.getInt32(1), pending);
    builder.CreateStore(call.getArgOperand(3), first);
    builder.CreateStore(call.getArgOperand(4), last);
    break;
  }
  case Kind::DispatchNext: {
    // (location, thread, last, lower, upper, stride) → is there a chunk?
    if (!pending)
      return;
    Type *index = first->getAllocatedType();
    Value *more = builder.CreateLoad(builder.getInt32Ty(), pending);
    builder.CreateStore(builder.getInt32(0), pending);
    builder.CreateStore(more, call.getArgOperand(2));
    builder.CreateStore(builder.CreateLoad(index, first), call.getArgOperand(3));
    builder.CreateStore(builder.CreateLoad(index, last), call.getArgOperand(4));
    builder.CreateStore(ConstantInt::get(index, 1), call.getArgOperand(5));
    call.replaceAllUsesWith(more);
    break;
  }
  }
  call.eraseFromParent();
}

void Serializer::run() {
  SmallVector<std::pair<CallInst *, Kind>> calls;
  SmallVector<Instruction *> atomics;
  for (Instruction &i : instructions(function)) {
    if (auto *call = dyn_cast<CallInst>(&i)) {
      const Function *callee = call->getCalledFunction();
      Kind kind = callee && callee->isDeclaration() ? kindOf(callee->getName()) : Kind::Other;
      if (kind != Kind::Other)
        calls.push_back({call, kind});
    } else if (isa<AtomicRMWInst, AtomicCmpXchgInst>(&i) || (isa<LoadInst, StoreInst>(&i) && i.isAtomic())) {
      atomics.push_back(&i);
    }
  }
  // An initialisation precedes the calls that ask for chunks, also in the order of the blocks.
  for (auto [call, kind] : calls)
    lower(*call, kind);
  for (Instruction *i : atomics) {
    if (auto *rmw = dyn_cast<AtomicRMWInst>(i))
      lowerAtomicRMWInst(rmw);
    else if (auto *exchange = dyn_cast<AtomicCmpXchgInst>(i))
      lowerAtomicCmpXchgInst(exchange);
    else if (auto *load = dyn_cast<LoadInst>(i))
      load->setAtomic(AtomicOrdering::NotAtomic);
    else
      cast<StoreInst>(i)->setAtomic(AtomicOrdering::NotAtomic);
  }
}

void sparsead::serializeOpenMP(Module &module) {
  if (!module.getFunction("__kmpc_global_thread_num") && !module.getFunction("__kmpc_fork_call") &&
      !module.getFunction("__kmpc_for_static_fini"))
    return;
  for (Function &f : module)
    if (!f.isDeclaration())
      Serializer(f).run();
}
