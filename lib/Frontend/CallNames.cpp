//===- CallNames.cpp - names for what compiled code lost ------------------===//

#include "sparsead/Frontend/CallNames.h"

#include "clang/AST/DeclCXX.h"
#include "clang/AST/DynamicRecursiveASTVisitor.h"
#include "clang/AST/ExprCXX.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/Demangle/Demangle.h"
#include <cstdlib>

using namespace clang;
using namespace sparsead;

namespace {

class CallFinder : public DynamicRecursiveASTVisitor {
public:
  CallFinder(const SourceManager &sources, SourceLocation location)
      : sources(sources), place(sources.getDecomposedExpansionLoc(location)), wanted(line(location)) {
    ShouldVisitTemplateInstantiations = true;
  }

  bool TraverseDecl(Decl *d) override {
    // Other files, and functions that end before the place or begin after it, cannot hold the call.
    if (d && isa<FunctionDecl>(d) && d->getSourceRange().isValid()) {
      auto begin = sources.getDecomposedExpansionLoc(d->getBeginLoc());
      auto end = sources.getDecomposedExpansionLoc(d->getEndLoc());
      if (begin.first == place.first && (place.second < begin.second || place.second > end.second))
        return true;
    }
    return DynamicRecursiveASTVisitor::TraverseDecl(d);
  }

  bool VisitCallExpr(CallExpr *call) override {
    if (line(call->getExprLoc()) != wanted && line(call->getBeginLoc()) != wanted)
      return true;
    bool direct = false;
    std::string text = describe(call, direct);
    if (text.empty())
      return true;
    unsigned score = direct ? 1 : 2;
    for (SourceLocation at : {call->getBeginLoc(), call->getExprLoc(), call->getCallee()->getExprLoc()})
      if (sources.getDecomposedExpansionLoc(at) == place)
        score += 4;
    if (score > best) {
      best = score;
      found = std::move(text);
    }
    return true;
  }

  std::string found;

private:
  std::pair<FileID, unsigned> line(SourceLocation at) const {
    auto [file, offset] = sources.getDecomposedExpansionLoc(at);
    return {file, file.isValid() ? sources.getLineNumber(file, offset) : 0};
  }

  static std::string describe(CallExpr *call, bool &direct) {
    if (const auto *member = dyn_cast<CXXMemberCallExpr>(call))
      if (const CXXMethodDecl *method = member->getMethodDecl(); method && method->isVirtual())
        return "a virtual call to '" + method->getQualifiedNameAsString() + "'";
    if (const FunctionDecl *f = call->getDirectCallee()) {
      direct = true;
      return "a call to '" + f->getQualifiedNameAsString() + "'";
    }
    const Expr *callee = call->getCallee()->IgnoreParenImpCasts();
    if (const auto *op = dyn_cast<UnaryOperator>(callee); op && op->getOpcode() == UO_Deref)
      callee = op->getSubExpr()->IgnoreParenImpCasts();
    if (const auto *ref = dyn_cast<DeclRefExpr>(callee))
      return "a call through the pointer '" + ref->getDecl()->getNameAsString() + "'";
    if (const auto *member = dyn_cast<MemberExpr>(callee))
      return "a call through the pointer '" + member->getMemberDecl()->getNameAsString() + "'";
    return "a call through a pointer";
  }

  const SourceManager &sources;
  std::pair<FileID, unsigned> place;
  std::pair<FileID, unsigned> wanted;
  unsigned best = 0;
};

} // namespace

std::string sparsead::describeCallAt(ASTContext &context, SourceLocation location) {
  if (location.isInvalid())
    return {};
  CallFinder finder(context.getSourceManager(), location);
  finder.TraverseDecl(context.getTranslationUnitDecl());
  return finder.found;
}

static std::string sourceName(llvm::StringRef mangled) {
  llvm::ItaniumPartialDemangler demangler;
  std::string name = mangled.str();
  if (demangler.partialDemangle(name.c_str()))
    return name;
  char *text =
      demangler.isFunction() ? demangler.getFunctionName(nullptr, nullptr) : demangler.finishDemangle(nullptr, nullptr);
  if (text)
    name = text;
  std::free(text);
  return name;
}

std::string sparsead::withSourceNames(llvm::StringRef message) {
  std::string result;
  while (true) {
    size_t at = message.find("'_Z");
    if (at == llvm::StringRef::npos)
      break;
    size_t end = message.find('\'', at + 1);
    if (end == llvm::StringRef::npos)
      break;
    result += message.take_front(at + 1);
    result += sourceName(message.slice(at + 1, end));
    message = message.drop_front(end);
  }
  return result + message.str();
}
