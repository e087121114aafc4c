//===- PathResolver.cpp - From an item to the path to its elements --------===//

#include "sparsead/Frontend/Attributes.h"
#include "sparsead/Frontend/SpecificationResolver.h"

using namespace clang;
using llvm::StringRef;
using llvm::Twine;

namespace sparsead::spec {

namespace {

/// Follows an item from its parameter object to its elements.
class PathResolver {
public:
  PathResolver(const Scope &scope, Reporter &report, const Item &item, abi::role role)
      : scope(scope), context(scope.context), report(report), item(item), role(role) {}

  std::optional<ResolvedItem> resolve();

private:
  // Each step returns false after it has reported a mistake.
  bool start();
  bool startResult();
  bool member(const Suffix &suffix);
  bool field(const Member &found, StringRef memberName, size_t offset);
  bool indices(llvm::ArrayRef<const Suffix *> run);
  bool index(const Suffix &suffix, QualType element, int64_t stride, std::optional<int64_t> bound, bool flat,
             int64_t inner);
  bool impliedSizes();
  bool finish();
  bool checkWritable();
  bool failInactive(size_t offset, StringRef what, const Decl *declaration);

  bool fail(size_t offset, const Twine &message) {
    report.error(offset, message);
    return false;
  }

  void offsetBy(int64_t bytes) {
    if (hasAddress)
      address = address.offset(bytes);
    if (bytes == 0)
      return;
    if (!steps().empty() && steps().back().kind == abi::step_offset) {
      steps().back().bytes += bytes;
      return;
    }
    PathStep step;
    step.kind = abi::step_offset;
    step.bytes = bytes;
    steps().push_back(step);
  }
  void deref(int64_t bytes) {
    if (hasAddress)
      address = address.loadPointer();
    PathStep step;
    step.kind = abi::step_deref;
    step.bytes = bytes;
    steps().push_back(step);
    throughPointer = true;
  }
  void indexBy(int64_t stride, std::vector<int64_t> lower, std::vector<int64_t> upper, std::string text) {
    PathStep step;
    step.kind = abi::step_index;
    step.bytes = stride;
    step.lower = std::move(lower);
    step.upper = std::move(upper);
    step.text = std::move(text);
    steps().push_back(std::move(step));
    hasAddress = false;
  }
  /// Moves to the elements of a container; `type` becomes the element's.
  void enter(const Container &container) {
    isConst = (container.deepConst && isConst) || container.element.isConstQualified();
    offsetBy(container.dataOffset);
    // What an owner points to is part of its value.
    bool outside = throughPointer || !container.deepConst;
    if (container.indirect) {
      deref(0);
      throughPointer = outside;
    }
  }
  void setType(QualType newType) {
    type = newType;
    declaredArray = QualType();
  }
  bool hasIndex() {
    return llvm::any_of(steps(), [](const PathStep &step) { return step.kind == abi::step_index; });
  }
  std::vector<PathStep> &steps() { return result.object.steps; }
  const std::string &name() const { return result.object.name; }
  int64_t sizeOf(QualType t) const { return context.getTypeSizeInChars(t).getQuantity(); }
  /// Completes `t` (of an array, its element) or reports it as incomplete.
  bool requireComplete(QualType t, size_t offset) {
    QualType base = context.getBaseElementType(t);
    if (!base->isIncompleteType() || scope.complete(base))
      return true;
    return fail(offset, "'" + name() + "' points to " + scope.quoted(base) + ", which is incomplete here");
  }

  const Scope &scope;
  ASTContext &context;
  Reporter &report;
  const Item &item;
  abi::role role;

  ResolvedItem result;
  /// What stands at the current address.
  QualType type;
  /// The array type a pointer parameter is written as, `double u[4][8]`.
  QualType declaredArray;
  bool isConst = false;
  bool throughPointer = false;
  bool byValue = false;
  bool indexed = false;
  /// A program for the current address, as long as no index step was taken.
  Program address;
  bool hasAddress = true;
};

} // namespace

static const char *describeRole(abi::role role) {
  switch (role) {
  case abi::role_input:
    return "an input";
  case abi::role_output:
    return "an output";
  case abi::role_work:
    return "a work array";
  }
  llvm_unreachable("unknown role");
}

bool PathResolver::failInactive(size_t offset, StringRef what, const Decl *declaration) {
  report.error(offset, "'" + what + "' cannot be " + describeRole(role) + ": it is marked SPARSEAD_INACTIVE");
  report.note(declaration->getLocation(), "declared here: take the mark away, or the item");
  return false;
}

bool PathResolver::startResult() {
  if (role != abi::role_output)
    return fail(item.offset, Twine("'return' cannot be ") + describeRole(role));
  QualType returned = scope.function->getReturnType();
  if (returned->isVoidType())
    return fail(item.offset, "'return' is an output, but '" + scope.functionName() + "' returns nothing");
  if (returned->isReferenceType() || returned->isPointerType())
    return fail(item.offset, "'return' is an output, but '" + scope.functionName() + "' returns " +
                                 scope.quoted(returned) + ", not a value");
  result.object.argument = -1;
  setType(returned);
  hasAddress = false;
  return true;
}

bool PathResolver::start() {
  if (item.base == Item::Return)
    return startResult();
  if (item.base == Item::This) {
    if (!scope.hasThis())
      return fail(item.offset,
                  "'this' is named, but '" + scope.functionName() + "' is not a non-static member function");
    result.object.argument = 0;
    address = Program::argument(0);
    isConst = scope.thisIsConst();
    setType(context.getCanonicalTagType(scope.thisRecord()));
    return true;
  }
  unsigned index = 0;
  if (const ParmVarDecl *parameter = scope.parameter(item.name, index)) {
    if (isInactive(parameter))
      return failInactive(item.offset, item.name, parameter);
    result.object.argument = scope.argumentIndex(index);
    address = Program::argument(result.object.argument);
    QualType declared = parameter->getType();
    byValue = !declared->isReferenceType();
    declared = declared.getNonReferenceType();
    isConst = declared.isConstQualified();
    setType(declared);
    if (type->isPointerType() && byValue) {
      QualType original = parameter->getOriginalType();
      if (const auto *decayed = original->getAs<DecayedType>())
        original = decayed->getOriginalType();
      if (context.getAsConstantArrayType(original))
        declaredArray = original;
    }
    return true;
  }
  std::optional<Member> found;
  if (const CXXRecordDecl *record = scope.thisRecord())
    found = record->isLambda() ? scope.findCapture(item.name) : scope.findMember(record, item.name);
  if (found && found->field) {
    result.object.argument = 0;
    address = Program::argument(0);
    isConst = scope.thisIsConst();
    return field(*found, item.name, item.offset);
  }
  if (found)
    return fail(item.offset, "'" + item.name +
                                 "' is not a data member of an "
                                 "object: static members cannot be active");
  std::string message = "'" + item.name + "' is not a parameter of '" + scope.functionName() + "'";
  llvm::SmallVector<const NamedDecl *> candidates = scope.parameters();
  if (const CXXRecordDecl *record = scope.thisRecord()) {
    if (!record->isLambda())
      message += " or a member of '" + record->getNameAsString() + "'";
    candidates.append(scope.fields(record));
  }
  report.error(item.offset, message);
  report.suggest(item.name, candidates);
  return false;
}

bool PathResolver::member(const Suffix &suffix) {
  // `this->u`: the path starts at the object.
  bool afterThis = item.base == Item::This && &suffix == &item.suffixes[0];
  if (afterThis && !suffix.arrow)
    return fail(suffix.offset, "'this' is a pointer; use '->'");
  if (!afterThis && suffix.arrow && !type->isPointerType())
    return fail(suffix.offset, "'" + name() + "' is not a pointer; use '.'");
  if (!afterThis && !suffix.arrow && type->isPointerType())
    return fail(suffix.offset, "'" + name() + "' is a pointer; use '->'");
  if (suffix.arrow && !afterThis) {
    QualType pointee = type->getPointeeType();
    if (!requireComplete(pointee, suffix.offset))
      return false;
    deref(pointee->isVoidType() ? 0 : sizeOf(pointee));
    isConst = pointee.isConstQualified();
    setType(pointee);
  }
  const RecordDecl *record = scope.complete(type);
  if (!record)
    return fail(suffix.offset, "'" + name() + "' has type " + scope.quoted(type) + ", not a class");
  std::optional<Member> found = scope.findMember(record, suffix.name);
  if (!found) {
    report.error(suffix.offset, "no member '" + suffix.name + "' in " + scope.quoted(type.getUnqualifiedType()));
    report.suggest(suffix.name, scope.fields(record));
    return false;
  }
  if (!found->field)
    return fail(suffix.offset, "'" + suffix.name +
                                   "' is not a data member of "
                                   "an object: static members cannot be active");
  return field(*found, (suffix.arrow ? "->" : ".") + suffix.name, suffix.offset);
}

/// Moves to a field of the current object. `memberName` is as written.
bool PathResolver::field(const Member &found, StringRef memberName, size_t offset) {
  result.object.name += memberName;
  result.chain.push_back(found.field->getNameAsString());
  if (isInactive(found.field))
    return failInactive(offset, name(), found.field);
  if (found.virtualBase)
    return fail(offset, "'" + name() + "' lies in a virtual base");
  if (found.field->isBitField())
    return fail(offset, "'" + name() + "' is a bit-field");
  offsetBy(found.offset);
  QualType fieldType = found.field->getType();
  if (fieldType->isReferenceType()) {
    fieldType = fieldType.getNonReferenceType();
    if (!requireComplete(fieldType, offset))
      return false;
    deref(sizeOf(fieldType));
    isConst = fieldType.isConstQualified();
  } else {
    isConst = (isConst && !found.field->isMutable()) || fieldType.isConstQualified();
  }
  setType(fieldType);
  return true;
}

/// One index step over elements of type `element`. `bound` is the declared
/// number of elements, if any. `flat`: the extent counts the scalars of an
/// array of arrays whose rows have `inner` of them.
bool PathResolver::index(const Suffix &suffix, QualType element, int64_t stride, std::optional<int64_t> bound,
                         bool flat, int64_t inner) {
  const Extent &extent = suffix.extent;
  ExtentCompiler compiler(scope, report);
  std::vector<int64_t> lower;
  std::optional<int64_t> from = 0;
  if (extent.lower) {
    std::optional<Program> program = compiler.compile(*extent.lower, name());
    if (!program)
      return false;
    from = program->constantValue();
    if (from != 0)
      lower = program->words();
  }
  std::optional<Program> upper = compiler.compile(*extent.upper, name());
  if (!upper)
    return false;
  std::optional<int64_t> to = upper->constantValue();
  if (!extent.lower && to && *to < 0)
    return fail(extent.offset, "the extent of '" + name() + "' is negative (" + Twine(*to) + ")");
  if (from && to && *to < *from)
    return fail(extent.offset,
                "the extent of '" + name() + "' ends at " + Twine(*to) + " before it begins at " + Twine(*from));
  if (flat && to && from && (bound ? *to - *from != *bound : (*to - *from) % inner != 0)) {
    report.error(suffix.offset, "too few indices for '" + name() +
                                    "': it is an array of arrays, and a single index counts "
                                    "all of its elements");
    return false;
  }
  if (bound && ((to && *to > *bound) || (from && *from < 0)))
    return fail(extent.offset, "the extent of '" + name() + "' exceeds its " + Twine(*bound) +
                                   (*bound == 1 ? " element" : " elements"));
  // A single element has a known address: `v[1]` for the object `v` points to.
  bool isSingle = hasAddress && from && to && *to - *from == 1;
  indexBy(stride, std::move(lower), upper->words(), extent.text);
  if (isSingle) {
    hasAddress = true;
    address = address.offset(*from * stride);
  }
  isConst |= context.getBaseElementType(element).isConstQualified();
  indexed = true;
  setType(element);
  return true;
}

/// Applies consecutive indices: one for each pointer, array or container, or
/// one for all dimensions of an array of arrays.
bool PathResolver::indices(llvm::ArrayRef<const Suffix *> run) {
  for (size_t i = 0; i < run.size(); ++i) {
    const Suffix &suffix = *run[i];
    QualType element;
    std::optional<int64_t> bound;
    if (type->isPointerType()) {
      element = type->getPointeeType();
      if (const ConstantArrayType *array =
              declaredArray.isNull() ? nullptr : context.getAsConstantArrayType(declaredArray))
        bound = int64_t(array->getZExtSize());
      if (!requireComplete(element, suffix.offset))
        return false;
      deref(0);
      isConst = context.getBaseElementType(element).isConstQualified();
    } else if (const ConstantArrayType *array = context.getAsConstantArrayType(type)) {
      element = array->getElementType();
      bound = int64_t(array->getZExtSize());
    } else if (std::optional<Container> container = describeContainer(scope, type)) {
      if (container->strided)
        return fail(suffix.offset,
                    "the elements of '" + name() + "' may be strided: " + scope.quoted(type) + " cannot be active");
      if (!requireComplete(container->element, suffix.offset))
        return false;
      if (container->hasFixedSize())
        bound = container->size(context, Program())->constantValue();
      enter(*container);
      element = container->element;
    } else {
      return fail(suffix.offset, indexed ? "too many indices for '" + name() + "'"
                                         : "'" + name() + "' has type " + scope.quoted(type) + " and takes no index");
    }
    if (element->isVoidType() || element->isFunctionType())
      return fail(item.offset, "'" + name() + "' points to " + scope.quoted(element) + ", which has no elements");
    // The fixed dimensions inside.
    QualType innermost = element;
    int64_t inner = 1;
    size_t rank = 1;
    while (const ConstantArrayType *array = context.getAsConstantArrayType(innermost)) {
      innermost = array->getElementType();
      inner *= int64_t(array->getZExtSize());
      ++rank;
    }
    size_t given = run.size() - i;
    if (rank > 1 && given < rank) {
      if (given > 1 || inner == 0)
        return fail(run.back()->offset, "too few indices for '" + name() + "': it has " + Twine(rank) + " dimensions");
      std::optional<int64_t> total;
      if (bound)
        total = *bound * inner;
      if (!index(suffix, innermost, sizeOf(innermost), total, /*flat=*/true, inner))
        return false;
      continue;
    }
    if (!index(suffix, element, sizeOf(element), bound, /*flat=*/false, 1))
      return false;
  }
  return true;
}

/// Dimensions that need no index: fixed arrays and containers.
bool PathResolver::impliedSizes() {
  while (true) {
    if (!declaredArray.isNull()) {
      const ConstantArrayType *array = context.getAsConstantArrayType(declaredArray);
      QualType element = array->getElementType();
      deref(0);
      isConst = context.getBaseElementType(element).isConstQualified();
      int64_t size = int64_t(array->getZExtSize());
      indexBy(sizeOf(element), {}, Program::constant(size).words(), std::to_string(size));
      setType(element);
    } else if (const ConstantArrayType *array = context.getAsConstantArrayType(type)) {
      QualType element = array->getElementType();
      isConst |= context.getBaseElementType(element).isConstQualified();
      int64_t size = int64_t(array->getZExtSize());
      indexBy(sizeOf(element), {}, Program::constant(size).words(), std::to_string(size));
      setType(element);
    } else if (std::optional<Container> container = describeContainer(scope, type)) {
      if (container->strided)
        return fail(item.offset,
                    "the elements of '" + name() + "' may be strided: " + scope.quoted(type) + " cannot be active");
      if (!requireComplete(container->element, item.offset))
        return false;
      if (!container->hasFixedSize() && !hasAddress) {
        if (item.base == Item::Return)
          return fail(item.offset, "the size of 'return' (" + scope.quoted(type) +
                                       ") is known only after the call; return it through "
                                       "a parameter");
        return fail(item.offset, "each element of '" + name() + "' is a " + scope.quoted(type) +
                                     " with a size of its own; give its extent");
      }
      std::optional<Program> size = container->size(context, address);
      if (!size)
        return fail(item.offset, "the size of '" + name() + "' overflows 64 bits");
      std::optional<int64_t> fixed = size->constantValue();
      enter(*container);
      indexBy(sizeOf(container->element), {}, size->words(), fixed ? std::to_string(*fixed) : name() + ".size()");
      setType(container->element);
    } else {
      return true;
    }
  }
}

bool PathResolver::checkWritable() {
  if (role == abi::role_input)
    return true;
  std::string problem = "'" + name() + "' cannot be " + describeRole(role) + ": ";
  if (isConst || type.isConstQualified())
    return fail(item.offset, problem + (hasIndex() ? "its elements are const" : "it is const"));
  if (byValue && !throughPointer)
    return fail(item.offset, problem + "it is passed by value, and what the function "
                                       "writes to it is lost");
  return true;
}

bool PathResolver::finish() {
  if (!impliedSizes())
    return false;
  if (type->isPointerType()) {
    if (indexed)
      return fail(item.suffixes.back().offset, "too few indices for '" + name() +
                                                   "': its elements have "
                                                   "type " +
                                                   scope.quoted(type));
    if (type->getPointeeType()->isFunctionType() || type->getPointeeType()->isVoidType())
      return fail(item.offset, "'" + name() + "' has type " + scope.quoted(type) + ", which has no elements");
    return fail(item.offset, "'" + name() +
                                 "' is a pointer and needs an "
                                 "extent, as in '" +
                                 name() + "[n]'");
  }
  std::string problem;
  if (!collectLeaves(scope, type, 0, result.object.leaves, problem))
    return fail(item.offset, "'" + name() + "' cannot be active: " + problem);
  if (!result.object.leaves.empty()) {
    llvm::sort(result.object.leaves);
    return checkWritable();
  }
  if (type->isRecordType()) {
    report.error(item.offset, "'" + name() + "' has type " + scope.quoted(type.getUnqualifiedType()) +
                                  ", which has no floating-point members");
    for (const NamedDecl *field : scope.fields(scope.complete(type))) {
      QualType fieldType = cast<ValueDecl>(field)->getType();
      bool isPointer = fieldType->isPointerType() && fieldType->getPointeeType()->isRealFloatingType();
      if (!isPointer && !describeContainer(scope, fieldType))
        continue;
      report.note(field->getLocation(), "name a member that points to some, as in '" + name() + "." +
                                            field->getNameAsString() + (isPointer ? "[n]'" : "'"));
      break;
    }
    return false;
  }
  return fail(item.offset, (hasIndex() ? "the elements of '" + name() + "' have type " : "'" + name() + "' has type ") +
                               scope.quoted(type.getUnqualifiedType()) + ", not a floating-point type");
}

std::optional<ResolvedItem> PathResolver::resolve() {
  result.offset = item.offset;
  result.object.roles = role;
  result.object.loc = report.at(item.offset);
  if (!start())
    return std::nullopt;
  if (name().empty())
    result.object.name = item.name;
  for (size_t i = 0; i < item.suffixes.size();) {
    if (!item.suffixes[i].isIndex) {
      if (!member(item.suffixes[i++]))
        return std::nullopt;
      continue;
    }
    llvm::SmallVector<const Suffix *> run;
    for (; i < item.suffixes.size() && item.suffixes[i].isIndex; ++i)
      run.push_back(&item.suffixes[i]);
    if (!indices(run))
      return std::nullopt;
  }
  if (!finish())
    return std::nullopt;
  return std::move(result);
}

std::optional<ResolvedItem> resolveItem(const Scope &scope, Reporter &report, const Item &item, abi::role role) {
  return PathResolver(scope, report, item, role).resolve();
}

} // namespace sparsead::spec
