// What MemoryAccessOpInterface says of an operation, as text: kind, type or size, parts of an address.
#include "sparsead/Interfaces/KnownFunctions.h"
#include "sparsead/Interfaces/MemoryAccessOpInterface.h"
#include "sparsead/Rules/Rules.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace sparsead;

namespace {

std::string describe(Operation *op) {
  static const char *const kinds[] = {"none", "load", "store", "copy", "move", "fill", "allocate", "free", "address"};
  MemoryAccess a = memoryAccessOf(op);
  std::string text = kinds[a.kind];
  llvm::raw_string_ostream out(text);
  auto number = [&](const char *what, Value v) {
    if (auto argument = dyn_cast_or_null<BlockArgument>(v))
      out << ' ' << what << " %" << argument.getArgNumber();
  };
  number("at", a.pointer);
  number("from", a.source);
  number("value", a.value);
  number("length", a.length);
  if (a.bytes)
    out << " bytes " << *a.bytes;
  if (a.type)
    out << " of " << a.type;
  for (Value v : a.counts)
    number("times", v);
  out << (a.onStack ? " stack" : "") << (a.zeroed ? " zeroed" : "") << (a.special ? " special" : "");
  if (a.kind == MemoryAccess::Address) {
    AddressParts parts = cast<MemoryAccessOpInterface>(op).getAddressParts();
    number("base", parts.base);
    out << " + " << parts.offset;
    for (const AddressParts::Term &term : parts.terms) {
      number("+", term.index);
      out << " * " << term.stride;
    }
  }
  return text;
}

class MemoryAccessTest : public ::testing::Test {
protected:
  MemoryAccessTest() : context(registry()) { context.loadDialect<LLVM::LLVMDialect, func::FuncDialect>(); }
  static DialectRegistry registry() {
    DialectRegistry r;
    r.insert<LLVM::LLVMDialect, func::FuncDialect>();
    registerRules(r);
    return r;
  }

  /// The last operation but one of a function of (ptr %0, ptr %1, i64 %2, i32 %3, f64 %4, i8 %5).
  std::string of(const std::string &body, const std::string &others = "") {
    std::string text = others + "\nfunc.func @f(%0: !llvm.ptr, %1: !llvm.ptr, %2: i64, %3: i32, %4: f64, %5: i8) {\n" +
                       body + "\nreturn }";
    module = parseSourceString<ModuleOp>(text, ParserConfig(&context));
    if (!module)
      return "does not parse";
    return describe(module->lookupSymbol<func::FuncOp>("f").getBody().front().getTerminator()->getPrevNode());
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};

TEST_F(MemoryAccessTest, LoadsAndStores) {
  EXPECT_EQ(of("%x = llvm.load %0 : !llvm.ptr -> f64"), "load at %0 of f64");
  EXPECT_EQ(of("%x = llvm.load volatile %0 : !llvm.ptr -> f32"), "load at %0 of f32 special");
  EXPECT_EQ(of("llvm.store %4, %1 : f64, !llvm.ptr"), "store at %1 value %4 of f64");
  EXPECT_EQ(of("llvm.store %2, %1 atomic seq_cst {alignment = 8 : i64} : i64, !llvm.ptr"),
            "store at %1 value %2 of i64 special");
}

TEST_F(MemoryAccessTest, Transfers) {
  EXPECT_EQ(of("\"llvm.intr.memcpy\"(%0, %1, %2) <{isVolatile = false}> : (!llvm.ptr, !llvm.ptr, i64) -> ()"),
            "copy at %0 from %1 length %2");
  EXPECT_EQ(of("\"llvm.intr.memmove\"(%0, %1, %2) <{isVolatile = true}> : (!llvm.ptr, !llvm.ptr, i64) -> ()"),
            "move at %0 from %1 length %2 special");
  EXPECT_EQ(of("\"llvm.intr.memset\"(%0, %5, %2) <{isVolatile = false}> : (!llvm.ptr, i8, i64) -> ()"),
            "fill at %0 value %5 length %2");
  EXPECT_EQ(of("\"llvm.intr.memcpy.inline\"(%0, %1) <{isVolatile = false, len = 24 : i64}>"
               " : (!llvm.ptr, !llvm.ptr) -> ()"),
            "copy at %0 from %1 bytes 24");
}

TEST_F(MemoryAccessTest, Allocation) {
  const std::string malloc = "llvm.func @malloc(i64) -> !llvm.ptr", free = "llvm.func @free(!llvm.ptr)";
  EXPECT_EQ(of("%x = llvm.alloca %3 x f64 : (i32) -> !llvm.ptr"), "allocate of f64 times %3 stack");
  EXPECT_EQ(of("%x = llvm.call @malloc(%2) : (i64) -> !llvm.ptr", malloc), "allocate of i8 times %2");
  EXPECT_EQ(of("%x = llvm.call @calloc(%2, %2) : (i64, i64) -> !llvm.ptr", "llvm.func @calloc(i64, i64) -> !llvm.ptr"),
            "allocate of i8 times %2 times %2 zeroed");
  EXPECT_EQ(of("llvm.call @free(%1) : (!llvm.ptr) -> ()", free), "free at %1");
  EXPECT_EQ(of("func.call @free(%1) : (!llvm.ptr) -> ()", "func.func private @free(!llvm.ptr)"), "free at %1");
  // Not the library's: the user's own has a body, another signature, another name, or is not known.
  EXPECT_EQ(of("func.call @free(%1) : (!llvm.ptr) -> ()", "func.func @free(%p: !llvm.ptr) {\nreturn }"), "none");
  EXPECT_EQ(of("llvm.call @malloc() : () -> ()", "llvm.func @malloc()"), "none");
  EXPECT_EQ(of("llvm.call @release(%1) : (!llvm.ptr) -> ()", "llvm.func @release(!llvm.ptr)"), "none");
  EXPECT_EQ(of("llvm.call %1(%0) : !llvm.ptr, (!llvm.ptr) -> ()"), "none");
}

TEST_F(MemoryAccessTest, Addresses) {
  EXPECT_EQ(of("%x = llvm.getelementptr %0[%2] : (!llvm.ptr, i64) -> !llvm.ptr, f64"), "address base %0 + 0 + %2 * 8");
  // An index that is a constant operand counts as known.
  EXPECT_EQ(of("%c = llvm.mlir.constant(3 : i64) : i64\n"
               "%x = llvm.getelementptr %1[%c] : (!llvm.ptr, i64) -> !llvm.ptr, i32"),
            "address base %1 + 12");
  // Fields are aligned, elements padded; packed ones are not.
  const std::string nested = "!llvm.struct<(i8, f64, array<4 x struct<(f32, f64)>>)>";
  EXPECT_EQ(of("%x = llvm.getelementptr %0[%2, 2, %3, 1] : (!llvm.ptr, i64, i32) -> !llvm.ptr, " + nested),
            "address base %0 + 24 + %2 * 80 + %3 * 16");
  EXPECT_EQ(of("%x = llvm.getelementptr %0[-1, 1] : (!llvm.ptr) -> !llvm.ptr, !llvm.struct<packed (i8, f64)>"),
            "address base %0 + -8");
}

TEST_F(MemoryAccessTest, KnownFunctions) {
  EXPECT_EQ(knownFunction("_Znwm"), KnownFunction::Allocate);
  EXPECT_EQ(knownFunction("_ZdaPvm"), KnownFunction::Release);
  EXPECT_EQ(knownFunction("printf"), KnownFunction::Output);
  EXPECT_EQ(knownFunction("_ZNSolsEd"), KnownFunction::StreamOutput);
  EXPECT_EQ(knownFunction("realloc"), KnownFunction::None);
  EXPECT_EQ(knownFunction(""), KnownFunction::None);
}

} // namespace
