//===- SpecificationParser.cpp --------------------------------------------===//
//
//   specification: items '<-' items [';' items]
//   items:         item {',' item}
//   item:          (name | 'this' | 'return') {('.' | '->') name | '[' extent ']'}
//   extent:        sum [':' sum]
//   sum:           product {('+' | '-') product}
//   product:       unary {('*' | '/' | '%') unary}
//   unary:         ('-' | '+' | '*') unary | postfix
//   postfix:       atom {('.' | '->') name ['(' ')'] | '[' sum ']'}
//   atom:          integer | ['::'] name {'::' name} | 'this' | '(' sum ')'
//
//===----------------------------------------------------------------------===//

#include "sparsead/Frontend/SpecificationParser.h"
#include "llvm/ADT/Twine.h"

using namespace llvm;

namespace sparsead::spec {

namespace {

using ExprPtr = std::unique_ptr<Expr>;

class Parser {
public:
  Parser(StringRef text, std::vector<Token> tokens, MacroExpander expand, SyntaxError &error)
      : text(text), tokens(std::move(tokens)), expand(expand), error(error) {}

  std::optional<Syntax> specification();

private:
  const Token &peek() const { return tokens[position]; }
  Token take() {
    Token token = tokens[position];
    if (token.kind != TokenKind::End)
      ++position;
    return token;
  }
  static std::string describe(const Token &token) {
    return token.kind == TokenKind::End ? "the end of the string" : "'" + token.text + "'";
  }
  /// Keeps the first mistake only. The results are for `return fail(…)`.
  std::nullptr_t fail(size_t offset, const Twine &message) {
    if (error.message.empty()) {
      error.offset = offset;
      error.message = message.str();
    }
    return nullptr;
  }
  std::nullptr_t failAt(const Token &token, const Twine &expected) {
    std::string inMacro = token.macro.empty() ? "" : " in the expansion of '" + token.macro + "'";
    return fail(token.offset, "expected " + expected + ", found " + describe(token) + inMacro);
  }
  bool close(char bracket, const Token &open);
  bool items(std::vector<Item> &list, const char *what);
  bool item(Item &result, const char *what);
  bool extent(Extent &result);
  ExprPtr sum();
  ExprPtr product();
  ExprPtr unary();
  ExprPtr postfix();
  ExprPtr atom();
  ExprPtr name();
  ExprPtr binary(ExprPtr lhs, const Token &op, ExprPtr rhs);
  bool expandHere();

  StringRef text;
  std::vector<Token> tokens;
  size_t position = 0;
  MacroExpander expand;
  SyntaxError &error;
  unsigned depth = 0;
};

} // namespace

bool Parser::close(char bracket, const Token &open) {
  if (peek().is(bracket)) {
    take();
    return true;
  }
  failAt(peek(), "'" + Twine(bracket) + "'");
  if (error.note.empty() && open.macro.empty()) {
    error.note = "to match this '" + open.text + "'";
    error.noteOffset = open.offset;
  }
  return false;
}

/// Replaces a macro's name by its tokens, which keep the name's offset.
bool Parser::expandHere() {
  Token token = peek();
  if (token.kind != TokenKind::Identifier || !token.macro.empty())
    return true;
  std::optional<std::string> body = expand(token.text);
  if (!body)
    return true;
  SyntaxError inner;
  std::optional<std::vector<Token>> expansion = tokenize(*body, inner);
  if (!expansion) {
    fail(token.offset, "macro '" + token.text + "' is not an integer expression: " + inner.message);
    return false;
  }
  expansion->pop_back();
  for (Token &t : *expansion) {
    t.offset = token.offset;
    t.macro = token.text;
  }
  if (expansion->empty()) {
    fail(token.offset, "macro '" + token.text + "' is empty");
    return false;
  }
  tokens.erase(tokens.begin() + position);
  tokens.insert(tokens.begin() + position, expansion->begin(), expansion->end());
  return true;
}

std::optional<Syntax> Parser::specification() {
  Syntax syntax;
  bool hasArrow = false;
  for (const Token &token : tokens)
    hasArrow |= token.kind == TokenKind::LeftArrow;
  if (!hasArrow) {
    fail(0, "expected '<-' between the outputs and the inputs");
    error.atString = true;
    return std::nullopt;
  }
  if (!items(syntax.outputs, "an output"))
    return std::nullopt;
  if (peek().kind != TokenKind::LeftArrow) {
    failAt(peek(), "',' or '<-'");
    return std::nullopt;
  }
  take();
  if (!items(syntax.inputs, "an input"))
    return std::nullopt;
  if (peek().is(';')) {
    take();
    if (!items(syntax.work, "a work array"))
      return std::nullopt;
    if (peek().kind != TokenKind::End) {
      failAt(peek(), "',' or the end of the string");
      return std::nullopt;
    }
  }
  if (peek().kind != TokenKind::End) {
    failAt(peek(), "',' or ';'");
    return std::nullopt;
  }
  return syntax;
}

bool Parser::items(std::vector<Item> &list, const char *what) {
  while (true) {
    list.emplace_back();
    if (!item(list.back(), what))
      return false;
    if (!peek().is(','))
      return true;
    take();
  }
}

bool Parser::item(Item &result, const char *what) {
  Token first = take();
  if (first.kind != TokenKind::Identifier) {
    failAt(first, what);
    return false;
  }
  result.name = first.text;
  result.offset = first.offset;
  if (first.text == "this")
    result.base = Item::This;
  else if (first.text == "return")
    result.base = Item::Return;
  while (true) {
    Suffix suffix;
    if (peek().is('[')) {
      Token open = take();
      suffix.isIndex = true;
      suffix.offset = open.offset;
      if (!extent(suffix.extent) || !close(']', open))
        return false;
    } else if (peek().is('.') || peek().kind == TokenKind::RightArrow) {
      suffix.arrow = take().kind == TokenKind::RightArrow;
      Token member = take();
      if (member.kind != TokenKind::Identifier) {
        failAt(member, "the name of a member");
        return false;
      }
      suffix.name = member.text;
      suffix.offset = member.offset;
    } else {
      return true;
    }
    result.suffixes.push_back(std::move(suffix));
  }
}

bool Parser::extent(Extent &result) {
  size_t begin = peek().offset;
  result.offset = begin;
  if (peek().is(']')) {
    fail(begin, "expected an extent inside the brackets");
    return false;
  }
  result.upper = sum();
  if (!result.upper)
    return false;
  if (peek().is(':')) {
    take();
    result.lower = std::move(result.upper);
    result.upper = sum();
    if (!result.upper)
      return false;
  }
  result.text = text.slice(begin, peek().offset).rtrim().str();
  return true;
}

ExprPtr Parser::binary(ExprPtr lhs, const Token &op, ExprPtr rhs) {
  if (!rhs)
    return nullptr;
  auto expr = std::make_unique<Expr>();
  expr->kind = Expr::Binary;
  expr->offset = op.offset;
  expr->op = op.text[0];
  expr->lhs = std::move(lhs);
  expr->rhs = std::move(rhs);
  return expr;
}

ExprPtr Parser::sum() {
  ExprPtr expr = product();
  while (expr && (peek().is('+') || peek().is('-'))) {
    Token op = take();
    expr = binary(std::move(expr), op, product());
  }
  return expr;
}

ExprPtr Parser::product() {
  ExprPtr expr = unary();
  while (expr && (peek().is('*') || peek().is('/') || peek().is('%'))) {
    Token op = take();
    expr = binary(std::move(expr), op, unary());
  }
  return expr;
}

ExprPtr Parser::unary() {
  // Every recursion of the grammar passes here.
  struct Depth {
    unsigned &depth;
    Depth(unsigned &depth) : depth(depth) { ++depth; }
    ~Depth() { --depth; }
  } guard(depth);
  if (depth > 200)
    return fail(peek().offset, "the extent is nested too deeply");
  if (!expandHere())
    return nullptr;
  const Token &token = peek();
  if (!token.is('-') && !token.is('+') && !token.is('*'))
    return postfix();
  Token op = take();
  ExprPtr inner = unary();
  if (!inner || op.is('+'))
    return inner;
  auto expr = std::make_unique<Expr>();
  expr->kind = op.is('-') ? Expr::Negate : Expr::Load;
  expr->offset = op.offset;
  expr->lhs = std::move(inner);
  return expr;
}

ExprPtr Parser::postfix() {
  ExprPtr base = atom();
  while (base) {
    auto expr = std::make_unique<Expr>();
    if (peek().is('[')) {
      Token open = take();
      expr->kind = Expr::Index;
      expr->offset = open.offset;
      expr->rhs = sum();
      if (!expr->rhs || !close(']', open))
        return nullptr;
    } else if (peek().is('.') || peek().kind == TokenKind::RightArrow) {
      expr->kind = Expr::Member;
      expr->arrow = take().kind == TokenKind::RightArrow;
      Token member = take();
      if (member.kind != TokenKind::Identifier)
        return failAt(member, "the name of a member");
      expr->name = member.text;
      expr->offset = member.offset;
      if (peek().is('(')) {
        Token open = take();
        if (!close(')', open))
          return nullptr;
        expr->kind = Expr::Call;
      }
    } else {
      return base;
    }
    expr->lhs = std::move(base);
    base = std::move(expr);
  }
  return nullptr;
}

ExprPtr Parser::atom() {
  const Token &token = peek();
  if (token.kind == TokenKind::Identifier || token.kind == TokenKind::ColonColon)
    return name();
  auto expr = std::make_unique<Expr>();
  expr->offset = token.offset;
  if (token.kind == TokenKind::Integer) {
    expr->value = take().value;
    return expr;
  }
  if (token.is('(')) {
    Token open = take();
    expr = sum();
    if (!expr || !close(')', open))
      return nullptr;
    return expr;
  }
  return failAt(token, "an integer expression");
}

ExprPtr Parser::name() {
  auto expr = std::make_unique<Expr>();
  expr->kind = Expr::Name;
  expr->offset = peek().offset;
  if (peek().text == "this") {
    take();
    expr->kind = Expr::This;
    return expr;
  }
  if (peek().kind == TokenKind::ColonColon) {
    take();
    expr->global = true;
  }
  while (true) {
    Token component = take();
    if (component.kind != TokenKind::Identifier)
      return failAt(component, "a name");
    expr->path.push_back({component.text, component.offset});
    if (peek().kind != TokenKind::ColonColon)
      break;
    take();
  }
  if (peek().is('('))
    return fail(expr->offset, "'" + expr->path.back().name +
                                  "' cannot be called here: an extent is an integer "
                                  "expression, and only 'size()', 'rows()' and 'cols()' of "
                                  "a sized parameter can be called in it");
  return expr;
}

std::optional<Syntax> parseSpecification(StringRef text, MacroExpander expand, SyntaxError &error) {
  std::optional<std::vector<Token>> tokens = tokenize(text, error);
  if (!tokens)
    return std::nullopt;
  return Parser(text, std::move(*tokens), expand, error).specification();
}

} // namespace sparsead::spec
