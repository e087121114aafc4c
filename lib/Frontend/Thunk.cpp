//===- Thunk.cpp - one calling convention for every function --------------===//

#include "sparsead/Frontend/Thunk.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/Attr.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/ExprCXX.h"
#include "clang/Sema/EnterExpressionEvaluationContext.h"
#include "clang/Sema/Initialization.h"

using namespace clang;
using namespace sparsead;

static bool hasImplicitObject(const FunctionDecl *f) {
  const auto *method = dyn_cast<CXXMethodDecl>(f);
  return method && method->isImplicitObjectMemberFunction();
}

llvm::SmallVector<ParameterObject, 8> sparsead::parameterObjects(const FunctionDecl *f) {
  llvm::SmallVector<ParameterObject, 8> result;
  if (hasImplicitObject(f))
    result.push_back({"this", cast<CXXMethodDecl>(f)->getFunctionObjectParameterType()});
  for (const ParmVarDecl *p : f->parameters())
    result.push_back({p->getNameAsString(), p->getType().getNonReferenceType()});
  return result;
}

QualType sparsead::resultObjectType(ASTContext &context, const FunctionDecl *f) {
  QualType type = f->getReturnType();
  if (type->isVoidType())
    return {};
  if (type->isReferenceType())
    return context.getPointerType(type.getNonReferenceType());
  return type.getUnqualifiedType();
}

namespace {

class ThunkBuilder {
public:
  ThunkBuilder(Sema &sema, FunctionDecl *function)
      : S(sema), context(sema.Context), function(function), loc(function->getLocation()) {}

  FunctionDecl *build(llvm::StringRef name);

private:
  void declare(llvm::StringRef name);
  /// The thunk's k-th parameter, and what it points to.
  Expr *address(unsigned k);
  Expr *pointee(unsigned k);
  ExprResult call();
  ExprResult store(Expr *call);

  Sema &S;
  ASTContext &context;
  FunctionDecl *function;
  SourceLocation loc;
  FunctionDecl *thunk = nullptr;
  QualType result;
  llvm::SmallVector<QualType, 8> pointers; ///< what the parameters point to, as pointer types
};

} // namespace

void ThunkBuilder::declare(llvm::StringRef name) {
  for (const ParameterObject &object : parameterObjects(function))
    pointers.push_back(context.getPointerType(object.type));
  result = resultObjectType(context, function);
  pointers.push_back(result.isNull() ? context.VoidPtrTy : context.getPointerType(result));

  // `void *` throughout: a parameter type without linkage (a closure) would make the thunk internal.
  llvm::SmallVector<QualType, 8> types(pointers.size(), context.VoidPtrTy);
  QualType type = context.getFunctionType(context.VoidTy, types, FunctionProtoType::ExtProtoInfo());
  thunk = FunctionDecl::Create(context, context.getTranslationUnitDecl(), loc, loc,
                               DeclarationName(&context.Idents.get(name)), type,
                               context.getTrivialTypeSourceInfo(type, loc), SC_None);
  llvm::SmallVector<ParmVarDecl *, 8> parameters;
  for (QualType t : types) {
    auto *p = ParmVarDecl::Create(context, thunk, loc, loc, nullptr, t, context.getTrivialTypeSourceInfo(t, loc),
                                  SC_None, nullptr);
    p->setScopeInfo(0, parameters.size());
    p->setImplicit();
    parameters.push_back(p);
  }
  thunk->setParams(parameters);
  thunk->setImplicit();
  thunk->addAttr(AsmLabelAttr::CreateImplicit(context, name));
}

Expr *ThunkBuilder::address(unsigned k) {
  ParmVarDecl *p = thunk->getParamDecl(k);
  Expr *ref = S.BuildDeclRefExpr(p, p->getType(), VK_LValue, loc);
  return ImplicitCastExpr::Create(context, p->getType(), CK_LValueToRValue, ref, nullptr, VK_PRValue,
                                  FPOptionsOverride());
}

Expr *ThunkBuilder::pointee(unsigned k) {
  Expr *value =
      ImplicitCastExpr::Create(context, pointers[k], CK_BitCast, address(k), nullptr, VK_PRValue, FPOptionsOverride());
  return UnaryOperator::Create(context, value, UO_Deref, pointers[k]->getPointeeType(), VK_LValue, OK_Ordinary, loc,
                               false, FPOptionsOverride());
}

static Expr *asXValue(ASTContext &context, Expr *e) {
  return ImplicitCastExpr::Create(context, e->getType(), CK_NoOp, e, nullptr, VK_XValue, FPOptionsOverride());
}

ExprResult ThunkBuilder::call() {
  unsigned shift = hasImplicitObject(function) ? 1 : 0;
  llvm::SmallVector<Expr *, 8> arguments;
  for (unsigned i = 0, e = function->getNumParams(); i != e; ++i) {
    ParmVarDecl *p = function->getParamDecl(i);
    Expr *value = pointee(i + shift);
    if (p->getType()->isRValueReferenceType() && !p->getType()->getPointeeType()->isFunctionType())
      value = asXValue(context, value);
    ExprResult argument = S.PerformCopyInitialization(InitializedEntity::InitializeParameter(context, p), loc, value);
    if (argument.isInvalid())
      return ExprError();
    arguments.push_back(argument.get());
  }

  QualType type = function->getCallResultType();
  ExprValueKind kind = Expr::getValueKindForType(function->getReturnType());
  S.MarkFunctionReferenced(loc, function);
  CallExpr *expr;
  if (shift) {
    auto *method = cast<CXXMethodDecl>(function);
    Expr *object = pointee(0);
    if (method->getRefQualifier() == RQ_RValue)
      object = asXValue(context, object);
    // A qualified name: the annotated function itself is called, virtual or not.
    NestedNameSpecifierLocBuilder qualifier;
    qualifier.MakeTrivial(context, NestedNameSpecifier(context.getCanonicalTagType(method->getParent()).getTypePtr()),
                          loc);
    auto *member = MemberExpr::Create(context, object, /*IsArrow=*/false, loc, qualifier.getWithLocInContext(context),
                                      SourceLocation(), method, DeclAccessPair::make(method, AS_public),
                                      DeclarationNameInfo(method->getDeclName(), loc), nullptr, context.BoundMemberTy,
                                      VK_PRValue, OK_Ordinary, NOUR_None);
    expr = CXXMemberCallExpr::Create(context, member, arguments, type, kind, loc, FPOptionsOverride(),
                                     function->getNumParams());
  } else {
    Expr *ref = S.BuildDeclRefExpr(function, function->getType(), VK_LValue, loc);
    Expr *callee = ImplicitCastExpr::Create(context, context.getPointerType(function->getType()),
                                            CK_FunctionToPointerDecay, ref, nullptr, VK_PRValue, FPOptionsOverride());
    expr = CallExpr::Create(context, callee, arguments, type, kind, loc, FPOptionsOverride(), function->getNumParams());
  }
  return S.MaybeBindToTemporary(expr);
}

ExprResult ThunkBuilder::store(Expr *call) {
  if (result.isNull())
    return call;
  unsigned last = thunk->getNumParams() - 1;
  if (function->getReturnType()->isReferenceType())
    call = UnaryOperator::Create(context,
                                 call->isXValue() ? ImplicitCastExpr::Create(context, call->getType(), CK_NoOp, call,
                                                                             nullptr, VK_LValue, FPOptionsOverride())
                                                  : call,
                                 UO_AddrOf, result, VK_PRValue, OK_Ordinary, loc, false, FPOptionsOverride());
  if (!result->isRecordType())
    return S.BuildBinOp(nullptr, loc, BO_Assign, pointee(last), call);
  // new (result) R(f(…)): the only form that needs no assignment operator.
  Expr *place = address(last);
  Expr *initializer = ParenListExpr::Create(context, loc, {call}, loc);
  return S.BuildCXXNew(SourceRange(loc, loc), /*UseGlobal=*/true, loc, MultiExprArg(place), loc, SourceRange(), result,
                       context.getTrivialTypeSourceInfo(result, loc), std::nullopt, SourceRange(loc, loc), initializer);
}

FunctionDecl *ThunkBuilder::build(llvm::StringRef name) {
  declare(name);
  Sema::SynthesizedFunctionScope scope(S, thunk);
  ExprResult e = call();
  if (!e.isInvalid())
    e = store(e.get());
  if (!e.isInvalid())
    e = S.ActOnFinishFullExpr(e.get(), loc, /*DiscardedValue=*/false);
  if (e.isInvalid())
    return nullptr;
  Stmt *statement = e.get();
  thunk->setBody(CompoundStmt::Create(context, {statement}, FPOptionsOverride(), loc, loc));
  return thunk;
}

FunctionDecl *sparsead::makeThunk(Sema &sema, FunctionDecl *function, llvm::StringRef name) {
  return ThunkBuilder(sema, function).build(name);
}
