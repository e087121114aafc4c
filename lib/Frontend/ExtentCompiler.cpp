//===- ExtentCompiler.cpp - Extents to programs of abi.hpp ----------------===//
//
// Arithmetic is that of the integers, not of the operands' C++ types: an
// unsigned parameter does not wrap, and the runtime reports an overflow of
// 64 bits.
//
//===----------------------------------------------------------------------===//

#include "sparsead/Frontend/SpecificationResolver.h"
#include "llvm/Support/CheckedArithmetic.h"

using namespace clang;
using llvm::StringRef;
using llvm::Twine;

namespace sparsead::spec {

//===----------------------------------------------------------------------===//
// Program
//===----------------------------------------------------------------------===//

Program Program::constant(int64_t value) {
  Program program;
  program.push(abi::op_const, value);
  return program;
}

Program Program::argument(int index) {
  Program program;
  program.push(abi::op_argument, index);
  return program;
}

std::optional<int64_t> Program::constantValue() const {
  if (code.size() == 1 && code[0].first == abi::op_const)
    return code[0].second;
  return std::nullopt;
}

Program Program::offset(int64_t bytes) const {
  Program program = *this;
  if (!program.code.empty() && program.code.back().first == abi::op_offset)
    program.code.back().second += bytes;
  else
    program.push(abi::op_offset, bytes);
  if (program.code.back().second == 0)
    program.code.pop_back();
  return program;
}

Program Program::loadPointer() const {
  Program program = *this;
  program.push(abi::op_load_ptr);
  return program;
}

Program Program::load(ASTContext &context, QualType type) const {
  type = type.getNonReferenceType();
  if (const EnumDecl *enumeration = type->getAsEnumDecl())
    type = enumeration->getIntegerType();
  bool isSigned = type->isSignedIntegerOrEnumerationType();
  abi::opcode op;
  switch (context.getTypeSize(type)) {
  case 8:
    op = isSigned ? abi::op_load_i8 : abi::op_load_u8;
    break;
  case 16:
    op = isSigned ? abi::op_load_i16 : abi::op_load_u16;
    break;
  case 32:
    op = isSigned ? abi::op_load_i32 : abi::op_load_u32;
    break;
  default:
    op = isSigned ? abi::op_load_i64 : abi::op_load_u64;
    break;
  }
  Program program = *this;
  program.push(op);
  return program;
}

Program Program::negate() const {
  if (std::optional<int64_t> value = constantValue())
    if (*value != INT64_MIN)
      return constant(-*value);
  Program program = *this;
  program.push(abi::op_neg);
  return program;
}

std::optional<Program> Program::binary(char op, const Program &lhs, const Program &rhs) {
  std::optional<int64_t> a = lhs.constantValue(), b = rhs.constantValue();
  if ((op == '/' || op == '%') && b && (*b == 0 || (a && *a == INT64_MIN)))
    return std::nullopt;
  if (a && b) {
    std::optional<int64_t> value;
    switch (op) {
    case '+':
      value = llvm::checkedAdd(*a, *b);
      break;
    case '-':
      value = llvm::checkedSub(*a, *b);
      break;
    case '*':
      value = llvm::checkedMul(*a, *b);
      break;
    case '/':
      value = *a / *b;
      break;
    case '%':
      value = *a % *b;
      break;
    }
    if (!value)
      return std::nullopt;
    return constant(*value);
  }
  Program program = lhs;
  program.code.append(rhs.code.begin(), rhs.code.end());
  program.push(op == '+'   ? abi::op_add
               : op == '-' ? abi::op_sub
               : op == '*' ? abi::op_mul
               : op == '/' ? abi::op_div
                           : abi::op_mod);
  return program;
}

std::vector<int64_t> Program::words() const {
  std::vector<int64_t> result;
  for (auto [op, operand] : code) {
    result.push_back(op);
    if (op == abi::op_const || op == abi::op_argument || op == abi::op_offset)
      result.push_back(operand);
  }
  result.push_back(abi::op_end);
  return result;
}

bool isExtentInteger(ASTContext &context, QualType type) {
  type = type.getNonReferenceType();
  if (!type->isIntegralOrEnumerationType() || type->isIncompleteType() || type->isBitIntType())
    return false;
  return context.getTypeSize(type) <= 64;
}

//===----------------------------------------------------------------------===//
// ExtentCompiler
//===----------------------------------------------------------------------===//

std::optional<Program> ExtentCompiler::compile(const Expr &expr, StringRef itemName) {
  item = itemName;
  return value(expr);
}

ExtentCompiler::Operand ExtentCompiler::place(Program address, QualType type, std::string name, size_t offset) {
  Operand result;
  result.program = std::move(address);
  result.isPlace = true;
  result.type = type;
  result.name = std::move(name);
  result.offset = offset;
  return result;
}

std::optional<Program> ExtentCompiler::value(const Expr &expr) {
  switch (expr.kind) {
  case Expr::Number:
    return Program::constant(expr.value);
  case Expr::Negate: {
    std::optional<Program> inner = value(*expr.lhs);
    if (!inner)
      return std::nullopt;
    return inner->negate();
  }
  case Expr::Binary: {
    std::optional<Program> lhs = value(*expr.lhs);
    if (!lhs)
      return std::nullopt;
    std::optional<Program> rhs = value(*expr.rhs);
    if (!rhs)
      return std::nullopt;
    std::optional<Program> result = Program::binary(expr.op, *lhs, *rhs);
    if (!result && rhs->constantValue() == 0)
      return report.error(expr.offset, "division by zero in the extent of '" + item + "'");
    if (!result)
      return report.error(expr.offset, "the extent of '" + item + "' overflows 64 bits");
    return result;
  }
  default:
    break;
  }
  std::optional<Operand> result = operand(expr);
  if (!result)
    return std::nullopt;
  if (!result->isPlace)
    return result->program;
  if (!isExtentInteger(scope.context, result->type)) {
    report.error(result->offset, "'" + result->name + "' in the extent of '" + item + "' has type " +
                                     scope.quoted(result->type) + ", not an integer type");
    if (result->type->isPointerType() && isExtentInteger(scope.context, result->type->getPointeeType()))
      report.note(report.at(result->offset), "write '*" + result->name + "' for the integer it points to");
    else if (describeContainer(scope, result->type))
      report.note(report.at(result->offset), "write '" + result->name + ".size()' for its size");
    return std::nullopt;
  }
  return result->program.load(scope.context, result->type);
}

std::optional<ExtentCompiler::Operand> ExtentCompiler::operand(const Expr &expr) {
  switch (expr.kind) {
  case Expr::Name:
    return name(expr);
  case Expr::This:
    if (!scope.hasThis())
      return report.error(expr.offset, "'this' in the extent of '" + item + "', but '" + scope.functionName() +
                                           "' is not a non-static member");
    // Handled by member(), which alone may follow it.
    return report.error(expr.offset, "expected '->' after 'this'");
  case Expr::Load: {
    std::optional<Operand> base = operand(*expr.lhs);
    if (!base)
      return std::nullopt;
    if (!base->isPlace || !base->type->isPointerType())
      return report.error(expr.offset, "'*' needs a pointer to an integer");
    return place(base->program.loadPointer(), base->type->getPointeeType(), "*" + base->name, expr.offset);
  }
  case Expr::Member:
    return member(expr);
  case Expr::Index:
    return index(expr);
  case Expr::Call:
    return call(expr);
  default: {
    std::optional<Program> result = value(expr);
    if (!result)
      return std::nullopt;
    Operand operand;
    operand.program = *result;
    operand.offset = expr.offset;
    return operand;
  }
  }
}

std::optional<ExtentCompiler::Operand> ExtentCompiler::name(const Expr &expr) {
  std::string spelling = expr.global ? "::" : "";
  for (const Expr::Component &component : expr.path) {
    if (&component != &expr.path.front())
      spelling += "::";
    spelling += component.name;
  }
  unsigned index = 0;
  if (expr.path.size() == 1 && !expr.global)
    if (const ParmVarDecl *p = scope.parameter(spelling, index))
      return place(Program::argument(scope.argumentIndex(index)), p->getType().getNonReferenceType(), spelling,
                   expr.offset);
  std::optional<Scope::Constant> found = scope.lookup(expr.path, expr.global);
  if (!found) {
    report.error(expr.offset, "unknown name '" + spelling + "' in the extent of '" + item +
                                  "': it is no parameter of '" + scope.functionName() +
                                  "', no member of its class, and no integer constant or "
                                  "macro visible there");
    SmallVector<const NamedDecl *> candidates = scope.parameters();
    candidates.append(scope.fields(scope.thisRecord()));
    report.suggest(spelling, candidates);
    return std::nullopt;
  }
  if (found->isField)
    return field(place(Program::argument(0), QualType(), "this", expr.offset), found->member, spelling, expr.offset);
  if (!found->value) {
    if (!found->type.isNull() && !isExtentInteger(scope.context, found->type))
      report.error(expr.offset, "'" + spelling + "' in the extent of '" + item + "' has type " +
                                    scope.quoted(found->type) + ", not an integer type");
    else
      report.error(expr.offset, "'" + spelling + "' in the extent of '" + item + "' is not an integer constant");
    report.note(found->decl->getLocation(), "'" + spelling + "' is declared here");
    return std::nullopt;
  }
  if (!found->value->isRepresentableByInt64())
    return report.error(expr.offset, "the value of '" + spelling +
                                         "' does not fit in 64 "
                                         "bits");
  Operand result;
  result.program = Program::constant(found->value->getExtValue());
  result.name = spelling;
  result.offset = expr.offset;
  return result;
}

std::optional<ExtentCompiler::Operand> ExtentCompiler::field(Operand base, const Member &member, StringRef name,
                                                             size_t offset) {
  if (member.virtualBase)
    return report.error(offset, "'" + name + "' lies in a virtual base");
  if (member.field->isBitField())
    return report.error(offset, "'" + name + "' in the extent of '" + item + "' is a bit-field");
  QualType type = member.field->getType();
  Program address = base.program.offset(member.offset);
  if (type->isReferenceType())
    address = address.loadPointer();
  return place(std::move(address), type.getNonReferenceType(), name.str(), offset);
}

std::optional<ExtentCompiler::Operand> ExtentCompiler::member(const Expr &expr) {
  Operand base;
  QualType record;
  if (expr.lhs->kind == Expr::This && scope.hasThis()) {
    base = place(Program::argument(0), QualType(), "this", expr.lhs->offset);
    if (!expr.arrow)
      return report.error(expr.offset, "'this' is a pointer; use '->'");
    record = scope.context.getCanonicalTagType(scope.thisRecord());
  } else {
    std::optional<Operand> operand = this->operand(*expr.lhs);
    if (!operand)
      return std::nullopt;
    base = std::move(*operand);
    if (!base.isPlace)
      return report.error(expr.offset, "'" + base.name + "' has no members");
    record = base.type;
    if (expr.arrow != record->isPointerType()) {
      if (expr.arrow)
        return report.error(expr.offset, "'" + base.name + "' is not a pointer; use '.'");
      return report.error(expr.offset, "'" + base.name + "' is a pointer; use '->'");
    }
    if (expr.arrow) {
      record = record->getPointeeType();
      base.program = base.program.loadPointer();
    }
  }
  std::string name = base.name + (expr.arrow ? "->" : ".") + expr.name;
  const RecordDecl *definition = scope.complete(record);
  if (!definition)
    return report.error(expr.offset, record->isRecordType()
                                         ? scope.quoted(record) + " is incomplete here"
                                         : "'" + base.name + "' has type " + scope.quoted(record) + ", not a class");
  std::optional<Member> found = scope.findMember(definition, expr.name);
  if (!found) {
    report.error(expr.offset, "no member '" + expr.name + "' in " + scope.quoted(record.getUnqualifiedType()));
    report.suggest(expr.name, scope.fields(definition));
    return std::nullopt;
  }
  if (!found->field) {
    auto value = scope.evaluate(found->decl);
    if (!value.value || !value.value->isRepresentableByInt64())
      return report.error(expr.offset, "'" + name + "' is not an integer constant");
    Operand result;
    result.program = Program::constant(value.value->getExtValue());
    result.name = name;
    result.offset = expr.offset;
    return result;
  }
  return field(std::move(base), *found, name, expr.offset);
}

std::optional<ExtentCompiler::Operand> ExtentCompiler::index(const Expr &expr) {
  std::optional<Operand> base = operand(*expr.lhs);
  if (!base)
    return std::nullopt;
  std::optional<Program> position = value(*expr.rhs);
  if (!position)
    return std::nullopt;
  if (!base->isPlace)
    return report.error(expr.offset, "'" + base->name + "' is not an array");
  Program address = base->program;
  QualType element;
  if (base->type->isPointerType()) {
    address = address.loadPointer();
    element = base->type->getPointeeType();
  } else if (const ArrayType *array = scope.context.getAsArrayType(base->type)) {
    element = array->getElementType();
  } else if (std::optional<Container> container = describeContainer(scope, base->type);
             container && !container->strided) {
    address = address.offset(container->dataOffset);
    if (container->indirect)
      address = address.loadPointer();
    element = container->element;
  } else {
    return report.error(expr.offset, "'" + base->name + "' is not an array");
  }
  if (element->isIncompleteType())
    return report.error(expr.offset, scope.quoted(element) + " is incomplete here");
  int64_t size = scope.context.getTypeSizeInChars(element).getQuantity();
  std::optional<Program> bytes = Program::binary('*', *position, Program::constant(size));
  if (!bytes)
    return report.error(expr.offset, "the extent of '" + item + "' overflows 64 bits");
  std::optional<int64_t> constant = bytes->constantValue();
  address = constant ? address.offset(*constant) : *Program::binary('+', address, *bytes);
  return place(std::move(address), element, base->name + "[]", expr.lhs->offset);
}

std::optional<ExtentCompiler::Operand> ExtentCompiler::call(const Expr &expr) {
  std::optional<Operand> base;
  if (expr.lhs->kind == Expr::This && scope.hasThis())
    base = place(Program::argument(0), scope.context.getCanonicalTagType(scope.thisRecord()), "this", expr.lhs->offset);
  else
    base = operand(*expr.lhs);
  if (!base)
    return std::nullopt;
  std::string name = base->name + (expr.arrow ? "->" : ".") + expr.name + "()";
  bool isAxis = expr.name == "rows" || expr.name == "cols";
  if (expr.name != "size" && !isAxis)
    return report.error(expr.offset, "'" + name +
                                         "' cannot be called in an extent; only "
                                         "'size()', 'rows()' and 'cols()' can");
  QualType type = base->type;
  Program address = base->program;
  if (base->isPlace && expr.arrow && expr.lhs->kind != Expr::This) {
    if (!type->isPointerType())
      return report.error(expr.offset, "'" + base->name + "' is not a pointer; use '.'");
    type = type->getPointeeType();
    address = address.loadPointer();
  }
  std::optional<Container> container;
  if (base->isPlace)
    container = describeContainer(scope, type);
  if (!container || (isAxis && container->counts.size() != 2))
    return report.error(expr.offset, "'" + base->name + "' " +
                                         (base->isPlace ? "has type " + scope.quoted(type) + ", which has no '" +
                                                              expr.name + "()' that is known here"
                                                        : std::string("has no size")));
  std::optional<Program> result;
  if (isAxis)
    result = container->counts[expr.name == "cols"].program(scope.context, address);
  else
    result = container->size(scope.context, address);
  if (!result)
    return report.error(expr.offset, "the extent of '" + item + "' overflows 64 bits");
  Operand value;
  value.program = *result;
  value.name = name;
  value.offset = expr.offset;
  return value;
}

} // namespace sparsead::spec
