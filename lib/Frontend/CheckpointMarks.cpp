//===- CheckpointMarks.cpp - SPARSEAD_CHECKPOINT in front of a loop -------===//
//
// The loop's body begins with `(void)__builtin_annotation(snapshots, "sparsead::checkpoint")` from then on: an
// expression that templates instantiate, that Clang's code generation knows, and that stays inside the loop whatever
// becomes of its blocks. docs/design/checkpoint.md.
//
//===----------------------------------------------------------------------===//

#include "sparsead/Frontend/CheckpointMarks.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Basic/DiagnosticSema.h"
#include "clang/Basic/ParsedAttrInfo.h"
#include "clang/Sema/Lookup.h"
#include "clang/Sema/ParsedAttr.h"
#include "clang/Sema/Sema.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"

using namespace clang;
using namespace sparsead;

static constexpr llvm::StringLiteral markName = "sparsead::checkpoint";

namespace {

void error(Sema &S, SourceLocation loc, StringRef text) {
  S.Diag(loc, S.Diags.getCustomDiagID(DiagnosticsEngine::Error, "%0")) << text;
}

struct CheckpointAttrInfo : ParsedAttrInfo {
  CheckpointAttrInfo() {
    OptArgs = 15;
    Spellings = spellings;
  }
  static constexpr Spelling spellings[] = {{ParsedAttr::AS_CXX11, "sparsead::checkpoint"},
                                           {ParsedAttr::AS_CXX11, "checkpoint"}};

  bool diagAppertainsToDecl(Sema &S, const ParsedAttr &attr, const Decl *) const override {
    if (!attr.getScopeName())
      return true;
    error(S, attr.getLoc(), "'sparsead::checkpoint' can only be written in front of a loop");
    return false;
  }
  bool diagAppertainsToStmt(Sema &S, const ParsedAttr &attr, const Stmt *statement) const override {
    if (!attr.getScopeName() || isa<ForStmt, WhileStmt, DoStmt, CXXForRangeStmt>(statement))
      return true;
    return diagAppertainsToDecl(S, attr, nullptr);
  }
  AttrHandling handleDeclAttribute(Sema &S, Decl *, const ParsedAttr &attr) const override {
    S.Diag(attr.getLoc(), diag::warn_unknown_attribute_ignored) << attr.getAttrName() << attr.getRange();
    return AttributeNotApplied;
  }
  AttrHandling handleStmtAttribute(Sema &S, Stmt *loop, const ParsedAttr &attr, Attr *&) const override {
    if (!attr.getScopeName()) {
      S.Diag(attr.getLoc(), diag::warn_unknown_attribute_ignored) << attr.getAttrName() << attr.getRange();
      return AttributeNotApplied;
    }
    if (attr.getNumArgs() > 1) {
      error(
          S, attr.getLoc(),
          "SPARSEAD_CHECKPOINT takes the number of snapshots, or nothing: then the compiler's choice, the square root "
          "of twice the number of steps");
      return AttributeNotApplied;
    }
    Expr *number = snapshots(S, attr);
    Expr *mark = number ? markOf(S, attr.getLoc(), number) : nullptr;
    if (mark)
      putFirst(S, loop, mark);
    return AttributeNotApplied; // nothing is left to be carried by the statement
  }

private:
  /// Null, and an error, where it is no constant.
  static Expr *snapshots(Sema &S, const ParsedAttr &attr) {
    SourceLocation loc = attr.getLoc();
    if (attr.getNumArgs() == 0)
      return IntegerLiteral::Create(S.Context, llvm::APInt(S.Context.getIntWidth(S.Context.IntTy), 0), S.Context.IntTy,
                                    loc);
    Expr *number = nullptr;
    if (attr.isArgIdent(0)) { // a single name comes as such
      loc = attr.getArgAsIdent(0)->getLoc();
      LookupResult found(S, attr.getArgAsIdent(0)->getIdentifierInfo(), loc, Sema::LookupOrdinaryName);
      found.suppressDiagnostics();
      S.LookupName(found, S.getCurScope());
      if (auto *value = found.getAsSingle<ValueDecl>())
        number = S.BuildDeclRefExpr(value, value->getType().getNonReferenceType(),
                                    isa<VarDecl>(value) ? VK_LValue : VK_PRValue, loc);
    } else {
      number = attr.getArgAsExpr(0);
      loc = number->getBeginLoc();
    }
    if (number && (number->isValueDependent() || number->isTypeDependent()))
      return number;
    std::optional<llvm::APSInt> value = number ? number->getIntegerConstantExpr(S.Context) : std::nullopt;
    if (!value || value->isNegative() || value->getActiveBits() > 31) {
      error(S, loc,
            "the number of snapshots of SPARSEAD_CHECKPOINT is an integer constant, 0 for the compiler's choice");
      return nullptr;
    }
    return IntegerLiteral::Create(S.Context, value->zextOrTrunc(S.Context.getIntWidth(S.Context.IntTy)),
                                  S.Context.IntTy, loc);
  }

  static Expr *markOf(Sema &S, SourceLocation loc, Expr *number) {
    IdentifierInfo &name = S.Context.Idents.get("__builtin_annotation");
    LookupResult found(S, &name, loc, Sema::LookupOrdinaryName);
    S.LookupName(found, S.TUScope, /*AllowBuiltinCreation=*/true);
    auto *builtin = found.getAsSingle<FunctionDecl>();
    if (!builtin)
      return nullptr;
    QualType chars = S.Context.getStringLiteralArrayType(S.Context.CharTy, markName.size());
    Expr *text =
        clang::StringLiteral::Create(S.Context, markName, StringLiteralKind::Ordinary, /*Pascal=*/false, chars, loc);
    Expr *callee = S.BuildDeclRefExpr(builtin, builtin->getType(), VK_LValue, loc);
    Expr *args[] = {number, text};
    ExprResult call = S.BuildCallExpr(S.getCurScope(), callee, loc, args, loc);
    if (call.isInvalid())
      return nullptr;
    TypeSourceInfo *none = S.Context.getTrivialTypeSourceInfo(S.Context.VoidTy, loc);
    ExprResult ignored = S.BuildCStyleCastExpr(loc, none, loc, call.get());
    return ignored.isInvalid() ? nullptr : ignored.get();
  }

  static void putFirst(Sema &S, Stmt *loop, Stmt *mark) {
    auto with = [&](Stmt *body) -> Stmt * {
      Stmt *both[] = {mark, body};
      return CompoundStmt::Create(S.Context, both, FPOptionsOverride(), body->getBeginLoc(), body->getEndLoc());
    };
    if (auto *s = dyn_cast<ForStmt>(loop))
      s->setBody(with(s->getBody()));
    else if (auto *s = dyn_cast<WhileStmt>(loop))
      s->setBody(with(s->getBody()));
    else if (auto *s = dyn_cast<DoStmt>(loop))
      s->setBody(with(s->getBody()));
    else if (auto *s = dyn_cast<CXXForRangeStmt>(loop))
      s->setBody(with(s->getBody()));
  }
};

ParsedAttrInfoRegistry::Add<CheckpointAttrInfo> addCheckpoint("sparsead::checkpoint", "asks for checkpoints of a loop");

} // namespace

bool sparsead::lowerCheckpointMark(llvm::IntrinsicInst &annotation) {
  llvm::StringRef text;
  if (annotation.getIntrinsicID() != llvm::Intrinsic::annotation ||
      !llvm::getConstantStringInfo(annotation.getArgOperand(1), text) || text != markName)
    return false;
  llvm::Module &module = *annotation.getModule();
  llvm::IRBuilder<> b(&annotation);
  llvm::FunctionCallee mark = module.getOrInsertFunction(checkpointMark, b.getVoidTy(), b.getInt64Ty());
  auto *function = llvm::cast<llvm::Function>(mark.getCallee());
  function->setMemoryEffects(llvm::MemoryEffects::inaccessibleMemOnly());
  for (llvm::Attribute::AttrKind kind :
       {llvm::Attribute::NoUnwind, llvm::Attribute::WillReturn, llvm::Attribute::NoDuplicate})
    function->addFnAttr(kind);
  llvm::Value *number = annotation.getArgOperand(0);
  llvm::CallInst *call = b.CreateCall(mark, b.CreateSExtOrTrunc(number, b.getInt64Ty()));
  call->setDebugLoc(annotation.getDebugLoc());
  annotation.replaceAllUsesWith(number);
  annotation.eraseFromParent();
  return true;
}
