//===- UserRules.cpp - SPARSEAD_RULE --------------------------------------===//
//
// SPARSEAD_RULE(f, "return <- x", "jvp=f_jvp", "vjp=f_vjp") is an attribute of a type alias that nothing uses. Names
// are looked up where it stands; specification and signatures are checked when the unit is complete.
//
//===----------------------------------------------------------------------===//

#include "sparsead/Frontend/UserRules.h"
#include "sparsead/Frontend/ArrayRules.h"
#include "sparsead/Frontend/Specification.h"
#include "sparsead/Frontend/Thunk.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/Mangle.h"
#include "clang/Basic/DiagnosticSema.h"
#include "clang/Basic/ParsedAttrInfo.h"
#include "clang/Sema/Lookup.h"
#include "clang/Sema/ParsedAttr.h"
#include "clang/Sema/Sema.h"

using namespace clang;
using namespace sparsead;

namespace {

using Candidates = llvm::SmallVector<FunctionDecl *, 2>;

/// A rule as written.
struct WrittenRule {
  FunctionDecl *function;
  const clang::StringLiteral *specification;
  struct Derivative {
    const clang::StringLiteral *option = nullptr;
    std::string name;
    Candidates candidates;
  } jvp, vjp;
};

llvm::SmallVector<WrittenRule, 4> &writtenRules() {
  static llvm::SmallVector<WrittenRule, 4> rules;
  return rules;
}

DiagnosticBuilder report(DiagnosticsEngine &diags, DiagnosticsEngine::Level level, SourceLocation loc, StringRef text) {
  return diags.Report(loc, diags.getCustomDiagID(level, "%0")) << text;
}
void error(DiagnosticsEngine &diags, SourceLocation loc, const llvm::Twine &text) {
  report(diags, DiagnosticsEngine::Error, loc, text.str());
}
void note(DiagnosticsEngine &diags, SourceLocation loc, const llvm::Twine &text) {
  report(diags, DiagnosticsEngine::Note, loc, text.str());
}

void addFunctions(const LookupResult &found, Candidates &to) {
  for (NamedDecl *d : found)
    if (auto *f = dyn_cast<FunctionDecl>(d->getUnderlyingDecl()); f && !llvm::is_contained(to, f))
      to.push_back(f);
}

/// The functions that `a::b::name` means in the parser's scope.
Candidates lookUp(Sema &S, StringRef written, SourceLocation loc) {
  Candidates result;
  llvm::SmallVector<StringRef, 4> parts;
  written.split(parts, "::");
  for (StringRef &part : parts)
    part = part.trim();
  DeclContext *context = nullptr;
  if (parts.size() > 1 && parts.front().empty()) {
    context = S.Context.getTranslationUnitDecl();
    parts.erase(parts.begin());
  }
  for (auto [k, part] : llvm::enumerate(parts)) {
    bool last = k + 1 == parts.size();
    LookupResult found(S, &S.Context.Idents.get(part), loc,
                       last ? Sema::LookupOrdinaryName : Sema::LookupNestedNameSpecifierName);
    found.suppressDiagnostics();
    if (context)
      S.LookupQualifiedName(found, context);
    else
      S.LookupName(found, S.getCurScope());
    if (last) {
      addFunctions(found, result);
      break;
    }
    auto *next = found.isSingleResult() ? dyn_cast<DeclContext>(found.getFoundDecl()->getUnderlyingDecl()) : nullptr;
    if (!next)
      break;
    context = next;
  }
  return result;
}

struct RuleAttrInfo : ParsedAttrInfo {
  RuleAttrInfo() {
    OptArgs = 15;
    Spellings = spellings;
  }
  static constexpr Spelling spellings[] = {{ParsedAttr::AS_CXX11, "sparsead::rule"}, {ParsedAttr::AS_CXX11, "rule"}};

  bool diagAppertainsToDecl(Sema &S, const ParsedAttr &attr, const Decl *D) const override {
    if (!attr.getScopeName())
      return true;
    if (isa<TypedefDecl>(D) && D->getDeclContext()->isFileContext())
      return true;
    error(S.Diags, attr.getLoc(), "SPARSEAD_RULE stands at namespace scope");
    return false;
  }

  AttrHandling handleDeclAttribute(Sema &S, Decl *, const ParsedAttr &attr) const override {
    if (!attr.getScopeName()) {
      S.Diag(attr.getLoc(), diag::warn_unknown_attribute_ignored) << attr.getAttrName() << attr.getRange();
      return AttributeNotApplied;
    }
    WrittenRule rule{};
    if (attr.getNumArgs() < 2) {
      error(S.Diags, attr.getLoc(),
            "SPARSEAD_RULE takes a function, a specification, and the names of its derivatives, as in "
            "SPARSEAD_RULE(f, \"return <- x\", \"jvp=f_jvp\")");
      return AttributeNotApplied;
    }
    rule.function = functionOf(S, attr);
    if (!rule.function)
      return AttributeNotApplied;
    for (unsigned i = 1, e = attr.getNumArgs(); i != e; ++i) {
      Expr *arg = attr.isArgExpr(i) ? attr.getArgAsExpr(i) : nullptr;
      auto *text = arg ? dyn_cast<clang::StringLiteral>(arg->IgnoreParenImpCasts()) : nullptr;
      if (!text || text->getCharByteWidth() != 1) {
        error(S.Diags, arg ? arg->getBeginLoc() : attr.getLoc(),
              "after the function SPARSEAD_RULE takes ordinary string literals only");
        return AttributeNotApplied;
      }
      if (i == 1)
        rule.specification = text;
      else if (!derivative(S, rule, text))
        return AttributeNotApplied;
    }
    if (!rule.jvp.option && !rule.vjp.option) {
      error(S.Diags, attr.getLoc(), "SPARSEAD_RULE needs a derivative: \"jvp=…\", \"vjp=…\", or both");
      return AttributeNotApplied;
    }
    writtenRules().push_back(std::move(rule));
    return AttributeApplied;
  }

private:
  static FunctionDecl *functionOf(Sema &S, const ParsedAttr &attr) {
    Candidates found;
    SourceLocation loc = attr.getLoc();
    std::string name = "this";
    if (attr.isArgIdent(0)) { // a single name comes as such
      loc = attr.getArgAsIdent(0)->getLoc();
      name = attr.getArgAsIdent(0)->getIdentifierInfo()->getName().str();
      found = lookUp(S, name, loc);
      if (found.empty()) {
        error(S.Diags, loc, "'" + name + "' is not a function that is declared here");
        return nullptr;
      }
    } else {
      Expr *e = attr.getArgAsExpr(0);
      loc = e->getBeginLoc();
      e = e->IgnoreParenCasts();
      if (auto *address = dyn_cast<UnaryOperator>(e); address && address->getOpcode() == UO_AddrOf)
        e = address->getSubExpr()->IgnoreParenCasts();
      if (auto *ref = dyn_cast<DeclRefExpr>(e)) {
        if (auto *f = dyn_cast<FunctionDecl>(ref->getDecl()))
          found.push_back(f);
      } else if (auto *overloads = dyn_cast<OverloadExpr>(e)) {
        name = overloads->getName().getAsString();
        if (FunctionDecl *one = S.ResolveSingleFunctionTemplateSpecialization(overloads))
          found.push_back(one);
        else
          for (NamedDecl *d : overloads->decls())
            if (auto *f = dyn_cast<FunctionDecl>(d->getUnderlyingDecl()))
              found.push_back(f);
      }
      if (found.empty()) {
        error(S.Diags, loc, "SPARSEAD_RULE takes the name of a function first");
        return nullptr;
      }
    }
    if (found.size() > 1) {
      error(S.Diags, loc, "'" + name + "' is overloaded: which function is meant?");
      note(S.Diags, loc, "choose one, as in SPARSEAD_RULE((double (*)(double))" + name + ", …)");
      return nullptr;
    }
    return found.front();
  }

  static bool derivative(Sema &S, WrittenRule &rule, const clang::StringLiteral *option) {
    auto [key, value] = option->getString().split('=');
    key = key.trim();
    value = value.trim();
    WrittenRule::Derivative *to = key == "jvp" ? &rule.jvp : key == "vjp" ? &rule.vjp : nullptr;
    if (!to || value.empty()) {
      error(S.Diags, option->getBeginLoc(), "unknown option '" + option->getString() + "': expected jvp=… or vjp=…");
      return false;
    }
    if (to->option) {
      error(S.Diags, option->getBeginLoc(), "option '" + key + "' is given twice");
      return false;
    }
    to->option = option;
    to->name = value.str();
    to->candidates = lookUp(S, value, option->getBeginLoc());
    if (to->candidates.empty()) {
      error(S.Diags, option->getBeginLoc(), "'" + value + "' is not a function that is declared here");
      return false;
    }
    for (FunctionDecl *f : to->candidates)
      S.MarkFunctionReferenced(option->getBeginLoc(), f); // not unused
    return true;
  }
};

ParsedAttrInfoRegistry::Add<RuleAttrInfo> addRule("sparsead::rule", "the derivative of a function by the user");

/// Checks one rule, and gives it the form in which the code carries it.
class RuleChecker {
public:
  RuleChecker(CompilerInstance &instance, const WrittenRule &rule, bool keep)
      : keep(keep), instance(instance), context(instance.getASTContext()), diags(instance.getDiagnostics()), rule(rule),
        f(rule.function) {}

  std::optional<std::string> run();

private:
  bool checkSignature();
  bool checkItems();
  bool checkItem(const SpecObject &object);
  QualType tangentType(unsigned parameter) const;
  FunctionDecl *choose(const WrittenRule::Derivative &derivative, bool forward);
  bool matches(const FunctionDecl *d, bool forward);
  std::string expected(StringRef name, bool forward);
  std::string symbolOf(FunctionDecl *d);

  bool keep;
  CompilerInstance &instance;
  ASTContext &context;
  DiagnosticsEngine &diags;
  const WrittenRule &rule;
  FunctionDecl *f;
  llvm::SmallVector<std::string, 4> names; ///< of the arguments, the object first
  llvm::SmallVector<QualType, 4> types;
  llvm::SmallVector<unsigned, 4> active;  ///< inputs, by parameter
  llvm::SmallVector<unsigned, 4> written; ///< outputs that are parameters
  bool returns = false;                   ///< the result is an output
  bool arrays = false;                    ///< not all are numbers
  llvm::SmallVector<ArrayRule::Item, 4> items;
};

} // namespace

static bool isNumber(QualType t) {
  const auto *builtin = t->getAs<BuiltinType>();
  return builtin && (builtin->getKind() == BuiltinType::Double || builtin->getKind() == BuiltinType::Float);
}

/// Passed in one register, with nothing to be said about it.
static bool isSimple(ASTContext &context, QualType t) {
  if (t->isPointerType() || t->isReferenceType() || isNumber(t))
    return true;
  return t->isIntegralOrEnumerationType() && (context.getTypeSize(t) == 32 || context.getTypeSize(t) == 64);
}

bool RuleChecker::checkSignature() {
  SourceLocation at = rule.specification->getBeginLoc();
  if (f->isVariadic() || isa<CXXConstructorDecl, CXXDestructorDecl>(f) || f->isConsteval()) {
    error(diags, at, "SPARSEAD_RULE cannot be given for '" + f->getQualifiedNameAsString() + "'");
    return false;
  }
  if (!isNumber(f->getReturnType()) && !f->getReturnType()->isVoidType()) {
    error(diags, at,
          "a function with SPARSEAD_RULE returns double, float or nothing; '" + f->getQualifiedNameAsString() +
              "' returns '" + f->getReturnType().getAsString(context.getPrintingPolicy()) + "'");
    return false;
  }
  auto *method = dyn_cast<CXXMethodDecl>(f);
  if (method && method->isImplicitObjectMemberFunction()) {
    names.push_back("self");
    types.push_back(context.getLValueReferenceType(method->getFunctionObjectParameterType()));
  }
  for (const ParmVarDecl *p : f->parameters()) {
    names.push_back(p->getName().empty() ? "a" + std::to_string(names.size()) : p->getName().str());
    types.push_back(p->getType().getUnqualifiedType());
    if (isSimple(context, p->getType()))
      continue;
    error(diags, at,
          "a function with SPARSEAD_RULE takes numbers, pointers and references: '" + names.back() + "' has type '" +
              p->getType().getAsString(context.getPrintingPolicy()) + "'");
    note(diags, p->getLocation(), "integers of 32 and 64 bits; classes by reference");
    return false;
  }
  return true;
}

/// The number behind a pointer or reference; null for others.
static QualType pointee(QualType t) {
  return t->isPointerType() || t->isReferenceType() ? t->getPointeeType() : QualType();
}

bool RuleChecker::checkItem(const SpecObject &object) {
  bool input = object.roles & abi::role_input, output = object.roles & abi::role_output;
  if ((input && output) || (object.roles & abi::role_work)) {
    error(diags, object.loc, "SPARSEAD_RULE has inputs and outputs, and nothing on both sides: '" + object.name + "'");
    return false;
  }
  ArrayRule::Item item;
  item.output = output;
  item.argument = object.argument;
  if (object.argument < 0) {
    returns = true;
    item.byValue = true;
    items.push_back(item);
    return true;
  }
  unsigned k = unsigned(object.argument);
  QualType to = pointee(types[k]);
  bool number = isNumber(types[k]) && object.steps.empty();
  bool reference = types[k]->isReferenceType() && isNumber(to) && object.steps.empty();
  bool array = types[k]->isPointerType() && isNumber(to) && object.steps.size() == 2 &&
               object.steps[0].kind == abi::step_deref && object.steps[1].kind == abi::step_index &&
               object.steps[1].lower.empty();
  if (!number && !reference && !array) {
    error(
        diags, object.loc,
        "items of SPARSEAD_RULE are numbers, references to numbers, and arrays behind a pointer, as in 'x[n]', not '" +
            object.name + "'");
    return false;
  }
  if (output && (number || to.isConstQualified())) {
    error(diags, object.loc, "'" + object.name + "' cannot be an output: it is not written");
    return false;
  }
  auto isInteger = [&](unsigned parameter) {
    return types[parameter].getNonReferenceType()->isIntegralOrEnumerationType();
  };
  if (array && !isOfArguments(object.steps[1].upper, isInteger)) {
    error(diags, object.loc,
          "the number of elements of '" + object.name + "' in SPARSEAD_RULE is made of integer parameters");
    return false;
  }
  if (array)
    item.program = object.steps[1].upper;
  item.byValue = number;
  arrays |= !number;
  (output ? written : active).push_back(k);
  items.push_back(item);
  return true;
}

bool RuleChecker::checkItems() {
  std::optional<Specification> specification =
      resolveSpecification(context, diags, f, rule.specification, {}, &instance.getPreprocessor(), &instance.getSema());
  if (!specification)
    return false;
  for (const SpecObject &object : specification->objects)
    if (!checkItem(object))
      return false;
  llvm::sort(active);
  llvm::sort(written);
  llvm::stable_sort(items, [](const auto &x, const auto &y) { return x.argument < y.argument; });
  if (arrays)
    for (const ArrayRule::Item &item : items) {
      QualType t = item.argument < 0 ? f->getReturnType() : types[unsigned(item.argument)];
      QualType number = item.byValue ? t : pointee(t);
      if (number->isSpecificBuiltinType(BuiltinType::Double))
        continue;
      error(diags, rule.specification->getBeginLoc(),
            "functions of arrays with SPARSEAD_RULE have items of type double");
      return false;
    }
  return true;
}

/// May the derivative's parameter be this one? What it points to may be more const than in the function.
static bool accepts(ASTContext &context, QualType parameter, QualType wanted) {
  parameter = parameter.getCanonicalType().getUnqualifiedType();
  wanted = wanted.getCanonicalType().getUnqualifiedType();
  if (context.hasSameType(parameter, wanted))
    return true;
  bool pointers = parameter->isPointerType() && wanted->isPointerType();
  bool references = parameter->isReferenceType() && wanted->isReferenceType();
  if (!pointers && !references)
    return false;
  QualType to = parameter->getPointeeType(), from = wanted->getPointeeType();
  return context.hasSameUnqualifiedType(to, from) && to.isAtLeastAsQualifiedAs(from, context);
}

/// Of the tangent of an item, or its adjoint where that is only read.
QualType RuleChecker::tangentType(unsigned parameter) const {
  QualType t = types[parameter], to = pointee(t);
  if (to.isNull())
    return t;
  return context.getPointerType(to.getUnqualifiedType().withConst());
}

bool RuleChecker::matches(const FunctionDecl *d, bool forward) {
  if (isa<CXXMethodDecl>(d) && cast<CXXMethodDecl>(d)->isImplicitObjectMemberFunction())
    return false;
  QualType number = f->getReturnType();
  if (forward ? !context.hasSameUnqualifiedType(d->getReturnType(), returns ? number : context.VoidTy)
              : !d->getReturnType()->isVoidType())
    return false;
  unsigned count = unsigned(types.size() + active.size() + written.size()) + (!forward && returns ? 1 : 0), k = 0;
  if (d->getNumParams() != count || d->isVariadic())
    return false;
  auto next = [&] { return d->getParamDecl(k++)->getType(); };
  auto isRead = [&](QualType t, unsigned parameter) {
    QualType wanted = tangentType(parameter);
    if (!wanted->isPointerType())
      return context.hasSameUnqualifiedType(t, wanted);
    return t->isPointerType() && context.hasSameUnqualifiedType(t->getPointeeType(), wanted->getPointeeType());
  };
  auto isWritten = [&](QualType t, unsigned parameter) {
    QualType its = pointee(t), wanted = pointee(types[parameter]);
    return !its.isNull() && !t->isRValueReferenceType() && !its.isConstQualified() &&
           context.hasSameUnqualifiedType(its, wanted.isNull() ? types[parameter] : wanted);
  };
  for (QualType t : types)
    if (!accepts(context, next(), t))
      return false;
  if (!forward && returns && !context.hasSameUnqualifiedType(next(), number))
    return false;
  ArrayRef<unsigned> read = forward ? active : written, changed = forward ? written : active;
  return llvm::all_of(read, [&](unsigned a) { return isRead(next(), a); }) &&
         llvm::all_of(changed, [&](unsigned a) { return isWritten(next(), a); });
}

std::string RuleChecker::expected(StringRef name, bool forward) {
  PrintingPolicy policy = context.getPrintingPolicy();
  std::string number = f->getReturnType().getUnqualifiedType().getAsString(policy);
  std::string text = (forward && returns ? number : "void") + " " + name.str() + "(";
  llvm::SmallVector<std::string> parameters;
  auto add = [&](QualType t, std::string parameter) {
    t.getAsStringInternal(parameter, policy);
    parameters.push_back(parameter);
  };
  for (auto [t, n] : llvm::zip(types, names))
    add(t, n);
  if (!forward && returns)
    parameters.push_back(number + " result_a");
  const char *suffix = forward ? "_t" : "_a";
  for (unsigned a : forward ? active : written)
    add(tangentType(a), names[a] + suffix);
  for (unsigned a : forward ? written : active) {
    QualType to = pointee(types[a]);
    add(context.getPointerType((to.isNull() ? types[a] : to).getUnqualifiedType()), names[a] + suffix);
  }
  return text + llvm::join(parameters, ", ") + ")";
}

FunctionDecl *RuleChecker::choose(const WrittenRule::Derivative &derivative, bool forward) {
  for (FunctionDecl *d : derivative.candidates)
    if (matches(d, forward))
      return d;
  error(diags, derivative.option->getBeginLoc(),
        "'" + derivative.name + "' does not have the signature of a " + (forward ? "jvp" : "vjp") + " of '" +
            f->getQualifiedNameAsString() + "': expected '" + expected(derivative.name, forward) + "'");
  note(diags, derivative.candidates.front()->getLocation(), "declared here");
  return nullptr;
}

/// The symbol; a function that the unit need not emit is kept by a variable, which the linker of derivatives erases.
std::string RuleChecker::symbolOf(FunctionDecl *d) {
  std::unique_ptr<MangleContext> mangler(context.createMangleContext());
  std::string symbol;
  llvm::raw_string_ostream os(symbol);
  if (mangler->shouldMangleDeclName(d))
    mangler->mangleName(GlobalDecl(d), os);
  else
    os << d->getName();
  if (!keep || !d->isDefined() || (d->isExternallyVisible() && !d->isInlined() && !d->isTemplateInstantiation()))
    return symbol;
  Sema &S = instance.getSema();
  SourceLocation loc = d->getLocation();
  Expr *ref = S.BuildDeclRefExpr(d, d->getType(), VK_LValue, loc);
  QualType type = context.getPointerType(d->getType());
  Expr *address =
      ImplicitCastExpr::Create(context, type, CK_FunctionToPointerDecay, ref, nullptr, VK_PRValue, FPOptionsOverride());
  std::string name = "sparsead.keep." + symbol;
  auto *var = VarDecl::Create(context, context.getTranslationUnitDecl(), loc, loc, &context.Idents.get(name), type,
                              context.getTrivialTypeSourceInfo(type, loc), SC_Static);
  var->setInit(address);
  var->setImplicit();
  var->addAttr(UsedAttr::CreateImplicit(context));
  var->addAttr(AsmLabelAttr::CreateImplicit(context, name));
  S.MarkFunctionReferenced(loc, d);
  S.PerformPendingInstantiations();
  instance.getASTConsumer().HandleTopLevelDecl(DeclGroupRef(var));
  return symbol;
}

std::optional<std::string> RuleChecker::run() {
  if (!checkSignature() || !checkItems())
    return std::nullopt;
  FunctionDecl *jvp = rule.jvp.option ? choose(rule.jvp, true) : nullptr;
  FunctionDecl *vjp = rule.vjp.option ? choose(rule.vjp, false) : nullptr;
  if ((rule.jvp.option && !jvp) || (rule.vjp.option && !vjp))
    return std::nullopt;
  if (arrays) {
    ArrayRule whole;
    whole.jvp = jvp ? symbolOf(jvp) : "";
    whole.vjp = vjp ? symbolOf(vjp) : "";
    whole.items = items;
    return whole.text();
  }
  std::string text = llvm::join(llvm::map_range(active, [](unsigned k) { return std::to_string(k); }), ",");
  text += "\n" + (jvp ? symbolOf(jvp) : "");
  text += "\n" + (vjp ? symbolOf(vjp) : "");
  return text;
}

static UserRules collect(CompilerInstance &instance, bool keep) {
  UserRules result;
  DiagnosticsEngine &diags = instance.getDiagnostics();
  llvm::DenseMap<const FunctionDecl *, const WrittenRule *> seen;
  llvm::SmallVector<WrittenRule, 4> rules = std::exchange(writtenRules(), {});
  for (const WrittenRule &rule : rules) {
    const FunctionDecl *f = rule.function->getCanonicalDecl();
    auto [it, fresh] = seen.try_emplace(f, &rule);
    if (!fresh) {
      error(diags, rule.specification->getBeginLoc(), "'" + f->getQualifiedNameAsString() + "' has a rule already");
      note(diags, it->second->specification->getBeginLoc(), "which stands here");
      continue;
    }
    if (std::optional<std::string> text = RuleChecker(instance, rule, keep).run())
      result[f] = std::move(*text);
  }
  return result;
}

UserRules sparsead::collectUserRules(CompilerInstance &instance) { return collect(instance, true); }
void sparsead::checkUserRules(CompilerInstance &instance) { collect(instance, false); }
