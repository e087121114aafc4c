//===- SpecificationLexer.cpp ---------------------------------------------===//

#include "sparsead/Frontend/SpecificationParser.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;

namespace sparsead::spec {

/// Bytes of UTF-8 sequences count as letters, as in C++ identifiers.
static bool isIdentifierStart(char c) { return isAlpha(c) || c == '_' || c == '$' || (c & 0x80); }
static bool isIdentifierPart(char c) { return isIdentifierStart(c) || isDigit(c); }

/// Reads an integer literal at the front of `rest` into `token` and returns its
/// length; 0 and `error` on a malformed one.
static size_t lexInteger(StringRef rest, Token &token, SyntaxError &error) {
  // As C++ does: the longest sequence that looks like a number, then judge it.
  size_t length = 0;
  while (length < rest.size()) {
    char c = rest[length];
    bool exponentSign = (c == '+' || c == '-') && length > 0 && !rest.starts_with_insensitive("0x") &&
                        toLower(rest[length - 1]) == 'e' && length + 1 < rest.size() && isDigit(rest[length + 1]);
    bool separator = c == '\'' && length + 1 < rest.size() && isAlnum(rest[length + 1]);
    bool point = c == '.' && length + 1 < rest.size() && isDigit(rest[length + 1]);
    if (!isIdentifierPart(c) && !exponentSign && !separator && !point)
      break;
    ++length;
  }
  StringRef spelling = rest.take_front(length);
  error.offset = token.offset;
  bool hex = spelling.starts_with_insensitive("0x");
  if (spelling.contains('.') || (!hex && spelling.find_insensitive("e") != StringRef::npos)) {
    error.message = ("'" + spelling + "' is not an integer").str();
    return 0;
  }
  std::string digits;
  for (char c : spelling)
    if (c != '\'')
      digits += toLower(c);
  StringRef body = digits;
  unsigned radix = 10;
  if (body.consume_front("0x"))
    radix = 16;
  else if (body.consume_front("0b"))
    radix = 2;
  else if (body.size() > 1 && body[0] == '0' && isDigit(body[1]))
    radix = 8;
  StringRef suffix = body.drop_while([&](char c) { return radix == 16 ? isHexDigit(c) : isDigit(c); });
  body = body.drop_back(suffix.size());
  static const char *const suffixes[] = {"", "u", "l", "ll", "ul", "lu", "ull", "llu", "z", "uz", "zu"};
  uint64_t value = 0;
  if (body.empty() || !is_contained(suffixes, suffix)) {
    error.message = ("'" + spelling + "' is not an integer literal").str();
    return 0;
  }
  APInt wide;
  if (body.getAsInteger(radix, wide)) {
    error.message = ("'" + spelling + "' is not an integer literal").str();
    return 0;
  }
  if (wide.getActiveBits() > 63) {
    error.message = ("integer literal '" + spelling + "' does not fit in 64 bits").str();
    return 0;
  }
  value = wide.getZExtValue();
  token.kind = TokenKind::Integer;
  token.text = spelling.str();
  token.value = int64_t(value);
  return length;
}

std::optional<std::vector<Token>> tokenize(StringRef text, SyntaxError &error) {
  std::vector<Token> tokens;
  size_t position = 0;
  while (true) {
    while (position < text.size() && isSpace(text[position]))
      ++position;
    Token token;
    token.offset = position;
    StringRef rest = text.substr(position);
    if (rest.empty()) {
      tokens.push_back(token);
      return tokens;
    }
    size_t length = 0;
    if (isDigit(rest[0])) {
      length = lexInteger(rest, token, error);
      if (length == 0)
        return std::nullopt;
    } else if (isIdentifierStart(rest[0])) {
      length = rest.take_while(isIdentifierPart).size();
      token.kind = TokenKind::Identifier;
    } else if (rest.starts_with("<-")) {
      length = 2;
      token.kind = TokenKind::LeftArrow;
    } else if (rest.starts_with("->")) {
      length = 2;
      token.kind = TokenKind::RightArrow;
    } else if (rest.starts_with("::")) {
      length = 2;
      token.kind = TokenKind::ColonColon;
    } else if (StringRef("[](),;:.+-*/%").contains(rest[0])) {
      length = 1;
      token.kind = TokenKind::Punctuation;
    } else {
      error.offset = position;
      error.message = "unexpected '" + std::string(1, rest[0]) + "' in a derivative specification";
      return std::nullopt;
    }
    token.text = rest.take_front(length).str();
    tokens.push_back(std::move(token));
    position += length;
  }
}

} // namespace sparsead::spec
