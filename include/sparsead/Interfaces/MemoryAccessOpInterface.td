//===- MemoryAccessOpInterface.td - what operations do to memory -*- tablegen -*-===//
//
// What the analysis, the tangent and the inspector know of memory. An operation of another dialect takes part through
// an external model (lib/Rules/Memory.cpp).
//
//===----------------------------------------------------------------------===//

#ifndef SPARSEAD_INTERFACES_MEMORYACCESSOPINTERFACE_TD
#define SPARSEAD_INTERFACES_MEMORYACCESSOPINTERFACE_TD

include "mlir/IR/OpBase.td"

def MemoryAccessOpInterface : OpInterface<"MemoryAccessOpInterface"> {
  let cppNamespace = "::sparsead";
  let description = [{
    What an operation does to memory behind pointers: one access of one kind
    (`MemoryAccess`). A shadow (tangents, marks) repeats the access of its primal
    in shadow memory, so this is all that derivatives ask about memory.

    Calls have a model too: of functions of the C and C++ library that allocate
    and release memory. Any other call is `MemoryAccess::None`.
  }];

  let methods = [
    InterfaceMethod<[{
      The access, with the fields that its kind has.
    }], "::sparsead::MemoryAccess", "getMemoryAccess", (ins)>,

    InterfaceMethod<[{
      For an access of kind `Address`: the result as base, constant offset and
      strided indices, in bytes. Indices with known values are part of the
      constant.
    }], "::sparsead::AddressParts", "getAddressParts", (ins), "", [{
      llvm_unreachable("not an address computation");
    }]>
  ];
}

#endif // SPARSEAD_INTERFACES_MEMORYACCESSOPINTERFACE_TD
