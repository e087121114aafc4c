//===- Descriptor.cpp - jacobian_descriptor as an LLVM constant -----------===//
//
// The struct types below follow rt/abi.hpp member by member; natural alignment gives C's layout.
//
//===----------------------------------------------------------------------===//

#include "sparsead/Target/Descriptor.h"

#include "sparsead/rt/abi.hpp"
#include "llvm/IR/Constants.h"
#include "llvm/IR/DerivedTypes.h"
#include "llvm/IR/Module.h"

using namespace llvm;
using namespace sparsead;

namespace {

class Emitter {
public:
  explicit Emitter(Module &module) : module(module), context(module.getContext()) {}

  void emit(const JacobianDescriptor &descriptor);

private:
  Constant *build(const JacobianDescriptor &descriptor);
  Constant *i32(int64_t v) { return ConstantInt::get(Type::getInt32Ty(context), v, /*IsSigned=*/true); }
  Constant *i64(int64_t v) { return ConstantInt::get(Type::getInt64Ty(context), v, /*IsSigned=*/true); }
  Constant *null() { return ConstantPointerNull::get(PointerType::getUnqual(context)); }

  /// Address of a private constant.
  Constant *place(Constant *value) {
    auto *global = new GlobalVariable(module, value->getType(), /*isConstant=*/true, GlobalValue::PrivateLinkage, value,
                                      "sparsead.table");
    global->setUnnamedAddr(GlobalValue::UnnamedAddr::Global);
    return global;
  }
  Constant *text(StringRef s) { return place(ConstantDataArray::getString(context, s)); }
  Constant *array(ArrayRef<Constant *> values) {
    if (values.empty())
      return null();
    return place(ConstantArray::get(ArrayType::get(values.front()->getType(), values.size()), values));
  }
  Constant *record(ArrayRef<Constant *> values) { return ConstantStruct::getAnon(values); }

  Constant *program(ArrayRef<int64_t> words) {
    SmallVector<Constant *> values;
    for (int64_t w : words)
      values.push_back(i64(w));
    return array(values);
  }
  Constant *indices(ArrayRef<int32_t> list) {
    SmallVector<Constant *> values;
    for (int32_t v : list)
      values.push_back(i32(v));
    return array(values);
  }
  Constant *object(const JacobianDescriptor::Object &object);
  Constant *local(const JacobianDescriptor::Local &local);
  Constant *lattice(const JacobianDescriptor::Lattice &lattice);
  Constant *relation(const JacobianDescriptor::Relation &relation);
  Constant *function(StringRef name) {
    GlobalValue *value = name.empty() ? nullptr : module.getNamedValue(name);
    return value ? static_cast<Constant *>(value) : null();
  }

  Module &module;
  LLVMContext &context;
};

} // namespace

Constant *Emitter::object(const JacobianDescriptor::Object &object) {
  SmallVector<Constant *> steps, leaves;
  for (const JacobianDescriptor::Step &step : object.steps)
    steps.push_back(record({i32(step.kind), i32(0), i64(step.bytes), program(step.lower), program(step.upper),
                            step.text.empty() ? null() : text(step.text)}));
  for (auto [offset, bytes] : object.leaves)
    leaves.push_back(record({i64(offset), i32(bytes), i32(0)}));
  return record({text(object.name), i32(object.roles), i32(object.argument), i32(object.flags), i32(steps.size()),
                 i32(leaves.size()), i32(0), array(steps), array(leaves)});
}

Constant *Emitter::local(const JacobianDescriptor::Local &local) {
  SmallVector<Constant *> sites;
  for (const JacobianDescriptor::Local::Site &site : local.sites) {
    assert(site.offsets.empty() || site.offsets.size() == static_cast<size_t>(site.slots));
    sites.push_back(record({i32(site.kind), i32(site.slots), i32(site.loop), i32(site.stride), indices(site.offsets),
                            indices(site.sources), i32(site.partials), i32(0)}));
  }
  return place(record({i32(local.width), i32(local.shadows), i32(local.sites.size()), i32(local.loops), array(sites),
                       function(local.function), function(local.valuesOnly), function(local.structure)}));
}

Constant *Emitter::lattice(const JacobianDescriptor::Lattice &lattice) {
  SmallVector<Constant *> sizes, groups;
  for (const std::vector<int64_t> &words : lattice.sizes)
    sizes.push_back(program(words));
  for (const JacobianDescriptor::Lattice::Group &group : lattice.groups) {
    SmallVector<Constant *> conflicts;
    for (const JacobianDescriptor::Lattice::Conflict &c : group.conflicts)
      conflicts.push_back(record({i32(c.a), i32(c.b), program(c.difference)}));
    groups.push_back(record({i32(group.blocks.size()), i32(group.indices), i32(group.colors),
                             i32(group.conflicts.size()), indices(group.blocks), program(group.factors),
                             program(group.shifts), program(group.extents), array(conflicts)}));
  }
  return place(record({i32(lattice.sizes.size()), i32(lattice.groups.size()), array(sizes), array(groups)}));
}

Constant *Emitter::relation(const JacobianDescriptor::Relation &relation) {
  SmallVector<Constant *> pieces, sizes;
  for (const std::vector<int64_t> &words : relation.sizes)
    sizes.push_back(program(words));
  for (const JacobianDescriptor::Relation::Piece &piece : relation.pieces) {
    SmallVector<Constant *> places;
    for (const std::string &at : piece.places)
      places.push_back(text(at));
    pieces.push_back(
        record({i32(piece.output), i32(piece.input), i32(piece.indicesOut), i32(piece.indicesIn), i32(piece.unknowns),
                i32(piece.equal), i32(piece.atLeast), i32(places.size()), program(piece.conditions),
                program(piece.extentsOut), program(piece.extentsIn), array(places)}));
  }
  return place(record({i32(relation.sizes.size()), i32(relation.pieces.size()), i32(relation.exact), i32(0),
                       array(sizes), array(pieces)}));
}

Constant *Emitter::build(const JacobianDescriptor &d) {
  SmallVector<Constant *> objects, names, sizes, kernels;
  for (const JacobianDescriptor::Object &o : d.objects)
    objects.push_back(object(o));
  for (const JacobianDescriptor::Argument &argument : d.arguments) {
    names.push_back(text(argument.name));
    sizes.push_back(i64(argument.size));
  }
  for (const auto &[width, symbol] : d.kernels)
    kernels.push_back(record({i32(width), i32(0), function(symbol)}));

  Constant *value = record({
      i32(abi::version),
      i32(sizeof(abi::jacobian_descriptor)),
      text(d.function),
      text(d.specification),
      i64(d.fingerprint),
      i32(d.arguments.size()),
      i32(d.objects.size()),
      i32(d.inputs.size()),
      i32(d.outputs.size()),
      array(objects),
      indices(d.inputs),
      indices(d.outputs),
      array(names),
      array(sizes),
      i64(d.resultSize),
      i32(d.mode),
      i32(d.order),
      i32(d.patternLocal),
      i32(d.kernels.size()),
      array(kernels),
      function(d.inspector),
      function(d.recorder),
      d.local ? local(*d.local) : null(),
      d.lattice ? lattice(*d.lattice) : null(),
      function(d.adjoint),
      d.relation ? relation(*d.relation) : null(),
      d.ofGradient ? place(build(*d.ofGradient)) : null(),
  });
  assert(module.getDataLayout().getTypeAllocSize(value->getType()) == sizeof(abi::jacobian_descriptor));
  return value;
}

void Emitter::emit(const JacobianDescriptor &d) {
  Constant *value = build(d);
  for (const std::string &symbol : d.symbols)
    new GlobalVariable(module, value->getType(), /*isConstant=*/true, GlobalValue::ExternalLinkage, value, symbol);
}

void sparsead::emitDescriptor(Module &module, const JacobianDescriptor &descriptor) {
  Emitter(module).emit(descriptor);
}
