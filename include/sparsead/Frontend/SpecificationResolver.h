//===- SpecificationResolver.h - Names, extents and paths -------*- C++ -*-===//
//
// The parts of resolveSpecification. Private to lib/Frontend.
//
//===----------------------------------------------------------------------===//
#ifndef SPARSEAD_FRONTEND_SPECIFICATIONRESOLVER_H
#define SPARSEAD_FRONTEND_SPECIFICATIONRESOLVER_H

#include "sparsead/Frontend/Specification.h"
#include "sparsead/Frontend/SpecificationParser.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/Expr.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/Twine.h"

namespace sparsead::spec {

/// Reports mistakes at byte offsets of a string literal.
class Reporter {
public:
  Reporter(clang::ASTContext &context, clang::DiagnosticsEngine &diagnostics, const clang::StringLiteral *literal)
      : context(context), diagnostics(diagnostics), literal(literal) {}

  clang::SourceLocation at(size_t offset) const;
  /// Always returns nullopt, for `return report.error(…)`.
  std::nullopt_t error(size_t offset, const llvm::Twine &message);
  std::nullopt_t error(clang::SourceLocation loc, const llvm::Twine &message);
  void note(clang::SourceLocation loc, const llvm::Twine &message);
  /// "did you mean 'u'?" at the declaration of the closest name, if any is
  /// near.
  void suggest(llvm::StringRef name, llvm::ArrayRef<const clang::NamedDecl *> candidates);

private:
  clang::ASTContext &context;
  clang::DiagnosticsEngine &diagnostics;
  const clang::StringLiteral *literal;
};

/// The closest of `candidates` by edit distance, or "" where none is near.
llvm::StringRef closestName(llvm::StringRef name, llvm::ArrayRef<llvm::StringRef> candidates);

/// A program of abi.hpp under construction. Constant arithmetic is folded.
class Program {
public:
  static Program constant(int64_t value);
  static Program argument(int index);

  std::optional<int64_t> constantValue() const;
  Program offset(int64_t bytes) const;
  Program loadPointer() const;
  /// Load of an integer type of at most 64 bits.
  Program load(clang::ASTContext &context, clang::QualType type) const;
  Program negate() const;
  /// nullopt where constants overflow or the divisor is a constant zero.
  static std::optional<Program> binary(char op, const Program &lhs, const Program &rhs);
  std::vector<int64_t> words() const; ///< with op_end

private:
  void push(abi::opcode op, int64_t operand = 0) { code.push_back({op, operand}); }
  llvm::SmallVector<std::pair<abi::opcode, int64_t>, 4> code;
};

/// Is `type` an integer or enumeration that a program can load?
bool isExtentInteger(clang::ASTContext &context, clang::QualType type);

/// What a name inside a record stands for.
struct Member {
  const clang::NamedDecl *decl = nullptr; ///< FieldDecl, VarDecl or enumerator
  const clang::FieldDecl *field = nullptr;
  int64_t offset = 0;       ///< of a field
  bool virtualBase = false; ///< lies in a virtual base: no fixed offset
};

/// Declarations and layouts, as seen from the annotated function.
class Scope {
public:
  Scope(clang::ASTContext &context, const clang::FunctionDecl *function, clang::SourceLocation loc,
        const clang::Preprocessor *preprocessor, clang::Sema *sema)
      : context(context), function(function), loc(loc), preprocessor(preprocessor), sema(sema) {}

  clang::ASTContext &context;
  const clang::FunctionDecl *const function;

  bool hasThis() const;
  const clang::CXXRecordDecl *thisRecord() const;
  bool thisIsConst() const;

  /// Declared parameter of that name, as written in the annotated declaration;
  /// `index` counts the declared parameters.
  const clang::ParmVarDecl *parameter(llvm::StringRef name, unsigned &index) const;
  int argumentIndex(unsigned parameterIndex) const { return int(parameterIndex) + (hasThis() ? 1 : 0); }

  /// The definition of a record type, instantiated if need be; null if
  /// incomplete.
  const clang::RecordDecl *complete(clang::QualType type) const;
  std::optional<Member> findMember(const clang::RecordDecl *record, llvm::StringRef name) const;
  /// The field of the closure type that holds a captured variable.
  std::optional<Member> findCapture(llvm::StringRef name) const;

  /// A compile-time constant or a declaration that is none.
  struct Constant {
    std::optional<llvm::APSInt> value;
    const clang::NamedDecl *decl = nullptr;
    clang::QualType type;
    bool isField = false; ///< a member of the function's own class, via `this`
    Member member;
  };
  /// Looks `path` up as the function's body would, parameters excepted.
  std::optional<Constant> lookup(llvm::ArrayRef<Expr::Component> path, bool global) const;

  /// Names for suggestions.
  llvm::SmallVector<const clang::NamedDecl *> parameters() const;
  llvm::SmallVector<const clang::NamedDecl *> fields(const clang::RecordDecl *record) const;

  std::optional<std::string> expandMacro(llvm::StringRef name) const;
  std::string functionName() const;

  /// Spelling of a type in messages, quoted.
  std::string quoted(clang::QualType type) const;

  /// The value of an enumerator or of a variable with a constant initializer.
  Constant evaluate(const clang::NamedDecl *decl) const;

private:
  const clang::NamedDecl *findIn(const clang::DeclContext *scope, clang::IdentifierInfo *name,
                                 unsigned depth = 0) const;
  const clang::TemplateArgument *templateArgument(const clang::DeclContext *scope, llvm::StringRef name,
                                                  const clang::NamedDecl *&decl) const;

  clang::SourceLocation loc;
  const clang::Preprocessor *preprocessor;
  clang::Sema *sema;
};

/// The number of elements along one axis of a container.
struct Count {
  enum Kind { Fixed, Field, Difference } kind = Fixed;
  int64_t value = 0;           ///< Fixed: the count; Difference: element size
  int64_t offset = 0, end = 0; ///< Field, Difference
  clang::QualType type;        ///< of the field

  Program program(clang::ASTContext &context, const Program &address) const;
};

/// A class that knows where its elements are and how many there are.
struct Container {
  clang::QualType element;
  int64_t dataOffset = 0;
  bool indirect = false;              ///< a pointer to the elements stands at dataOffset
  bool deepConst = false;             ///< a const container has const elements
  llvm::SmallVector<Count, 2> counts; ///< their product; rows and columns
  bool strided = false;               ///< elements are not (surely) adjacent

  bool hasFixedSize() const;
  std::optional<Program> size(clang::ASTContext &context, const Program &address) const;
};

/// std::vector, std::array, std::span, std::valarray, Eigen's dense types, and
/// classes derived from them.
std::optional<Container> describeContainer(const Scope &scope, clang::QualType type);

/// Compiles extents.
class ExtentCompiler {
public:
  ExtentCompiler(const Scope &scope, Reporter &report) : scope(scope), report(report) {}

  /// `item` names the object in messages.
  std::optional<Program> compile(const Expr &expr, llvm::StringRef item);

private:
  /// A value, or an address with the type of what stands there.
  struct Operand {
    Program program;
    bool isPlace = false;
    clang::QualType type;
    std::string name;
    size_t offset = 0;
  };
  std::optional<Operand> operand(const Expr &expr);
  std::optional<Program> value(const Expr &expr);
  std::optional<Operand> name(const Expr &expr);
  std::optional<Operand> member(const Expr &expr);
  std::optional<Operand> index(const Expr &expr);
  std::optional<Operand> call(const Expr &expr);
  std::optional<Operand> field(Operand base, const Member &member, llvm::StringRef name, size_t offset);
  Operand place(Program address, clang::QualType type, std::string name, size_t offset);

  const Scope &scope;
  Reporter &report;
  llvm::StringRef item;
};

/// A resolved item and the members it names, for overlap tests.
struct ResolvedItem {
  SpecObject object;
  std::vector<std::string> chain;
  size_t offset = 0;
};

std::optional<ResolvedItem> resolveItem(const Scope &scope, Reporter &report, const Item &item, abi::role role);

/// Appends the floating-point members of `type` at `offset`. On an element
/// that cannot be handled, returns false and says why in `problem`.
bool collectLeaves(const Scope &scope, clang::QualType type, int64_t offset,
                   std::vector<std::pair<int64_t, int>> &leaves, std::string &problem);

} // namespace sparsead::spec

#endif // SPARSEAD_FRONTEND_SPECIFICATIONRESOLVER_H
