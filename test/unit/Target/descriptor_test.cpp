// The descriptor as an LLVM constant: member by member what rt/abi.hpp says.

#include "sparsead/Target/Descriptor.h"
#include "sparsead/rt/abi.hpp"
#include "llvm/IR/Constants.h"
#include "llvm/IR/Function.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace sparsead;

namespace {

class DescriptorTest : public testing::Test {
protected:
  LLVMContext context;
  Module module{"test", context};
  JacobianDescriptor descriptor;

  Constant *emit() {
    module.setDataLayout("e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128");
    descriptor.symbols = {"descriptor"};
    descriptor.function = "f";
    emitDescriptor(module, descriptor);
    return module.getNamedGlobal("descriptor")->getInitializer();
  }
  static Constant *member(Constant *record, unsigned k) { return cast<Constant>(record->getOperand(k)); }
  static int64_t number(Constant *record, unsigned k) { return cast<ConstantInt>(member(record, k))->getSExtValue(); }
  /// What a pointer member points at.
  static Constant *target(Constant *record, unsigned k) {
    return cast<GlobalVariable>(member(record, k))->getInitializer();
  }
};

TEST_F(DescriptorTest, WithoutLocalForm) {
  Constant *value = emit();
  EXPECT_EQ(number(value, 0), sparsead::abi::version);
  EXPECT_EQ(number(value, 1), int64_t(sizeof(sparsead::abi::jacobian_descriptor)));
  EXPECT_TRUE(isa<ConstantPointerNull>(member(value, value->getNumOperands() - 1)));
}

TEST_F(DescriptorTest, LocalForm) {
  Type *none = Type::getVoidTy(context);
  Function *kernel = Function::Create(FunctionType::get(none, false), GlobalValue::InternalLinkage, "f.local", module);
  descriptor.local.emplace();
  descriptor.local->width = 3;
  descriptor.local->shadows = true;
  descriptor.local->loops = 1;
  descriptor.local->function = "f.local";
  descriptor.local->sites = {{sparsead::abi::local_assign, 3, 0, 2, {1, -1, 0}},
                             {sparsead::abi::local_add, 2, -1, 0, {}, {-4, 0}, 1}};
  Constant *value = emit();
  Constant *local = target(value, value->getNumOperands() - 5);
  const DataLayout &layout = module.getDataLayout();
  EXPECT_EQ(layout.getTypeAllocSize(local->getType()), sizeof(sparsead::abi::local_descriptor));
  EXPECT_EQ(number(local, 0), 3);
  EXPECT_EQ(number(local, 1), 1);
  EXPECT_EQ(number(local, 2), 2);
  EXPECT_EQ(number(local, 3), 1);
  EXPECT_EQ(member(local, 5), kernel);
  Constant *sites = target(local, 4);
  ASSERT_EQ(sites->getNumOperands(), 2u);
  Constant *first = member(sites, 0), *second = member(sites, 1);
  EXPECT_EQ(layout.getTypeAllocSize(first->getType()), sizeof(sparsead::abi::local_site));
  EXPECT_EQ(number(first, 0), sparsead::abi::local_assign);
  EXPECT_EQ(number(first, 1), 3);
  EXPECT_EQ(number(first, 2), 0);
  EXPECT_EQ(number(first, 3), 2);
  auto *offsets = cast<ConstantDataArray>(target(first, 4));
  ASSERT_EQ(offsets->getNumElements(), 3u);
  EXPECT_EQ(int32_t(offsets->getElementAsInteger(0)), 1);
  EXPECT_EQ(int32_t(offsets->getElementAsInteger(1)), -1);
  EXPECT_EQ(int32_t(offsets->getElementAsInteger(2)), 0);
  EXPECT_EQ(number(second, 0), sparsead::abi::local_add);
  EXPECT_EQ(number(second, 2), -1);
  EXPECT_TRUE(isa<ConstantPointerNull>(member(second, 4)));
  EXPECT_TRUE(isa<ConstantPointerNull>(member(first, 5)));
  auto *sources = cast<ConstantDataArray>(target(second, 5));
  ASSERT_EQ(sources->getNumElements(), 2u);
  EXPECT_EQ(int32_t(sources->getElementAsInteger(0)), -4);
  EXPECT_EQ(int32_t(sources->getElementAsInteger(1)), 0);
  EXPECT_EQ(number(second, 6), 1);
}

} // namespace
