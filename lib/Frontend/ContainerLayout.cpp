//===- ContainerLayout.cpp - Classes that know their size -----------------===//
//
// Found from the record layout, so that the containers' own code is not needed:
// libstdc++, libc++ and Microsoft's names are known for the standard library.
//
//===----------------------------------------------------------------------===//

#include "sparsead/Frontend/SpecificationResolver.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/RecordLayout.h"

using namespace clang;
using llvm::StringRef;

namespace sparsead::spec {

Program Count::program(ASTContext &context, const Program &address) const {
  switch (kind) {
  case Fixed:
    return Program::constant(value);
  case Field:
    return address.offset(offset).load(context, type);
  case Difference: {
    Program bytes = *Program::binary('-', address.offset(end).loadPointer(), address.offset(offset).loadPointer());
    return *Program::binary('/', bytes, Program::constant(value));
  }
  }
  llvm_unreachable("unknown count");
}

bool Container::hasFixedSize() const {
  for (const Count &count : counts)
    if (count.kind != Count::Fixed)
      return false;
  return true;
}

std::optional<Program> Container::size(ASTContext &context, const Program &address) const {
  std::optional<Program> product;
  for (const Count &count : counts) {
    Program factor = count.program(context, address);
    if (!product || product->constantValue() == 1)
      product = factor;
    else if (factor.constantValue() != 1)
      product = Program::binary('*', *product, factor);
    if (!product)
      return std::nullopt;
  }
  return product;
}

namespace {

/// A field of a record or of its bases and member records.
struct FoundField {
  QualType type;
  int64_t offset = 0;
};

class Layout {
public:
  Layout(const Scope &scope) : scope(scope), context(scope.context) {}

  std::optional<Container> describe(QualType type, unsigned depth = 0);

private:
  using Arguments = ArrayRef<TemplateArgument>;

  std::optional<Container> standard(QualType type, const RecordDecl *record, StringRef name, Arguments arguments);
  std::optional<Container> span(const RecordDecl *record, Arguments arguments);
  std::optional<Container> eigen(const RecordDecl *record, StringRef name, Arguments arguments);
  /// First of `names` among the fields, their records' fields and the bases'.
  std::optional<FoundField> find(const RecordDecl *record, ArrayRef<StringRef> names, int64_t at = 0);
  void scalars(const RecordDecl *record, int64_t at, SmallVectorImpl<FoundField> &result);
  std::optional<int64_t> sizeOf(QualType type) {
    if (type->isIncompleteType() && !scope.complete(type))
      return std::nullopt;
    return context.getTypeSizeInChars(type).getQuantity();
  }
  bool difference(Container &result, const RecordDecl *record, ArrayRef<StringRef> begin, ArrayRef<StringRef> end);

  const Scope &scope;
  ASTContext &context;
};

} // namespace

/// Calls `visit(record type, offset)` for bases and `visit(field, offset)`.
template <typename Base, typename Field>
static void visitParts(ASTContext &context, const RecordDecl *record, int64_t at, Base base, Field field) {
  const ASTRecordLayout &layout = context.getASTRecordLayout(record);
  if (const auto *derived = dyn_cast<CXXRecordDecl>(record))
    for (const CXXBaseSpecifier &specifier : derived->bases()) {
      const CXXRecordDecl *parent = specifier.getType()->getAsCXXRecordDecl();
      if (parent && !specifier.isVirtual())
        base(specifier.getType(), at + layout.getBaseClassOffset(parent).getQuantity());
    }
  for (const FieldDecl *f : record->fields())
    if (!f->isBitField())
      field(f, at + int64_t(layout.getFieldOffset(f->getFieldIndex()) / context.getCharWidth()));
}

std::optional<FoundField> Layout::find(const RecordDecl *record, ArrayRef<StringRef> names, int64_t at) {
  std::optional<FoundField> result;
  auto descend = [&](QualType type, int64_t offset) {
    if (result)
      return;
    if (const RecordDecl *inner = scope.complete(type))
      result = find(inner, names, offset);
  };
  visitParts(context, record, at, descend, [&](const FieldDecl *field, int64_t offset) {
    if (!result && field->getIdentifier() && llvm::is_contained(names, field->getName()))
      result = FoundField{field->getType(), offset};
  });
  if (!result)
    visitParts(
        context, record, at, [](QualType, int64_t) {},
        [&](const FieldDecl *field, int64_t offset) { descend(field->getType(), offset); });
  return result;
}

void Layout::scalars(const RecordDecl *record, int64_t at, SmallVectorImpl<FoundField> &result) {
  auto descend = [&](QualType type, int64_t offset) {
    if (const RecordDecl *inner = scope.complete(type))
      scalars(inner, offset, result);
  };
  visitParts(context, record, at, descend, [&](const FieldDecl *field, int64_t offset) {
    if (field->getType()->isRecordType())
      descend(field->getType(), offset);
    else
      result.push_back({field->getType(), offset});
  });
}

bool Layout::difference(Container &result, const RecordDecl *record, ArrayRef<StringRef> begin,
                        ArrayRef<StringRef> end) {
  std::optional<FoundField> first = find(record, begin), last = find(record, end);
  if (!first || !last || !first->type->isPointerType() || !last->type->isPointerType())
    return false;
  result.element = first->type->getPointeeType();
  std::optional<int64_t> size = sizeOf(result.element);
  if (!size || *size == 0)
    return false;
  result.dataOffset = first->offset;
  result.indirect = true;
  Count count;
  count.kind = Count::Difference;
  count.offset = first->offset;
  count.end = last->offset;
  count.value = *size;
  result.counts.push_back(count);
  return true;
}

static std::optional<int64_t> integral(ArrayRef<TemplateArgument> arguments, unsigned index) {
  if (index >= arguments.size() || arguments[index].getKind() != TemplateArgument::Integral)
    return std::nullopt;
  return arguments[index].getAsIntegral().tryExtValue();
}

static Count fixedCount(int64_t value) {
  Count count;
  count.value = value;
  return count;
}

static Count fieldCount(const FoundField &field) {
  Count count;
  count.kind = Count::Field;
  count.offset = field.offset;
  count.type = field.type;
  return count;
}

/// A class that holds one pointer and at most one integer.
std::optional<Container> Layout::span(const RecordDecl *record, Arguments arguments) {
  SmallVector<FoundField> fields;
  scalars(record, 0, fields);
  std::optional<FoundField> pointer, count;
  for (const FoundField &field : fields) {
    bool isPointer = field.type->isPointerType();
    if (!isPointer && !isExtentInteger(context, field.type))
      return std::nullopt;
    std::optional<FoundField> &slot = isPointer ? pointer : count;
    if (slot)
      return std::nullopt;
    slot = field;
  }
  std::optional<int64_t> extent = integral(arguments, 1);
  if (!pointer || (!count && (!extent || *extent < 0)) || !sizeOf(pointer->type->getPointeeType()))
    return std::nullopt;
  Container result;
  result.element = pointer->type->getPointeeType();
  result.dataOffset = pointer->offset;
  result.indirect = true;
  result.counts.push_back(count ? fieldCount(*count) : fixedCount(*extent));
  return result;
}

std::optional<Container> Layout::standard(QualType type, const RecordDecl *record, StringRef name,
                                          Arguments arguments) {
  Container result;
  result.deepConst = true;
  if (name == "array") {
    std::optional<int64_t> extent = integral(arguments, 1);
    if (!extent || arguments[0].getKind() != TemplateArgument::Type)
      return std::nullopt;
    result.element = arguments[0].getAsType();
    result.counts.push_back(fixedCount(*extent));
    return result;
  }
  if (name == "vector") {
    if (difference(result, record, {"_M_start", "__begin_", "_Myfirst"}, {"_M_finish", "__end_", "_Mylast"}))
      return result;
    return std::nullopt;
  }
  if (name == "valarray" || name == "initializer_list") {
    result.deepConst = name == "valarray";
    if (difference(result, record, {"__begin_"}, {"__end_"}))
      return result;
    return span(record, {});
  }
  return std::nullopt;
}

/// Does an Eigen stride type (Stride<Outer, Inner> or a class derived from it)
/// say that all elements are adjacent?
static bool isContiguous(QualType stride, bool isVector) {
  const auto *record = dyn_cast_or_null<ClassTemplateSpecializationDecl>(stride->getAsCXXRecordDecl());
  if (!record)
    return false;
  ArrayRef<TemplateArgument> arguments = record->getTemplateArgs().asArray();
  StringRef name = record->getName();
  std::optional<int64_t> outer = 0, inner = 0;
  if (name == "Stride") {
    outer = integral(arguments, 0);
    inner = integral(arguments, 1);
  } else if (name == "InnerStride") {
    inner = integral(arguments, 0);
  } else if (name == "OuterStride") {
    outer = integral(arguments, 0);
  } else {
    return false;
  }
  return outer && inner && (*inner == 0 || *inner == 1) && (*outer == 0 || isVector);
}

std::optional<Container> Layout::eigen(const RecordDecl *record, StringRef name, Arguments arguments) {
  Container result;
  bool isView = name == "Map" || name == "Ref";
  Arguments shape = arguments;
  if (isView) {
    if (arguments.size() < 3 || arguments[0].getKind() != TemplateArgument::Type ||
        arguments[2].getKind() != TemplateArgument::Type)
      return std::nullopt;
    const auto *plain =
        dyn_cast_or_null<ClassTemplateSpecializationDecl>(arguments[0].getAsType()->getAsCXXRecordDecl());
    if (!plain)
      return std::nullopt;
    shape = plain->getTemplateArgs().asArray();
  } else if (name != "Matrix" && name != "Array") {
    return std::nullopt;
  }
  std::optional<int64_t> extents[] = {integral(shape, 1), integral(shape, 2)};
  if (!extents[0] || !extents[1])
    return std::nullopt;
  bool isVector = *extents[0] == 1 || *extents[1] == 1;
  result.deepConst = !isView;
  if (isView)
    result.strided = !isContiguous(arguments[2].getAsType(), isVector);

  std::optional<FoundField> data = find(record, {"m_data"});
  if (!data)
    return std::nullopt;
  result.dataOffset = data->offset;
  if (data->type->isPointerType()) {
    result.indirect = true;
    result.element = data->type->getPointeeType();
  } else {
    const RecordDecl *storage = scope.complete(data->type);
    std::optional<FoundField> array;
    if (storage)
      array = find(storage, {"array"});
    const ArrayType *type = array ? context.getAsArrayType(array->type) : nullptr;
    if (!type)
      return std::nullopt;
    result.dataOffset += array->offset;
    result.element = type->getElementType();
  }
  static const StringRef fields[] = {"m_rows", "m_cols"};
  for (int axis = 0; axis < 2; ++axis) {
    if (*extents[axis] >= 0) {
      result.counts.push_back(fixedCount(*extents[axis]));
      continue;
    }
    std::optional<FoundField> count = find(record, {fields[axis]});
    if (count && count->type->isRecordType()) {
      // variable_if_dynamic
      const RecordDecl *holder = scope.complete(count->type);
      std::optional<FoundField> value;
      if (holder)
        value = find(holder, {"m_value"}, count->offset);
      count = value;
    }
    if (!count || !isExtentInteger(context, count->type))
      return std::nullopt;
    result.counts.push_back(fieldCount(*count));
  }
  return result;
}

std::optional<Container> Layout::describe(QualType type, unsigned depth) {
  const auto *record = dyn_cast_or_null<CXXRecordDecl>(scope.complete(type));
  if (!record || depth > 8)
    return std::nullopt;
  std::optional<Container> result;
  if (const auto *special = dyn_cast<ClassTemplateSpecializationDecl>(record)) {
    Arguments arguments = special->getTemplateArgs().asArray();
    const NamespaceDecl *outer = nullptr;
    for (const DeclContext *parent = special->getDeclContext(); parent; parent = parent->getParent())
      if (const auto *space = dyn_cast<NamespaceDecl>(parent))
        outer = space;
    StringRef name = special->getName();
    if (special->isInStdNamespace())
      result = standard(type, record, name, arguments);
    else if (outer && outer->getName() == "Eigen")
      result = eigen(record, name, arguments);
    if (!result && (name == "span" || name == "Span"))
      result = span(record, arguments);
  }
  if (result)
    return result;
  // A class derived from one of these.
  const ASTRecordLayout &layout = context.getASTRecordLayout(record);
  for (const CXXBaseSpecifier &base : record->bases()) {
    const CXXRecordDecl *parent = base.getType()->getAsCXXRecordDecl();
    if (!parent || base.isVirtual())
      continue;
    result = describe(base.getType(), depth + 1);
    if (!result)
      continue;
    int64_t shift = layout.getBaseClassOffset(parent).getQuantity();
    result->dataOffset += shift;
    for (Count &count : result->counts) {
      count.offset += shift;
      count.end += shift;
    }
    return result;
  }
  return std::nullopt;
}

std::optional<Container> describeContainer(const Scope &scope, QualType type) {
  return Layout(scope).describe(type.getNonReferenceType());
}

} // namespace sparsead::spec
