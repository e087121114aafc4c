//===- SpecificationNames.cpp - Name lookup for specifications ------------===//
//
// The names that a specification may use: parameters, members of the function's
// class, captures, template parameters, constants and enumerators of the
// enclosing scopes, and object-like macros.
//
//===----------------------------------------------------------------------===//

#include "sparsead/Frontend/SpecificationResolver.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/RecordLayout.h"
#include "clang/Lex/MacroInfo.h"
#include "clang/Lex/Preprocessor.h"
#include "clang/Sema/Sema.h"
#include "llvm/ADT/StringSet.h"

using namespace clang;
using llvm::StringRef;

namespace sparsead::spec {

//===----------------------------------------------------------------------===//
// The function
//===----------------------------------------------------------------------===//

bool Scope::hasThis() const {
  const auto *method = dyn_cast<CXXMethodDecl>(function);
  return method && method->isImplicitObjectMemberFunction();
}

const CXXRecordDecl *Scope::thisRecord() const {
  return hasThis() ? cast<CXXMethodDecl>(function)->getParent()->getDefinition() : nullptr;
}

bool Scope::thisIsConst() const { return hasThis() && cast<CXXMethodDecl>(function)->isConst(); }

std::string Scope::functionName() const { return function->getDeclName().getAsString(); }

std::string Scope::quoted(QualType type) const { return "'" + type.getAsString(context.getPrintingPolicy()) + "'"; }

const ParmVarDecl *Scope::parameter(StringRef name, unsigned &index) const {
  auto find = [&](const FunctionDecl *declaration) -> bool {
    if (declaration->getNumParams() != function->getNumParams())
      return false;
    for (const ParmVarDecl *p : declaration->parameters())
      if (p->getIdentifier() && p->getName() == name) {
        index = p->getFunctionScopeIndex();
        return true;
      }
    return false;
  };
  if (find(function))
    return function->getParamDecl(index);
  // Another declaration may be the annotated one: it has other names, and its
  // array parameters may be written with other bounds.
  for (const FunctionDecl *other : function->redecls())
    if (other != function && find(other))
      return other->getParamDecl(index);
  // An instantiation has the names of the template's definition.
  if (const FunctionDecl *pattern = function->getTemplateInstantiationPattern())
    for (const FunctionDecl *other : pattern->redecls())
      if (find(other))
        return function->getParamDecl(index);
  return nullptr;
}

SmallVector<const NamedDecl *> Scope::parameters() const {
  return SmallVector<const NamedDecl *>(function->param_begin(), function->param_end());
}

//===----------------------------------------------------------------------===//
// Records
//===----------------------------------------------------------------------===//

const RecordDecl *Scope::complete(QualType type) const {
  const RecordDecl *record = type->getAsRecordDecl();
  if (!record)
    return nullptr;
  if (!record->getDefinition() && sema)
    (void)sema->isCompleteType(loc, type);
  record = record->getDefinition();
  return record && !record->isInvalidDecl() && !record->isDependentType() ? record : nullptr;
}

static int64_t fieldOffset(ASTContext &context, const FieldDecl *field) {
  return int64_t(context.getFieldOffset(field) / context.getCharWidth());
}

std::optional<Member> Scope::findMember(const RecordDecl *record, StringRef name) const {
  for (const NamedDecl *decl : record->lookup(&context.Idents.get(name))) {
    decl = decl->getUnderlyingDecl();
    Member member;
    member.decl = decl;
    if (const auto *field = dyn_cast<FieldDecl>(decl)) {
      member.field = field;
      member.offset = fieldOffset(context, field);
    } else if (const auto *indirect = dyn_cast<IndirectFieldDecl>(decl)) {
      for (const NamedDecl *link : indirect->chain())
        member.offset += fieldOffset(context, cast<FieldDecl>(link));
      member.field = indirect->getAnonField();
    } else if (!isa<VarDecl, EnumConstantDecl>(decl)) {
      continue;
    }
    return member;
  }
  const auto *derived = dyn_cast<CXXRecordDecl>(record);
  if (!derived)
    return std::nullopt;
  for (const CXXBaseSpecifier &base : derived->bases()) {
    const auto *baseRecord = dyn_cast_or_null<CXXRecordDecl>(complete(base.getType()));
    if (!baseRecord)
      continue;
    std::optional<Member> member = findMember(baseRecord, name);
    if (!member)
      continue;
    if (member->field && base.isVirtual())
      member->virtualBase = true;
    else if (member->field)
      member->offset += context.getASTRecordLayout(derived).getBaseClassOffset(baseRecord).getQuantity();
    return member;
  }
  return std::nullopt;
}

std::optional<Member> Scope::findCapture(StringRef name) const {
  const CXXRecordDecl *closure = thisRecord();
  if (!closure || !closure->isLambda())
    return std::nullopt;
  llvm::DenseMap<const ValueDecl *, FieldDecl *> captures;
  FieldDecl *thisCapture = nullptr;
  closure->getCaptureFields(captures, thisCapture);
  for (const auto &capture : captures) {
    if (!capture.first->getIdentifier() || capture.first->getName() != name)
      continue;
    Member member;
    member.decl = member.field = capture.second;
    member.offset = fieldOffset(context, capture.second);
    return member;
  }
  return std::nullopt;
}

SmallVector<const NamedDecl *> Scope::fields(const RecordDecl *record) const {
  SmallVector<const NamedDecl *> result;
  if (!record)
    return result;
  result.append(record->field_begin(), record->field_end());
  if (const auto *derived = dyn_cast<CXXRecordDecl>(record))
    for (const CXXBaseSpecifier &base : derived->bases())
      result.append(fields(complete(base.getType())));
  return result;
}

//===----------------------------------------------------------------------===//
// Template parameters
//===----------------------------------------------------------------------===//

const TemplateArgument *Scope::templateArgument(const DeclContext *scope, StringRef name,
                                                const NamedDecl *&decl) const {
  auto find = [&](const TemplateParameterList *parameters,
                  ArrayRef<TemplateArgument> arguments) -> const TemplateArgument * {
    for (unsigned i = 0; i < parameters->size() && i < arguments.size(); ++i) {
      const NamedDecl *parameter = parameters->getParam(i);
      if (parameter->getIdentifier() && parameter->getName() == name &&
          arguments[i].getKind() != TemplateArgument::Pack) {
        decl = parameter;
        return &arguments[i];
      }
    }
    return nullptr;
  };
  if (const auto *f = dyn_cast<FunctionDecl>(scope)) {
    const TemplateArgumentList *arguments = f->getTemplateSpecializationArgs();
    const FunctionTemplateDecl *primary = f->getPrimaryTemplate();
    if (!arguments || !primary || f->getTemplateSpecializationKind() == TSK_ExplicitSpecialization)
      return nullptr;
    // Redeclarations may rename the parameters.
    for (const auto *redeclaration : primary->redecls())
      if (const TemplateArgument *argument =
              find(cast<FunctionTemplateDecl>(redeclaration)->getTemplateParameters(), arguments->asArray()))
        return argument;
    if (const FunctionDecl *pattern = f->getTemplateInstantiationPattern())
      if (const FunctionTemplateDecl *described = pattern->getDescribedFunctionTemplate())
        return find(described->getTemplateParameters(), arguments->asArray());
    return nullptr;
  }
  const auto *record = dyn_cast<ClassTemplateSpecializationDecl>(scope);
  if (!record || record->isExplicitSpecialization())
    return nullptr;
  auto source = record->getSpecializedTemplateOrPartial();
  ArrayRef<TemplateArgument> arguments = record->getTemplateInstantiationArgs().asArray();
  if (auto *partial = dyn_cast<ClassTemplatePartialSpecializationDecl *>(source))
    return find(partial->getTemplateParameters(), arguments);
  for (const auto *redeclaration : cast<ClassTemplateDecl *>(source)->redecls())
    if (const TemplateArgument *argument =
            find(cast<ClassTemplateDecl>(redeclaration)->getTemplateParameters(), arguments))
      return argument;
  return nullptr;
}

//===----------------------------------------------------------------------===//
// Enclosing scopes
//===----------------------------------------------------------------------===//

static bool isUseful(const NamedDecl *decl) {
  return isa<VarDecl, EnumConstantDecl, NamespaceDecl, NamespaceAliasDecl, TypeDecl>(decl) && !isa<ParmVarDecl>(decl);
}

const NamedDecl *Scope::findIn(const DeclContext *scope, IdentifierInfo *name, unsigned depth) const {
  if (depth > 32)
    return nullptr;
  scope = scope->getPrimaryContext() ? scope->getPrimaryContext() : scope;
  // Local variables are not in lookup tables.
  if (scope->isFunctionOrMethod()) {
    const NamedDecl *last = nullptr;
    for (const Decl *decl : scope->decls())
      if (const auto *named = dyn_cast<NamedDecl>(decl))
        if (named->getIdentifier() == name && isUseful(named))
          last = named;
    return last;
  }
  for (const NamedDecl *decl : scope->lookup(name)) {
    decl = decl->getUnderlyingDecl();
    if (isUseful(decl))
      return decl;
  }
  if (const auto *record = dyn_cast<CXXRecordDecl>(scope)) {
    if (record->getDefinition())
      for (const CXXBaseSpecifier &base : record->getDefinition()->bases())
        if (const RecordDecl *baseRecord = complete(base.getType()))
          if (const NamedDecl *found = findIn(baseRecord, name, depth + 1))
            return found;
    return nullptr;
  }
  for (const UsingDirectiveDecl *directive : scope->using_directives())
    if (const NamedDecl *found = findIn(directive->getNominatedNamespace(), name, depth + 1))
      return found;
  return nullptr;
}

Scope::Constant Scope::evaluate(const NamedDecl *decl) const {
  Constant result;
  result.decl = decl;
  if (const auto *enumerator = dyn_cast<EnumConstantDecl>(decl)) {
    result.type = enumerator->getType();
    result.value = enumerator->getInitVal();
    return result;
  }
  const auto *variable = dyn_cast<VarDecl>(decl);
  if (!variable)
    return result;
  result.type = variable->getType();
  if (!result.type->isIntegralOrEnumerationType())
    return result;
  // The initializer of a template's static member appears with its first use.
  const VarDecl *initialized = nullptr;
  if (!variable->getAnyInitializer(initialized) && sema && variable->getInstantiatedFromStaticDataMember())
    sema->InstantiateVariableDefinition(loc, const_cast<VarDecl *>(variable));
  const clang::Expr *initializer = variable->getAnyInitializer(initialized);
  if (!initializer || initializer->isValueDependent() || !initialized->mightBeUsableInConstantExpressions(context))
    return result;
  if (const APValue *value = initialized->evaluateValue())
    if (value->isInt())
      result.value = value->getInt();
  return result;
}

std::optional<Scope::Constant> Scope::lookup(ArrayRef<Expr::Component> path, bool global) const {
  IdentifierInfo *first = &context.Idents.get(path.front().name);
  const NamedDecl *found = nullptr;
  QualType type;
  if (global) {
    found = findIn(context.getTranslationUnitDecl(), first);
  } else {
    const DeclContext *scope = function;
    for (; scope && !found; scope = scope->getParent()) {
      const NamedDecl *parameter = nullptr;
      bool inClass = isa<CXXRecordDecl>(scope);
      if (inClass && path.size() == 1 && scope == function->getParent() && hasThis()) {
        std::optional<Member> member = cast<CXXRecordDecl>(scope)->isLambda()
                                           ? findCapture(path.front().name)
                                           : findMember(thisRecord(), path.front().name);
        if (member && member->field) {
          Constant result;
          result.decl = member->decl;
          result.isField = true;
          result.member = *member;
          return result;
        }
      }
      // The function's own locals are not visible at its declaration.
      if (scope != function)
        found = findIn(scope, first);
      if (found)
        break;
      const TemplateArgument *argument = templateArgument(scope, path.front().name, parameter);
      if (!argument)
        continue;
      if (argument->getKind() == TemplateArgument::Type) {
        type = argument->getAsType();
        break;
      }
      Constant result;
      result.decl = parameter;
      if (const auto *value = dyn_cast<NonTypeTemplateParmDecl>(parameter))
        result.type = value->getType();
      if (argument->getKind() == TemplateArgument::Integral) {
        result.value = argument->getAsIntegral();
        result.type = argument->getIntegralType();
      }
      if (path.size() > 1)
        return std::nullopt;
      return result;
    }
  }
  for (const Expr::Component &component : path.drop_front()) {
    const DeclContext *scope = nullptr;
    if (const auto *declaredType = dyn_cast_or_null<TypeDecl>(found))
      type = context.getTypeDeclType(declaredType);
    else if (const auto *alias = dyn_cast_or_null<NamespaceAliasDecl>(found))
      scope = alias->getNamespace();
    else if (found)
      scope = dyn_cast<NamespaceDecl>(found);
    if (!type.isNull()) {
      if (const RecordDecl *record = complete(type))
        scope = record;
      else if (const EnumDecl *enumeration = type->getAsEnumDecl())
        scope = enumeration;
      type = QualType();
    }
    if (!scope)
      return std::nullopt;
    found = findIn(scope, &context.Idents.get(component.name));
    if (!found)
      return std::nullopt;
  }
  if (!found)
    return std::nullopt;
  return evaluate(found);
}

//===----------------------------------------------------------------------===//
// Macros
//===----------------------------------------------------------------------===//

static std::optional<std::string> expandAt(Preprocessor &preprocessor, SourceLocation loc, StringRef name,
                                           llvm::StringSet<> &active) {
  const IdentifierInfo *identifier = preprocessor.getIdentifierInfo(name);
  const MacroInfo *macro = preprocessor.getMacroDefinitionAtLoc(identifier, loc).getMacroInfo();
  if (!macro || macro->isFunctionLike() || macro->isBuiltinMacro() || !active.insert(name).second)
    return std::nullopt;
  std::string text;
  for (const clang::Token &token : macro->tokens()) {
    std::string spelling = preprocessor.getSpelling(token);
    if (token.getIdentifierInfo())
      if (auto inner = expandAt(preprocessor, loc, spelling, active))
        spelling = *inner;
    if (!text.empty())
      text += ' ';
    text += spelling;
  }
  active.erase(name);
  return text;
}

std::optional<std::string> Scope::expandMacro(StringRef name) const {
  if (!preprocessor)
    return std::nullopt;
  llvm::StringSet<> active;
  // Looking a definition up creates table entries; it changes nothing else.
  return expandAt(const_cast<Preprocessor &>(*preprocessor), loc, name, active);
}

} // namespace sparsead::spec
