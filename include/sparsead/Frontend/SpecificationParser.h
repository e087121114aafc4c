//===- SpecificationParser.h - Syntax of a specification --------*- C++ -*-===//
//
// Text to syntax tree. Knows nothing of C++ declarations; every node carries
// its byte offset in the string, for carets.
//
//===----------------------------------------------------------------------===//
#ifndef SPARSEAD_FRONTEND_SPECIFICATIONPARSER_H
#define SPARSEAD_FRONTEND_SPECIFICATIONPARSER_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sparsead::spec {

enum class TokenKind {
  End,
  Identifier, ///< also the keywords `this` and `return`
  Integer,
  LeftArrow,  ///< <-
  RightArrow, ///< ->
  ColonColon, ///< ::
  Punctuation ///< one of [ ] ( ) , ; : . + - * / %
};

struct Token {
  TokenKind kind = TokenKind::End;
  std::string text;
  size_t offset = 0;
  int64_t value = 0; ///< of an Integer
  std::string macro; ///< the macro it was expanded from, if any

  bool is(char c) const { return kind == TokenKind::Punctuation && text[0] == c; }
};

/// A mistake at a byte offset; `note` explains where `noteOffset` points.
struct SyntaxError {
  size_t offset = 0;
  std::string message;
  bool atString = false; ///< the caret stands at the whole string
  std::string note;
  size_t noteOffset = 0;
};

/// Tokens of `text`, ending with End; nullopt and `error` on a bad character.
std::optional<std::vector<Token>> tokenize(llvm::StringRef text, SyntaxError &error);

/// An integer expression.
struct Expr {
  enum Kind {
    Number, ///< value
    Name,   ///< path, global
    This,
    Negate, ///< lhs
    Load,   ///< *lhs
    Binary, ///< lhs op rhs
    Member, ///< lhs.name, lhs->name
    Index,  ///< lhs[rhs]
    Call    ///< lhs.name()
  };
  struct Component {
    std::string name;
    size_t offset;
  };

  Kind kind = Number;
  size_t offset = 0; ///< of the operator, for Binary
  int64_t value = 0;
  std::vector<Component> path; ///< a::b::c
  bool global = false;         ///< ::a
  char op = 0;
  bool arrow = false;
  std::string name;
  std::unique_ptr<Expr> lhs, rhs;
};

/// `[upper]` or `[lower:upper]`.
struct Extent {
  std::unique_ptr<Expr> lower, upper;
  size_t offset = 0; ///< of the first token inside the brackets
  std::string text;  ///< as written
};

struct Suffix {
  bool isIndex = false;
  bool arrow = false;
  std::string name;  ///< member
  size_t offset = 0; ///< of the member's name, or of the `[`
  Extent extent;
};

struct Item {
  enum Base { Name, This, Return };
  Base base = Name;
  std::string name;
  size_t offset = 0;
  std::vector<Suffix> suffixes;
};

struct Syntax {
  std::vector<Item> outputs, inputs, work;
};

/// The fully expanded text of an object-like macro, or nullopt.
using MacroExpander = llvm::function_ref<std::optional<std::string>(llvm::StringRef)>;

std::optional<Syntax> parseSpecification(llvm::StringRef text, MacroExpander expand, SyntaxError &error);

} // namespace sparsead::spec

#endif // SPARSEAD_FRONTEND_SPECIFICATIONPARSER_H
