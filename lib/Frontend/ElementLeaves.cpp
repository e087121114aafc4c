//===- ElementLeaves.cpp - Floating-point members of an element -----------===//

#include "sparsead/Frontend/Attributes.h"
#include "sparsead/Frontend/SpecificationResolver.h"
#include "clang/AST/RecordLayout.h"

using namespace clang;

namespace sparsead::spec {

/// More leaves than this in one element are a table in a structure, which
/// should be named as a member of its own.
static constexpr size_t maxLeaves = 1 << 16;

namespace {
class LeafCollector {
public:
  LeafCollector(const Scope &scope, std::vector<std::pair<int64_t, int>> &leaves, std::string &problem)
      : scope(scope), context(scope.context), leaves(leaves), problem(problem) {}
  bool collect(QualType type, int64_t offset);

private:
  bool record(const RecordDecl *decl, QualType type, int64_t offset);
  /// Refuses members that hold floating-point numbers at no fixed place.
  bool refuseIfActive(QualType type, const std::string &why);
  bool fail(std::string message) {
    problem = std::move(message);
    return false;
  }

  const Scope &scope;
  ASTContext &context;
  std::vector<std::pair<int64_t, int>> &leaves;
  std::string &problem;
};
} // namespace

bool LeafCollector::refuseIfActive(QualType type, const std::string &why) {
  std::vector<std::pair<int64_t, int>> inside;
  std::string ignored;
  if (!LeafCollector(scope, inside, ignored).collect(type, 0) || !inside.empty())
    return fail(why);
  return true;
}

bool LeafCollector::collect(QualType type, int64_t offset) {
  type = type.getCanonicalType().getUnqualifiedType();
  if (const auto *atomic = type->getAs<AtomicType>())
    return refuseIfActive(atomic->getValueType(), scope.quoted(type) + " is atomic");
  if (type->isRealFloatingType()) {
    if (!type->isSpecificBuiltinType(BuiltinType::Double) && !type->isSpecificBuiltinType(BuiltinType::Float))
      return fail("type " + scope.quoted(type) + " is not supported, only 'double' and 'float' are");
    if (leaves.size() >= maxLeaves)
      return fail("an element has more than " + std::to_string(maxLeaves) +
                  " floating-point members; name the members that are active");
    leaves.push_back({offset, int(context.getTypeSizeInChars(type).getQuantity())});
    return true;
  }
  if (const auto *complex = type->getAs<ComplexType>()) {
    QualType part = complex->getElementType();
    return collect(part, offset) && collect(part, offset + context.getTypeSizeInChars(part).getQuantity());
  }
  if (const auto *vector = type->getAs<VectorType>()) {
    QualType lane = vector->getElementType();
    if (!lane->isRealFloatingType())
      return true;
    for (unsigned i = 0; i < vector->getNumElements(); ++i)
      if (!collect(lane, offset + i * context.getTypeSizeInChars(lane).getQuantity()))
        return false;
    return true;
  }
  if (const ConstantArrayType *array = context.getAsConstantArrayType(type)) {
    QualType element = array->getElementType();
    int64_t stride = context.getTypeSizeInChars(element).getQuantity();
    size_t before = leaves.size();
    for (uint64_t i = 0; i < array->getZExtSize(); ++i) {
      if (!collect(element, offset + int64_t(i) * stride))
        return false;
      // Nothing in one element: nothing in the others.
      if (leaves.size() == before)
        break;
    }
    return true;
  }
  if (const RecordDecl *decl = scope.complete(type))
    return record(decl, type, offset);
  if (type->isRecordType())
    return fail(scope.quoted(type) + " is incomplete here");
  return true;
}

bool LeafCollector::record(const RecordDecl *decl, QualType type, int64_t offset) {
  const ASTRecordLayout &layout = context.getASTRecordLayout(decl);
  if (decl->isUnion()) {
    for (const FieldDecl *field : decl->fields())
      if (!refuseIfActive(field->getType(),
                          "floating-point members of a union (" + scope.quoted(type) + ") are not supported"))
        return false;
    return true;
  }
  if (const auto *derived = dyn_cast<CXXRecordDecl>(decl))
    for (const CXXBaseSpecifier &base : derived->bases()) {
      const CXXRecordDecl *parent = base.getType()->getAsCXXRecordDecl();
      if (base.isVirtual()) {
        if (!refuseIfActive(base.getType(), "floating-point members of a virtual base (" +
                                                scope.quoted(base.getType()) + ") are not supported"))
          return false;
      } else if (parent && !collect(base.getType(), offset + layout.getBaseClassOffset(parent).getQuantity())) {
        return false;
      }
    }
  for (const FieldDecl *field : decl->fields()) {
    if (field->isBitField() || isInactive(field))
      continue;
    if (!collect(field->getType(),
                 offset + int64_t(layout.getFieldOffset(field->getFieldIndex()) / context.getCharWidth())))
      return false;
  }
  return true;
}

bool collectLeaves(const Scope &scope, QualType type, int64_t offset, std::vector<std::pair<int64_t, int>> &leaves,
                   std::string &problem) {
  return LeafCollector(scope, leaves, problem).collect(type, offset);
}

} // namespace sparsead::spec
