//===- CodeGenCapture.h - LLVM IR of chosen functions -----------*- C++ -*-===//
//
// Records what the parser tells a consumer, and replays it, when the unit is complete, into a second Clang code
// generator whose options suit differentiation: no exceptions, no sanitizers, line tables with columns, values that
// SROA can promote.
//
//===----------------------------------------------------------------------===//

#ifndef SPARSEAD_FRONTEND_CODEGENCAPTURE_H
#define SPARSEAD_FRONTEND_CODEGENCAPTURE_H

#include "sparsead/Frontend/UserRules.h"

#include "clang/AST/ASTConsumer.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/DeclGroup.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/IR/Module.h"
#include <memory>
#include <vector>

namespace clang {
class CompilerInstance;
} // namespace clang

namespace sparsead {

class CodeGenCapture {
public:
  explicit CodeGenCapture(clang::CompilerInstance &instance) : instance(instance) {}

  // What an ASTConsumer is told, under the same names.
  void HandleTopLevelDecl(clang::DeclGroupRef group) { events.push_back({Event::TopLevel, group}); }
  void HandleInlineFunctionDefinition(clang::FunctionDecl *d) { add(Event::InlineFunction, d); }
  void HandleTagDeclDefinition(clang::TagDecl *d) { add(Event::Tag, d); }
  void HandleTagDeclRequiredDefinition(const clang::TagDecl *d) {
    add(Event::RequiredTag, const_cast<clang::TagDecl *>(d));
  }
  void CompleteTentativeDefinition(clang::VarDecl *d) { add(Event::Tentative, d); }
  void CompleteExternalDeclaration(clang::DeclaratorDecl *d) { add(Event::External, d); }
  void HandleCXXStaticMemberVarInstantiation(clang::VarDecl *d) { add(Event::StaticMember, d); }
  void HandleVTable(clang::CXXRecordDecl *d) { add(Event::VTable, d); }

  /// Every declaration that was handed over as a top-level declaration.
  template <typename Function> void forEachTopLevelDecl(Function &&function) const {
    for (const Event &event : events)
      if (event.kind == Event::TopLevel)
        for (const clang::Decl *d : event.group)
          function(const_cast<clang::Decl *>(d));
  }

  /// Functions whose derivatives the user gives: their bodies, if there are any, are of no interest.
  void setUserRules(UserRules given) { rules = std::move(given); }

  /// Generates code for the extra functions and what they reach, at least; with `everything`, for all that the unit
  /// defines. Null, after a diagnostic, where Clang cannot.
  std::unique_ptr<llvm::Module> generate(llvm::ArrayRef<clang::FunctionDecl *> extra, llvm::LLVMContext &context,
                                         bool everything = false);

private:
  struct Event {
    enum Kind { TopLevel, InlineFunction, Tag, RequiredTag, Tentative, External, StaticMember, VTable } kind;
    clang::DeclGroupRef group;
  };
  void add(Event::Kind kind, clang::Decl *d) { events.push_back({kind, clang::DeclGroupRef(d)}); }
  void replay(clang::ASTConsumer &consumer, const llvm::DenseSet<const clang::FunctionDecl *> *wanted) const;

  clang::CompilerInstance &instance;
  std::vector<Event> events;
  UserRules rules;
};

} // namespace sparsead

#endif // SPARSEAD_FRONTEND_CODEGENCAPTURE_H
