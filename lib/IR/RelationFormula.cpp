//===- RelationFormula.cpp - dependence relations as text -----------------===//

#include "sparsead/IR/RelationFormula.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <set>

using namespace sparsead;
using llvm::StringRef;

void LinearForm::add(const LinearForm &other, int64_t times) {
  for (const auto &[n, c] : other.terms) {
    int64_t &mine = terms[n];
    mine += c * times;
    if (mine == 0)
      terms.erase(n);
  }
  constant += other.constant * times;
}

static void append(std::string &text, int64_t coefficient, StringRef name) {
  bool first = text.empty();
  if (coefficient < 0)
    text += first ? "-" : " - ";
  else if (!first)
    text += " + ";
  uint64_t size = coefficient < 0 ? 0 - static_cast<uint64_t>(coefficient) : static_cast<uint64_t>(coefficient);
  if (name.empty())
    text += std::to_string(size);
  else
    text += (size == 1 ? "" : std::to_string(size) + "*") + name.str();
}

std::string LinearForm::str() const {
  std::string text;
  // Positive terms first: "N - i", not "-i + N".
  for (bool positive : {true, false})
    for (const auto &[n, c] : terms)
      if ((c > 0) == positive)
        append(text, c, n);
  if (constant != 0 || text.empty())
    append(text, constant, "");
  return text;
}

std::string sparsead::relationName(StringRef name) {
  std::string text;
  for (char c : name)
    text += llvm::isAlnum(c) || c == '_' ? c : '.';
  if (text.empty() || !(llvm::isAlpha(text[0]) || text[0] == '_'))
    text.insert(text.begin(), '_');
  return text;
}

bool RelationPiece::isBound(StringRef name) const {
  auto is = [&](const std::string &n) { return n == name; };
  return llvm::any_of(outIndex, is) || llvm::any_of(quantified, is);
}

namespace {

/// `low <= subject < high` in the making: rows with one left side.
struct Bounds {
  LinearForm subject;
  std::vector<LinearForm> low, high; // subject >= low, subject < high
};

} // namespace

/// Splits form >= 0 into a subject (bound names; all names where there are none) and the rest.
static void note(std::vector<Bounds> &list, const LinearForm &form, llvm::function_ref<bool(StringRef)> isBound) {
  LinearForm subject, rest;
  rest.constant = form.constant;
  for (const auto &[n, c] : form.terms)
    (isBound(n) ? subject : rest).terms[n] = c;
  if (subject.terms.empty())
    std::swap(subject.terms, rest.terms);
  if (subject.terms.empty())
    return;
  bool rising = subject.terms.begin()->second > 0;
  LinearForm key;
  key.add(subject, rising ? 1 : -1);
  auto it = llvm::find_if(list, [&](const Bounds &b) { return b.subject == key; });
  if (it == list.end())
    it = list.insert(list.end(), Bounds{key, {}, {}});
  LinearForm bound;
  bound.add(rest, rising ? -1 : 1);
  if (!rising)
    bound.constant += 1;
  auto &side = rising ? it->low : it->high;
  if (!llvm::is_contained(side, bound))
    side.push_back(std::move(bound));
}

std::string RelationPiece::str() const {
  std::string text = out + "[" + llvm::join(outIndex, ", ") + "] -> " + in + "[";
  for (auto [k, index] : llvm::enumerate(inIndex))
    text += (k ? ", " : "") + index.str();
  text += "]";
  std::vector<std::string> conditions;
  for (const LinearForm &row : equal) {
    LinearForm left, right;
    for (const auto &[n, c] : row.terms)
      (c > 0 ? left : right).terms[n] = c > 0 ? c : -c;
    (row.constant > 0 ? left : right).constant = row.constant > 0 ? row.constant : -row.constant;
    conditions.push_back(left.str() + " = " + right.str());
  }
  std::vector<Bounds> bounds;
  for (const LinearForm &row : atLeast)
    note(bounds, row, [&](StringRef n) { return isBound(n); });
  for (Bounds &b : bounds)
    for (size_t k = 0; k < std::max(b.low.size(), b.high.size()); ++k) {
      std::string condition = b.subject.str();
      if (k < b.low.size())
        condition = b.low[k].str() + " <= " + condition;
      if (k < b.high.size())
        condition += " < " + b.high[k].str();
      conditions.push_back(std::move(condition));
    }
  if (conditions.empty() && quantified.empty())
    return text;
  text += " : ";
  if (!quantified.empty())
    text += "exists " + llvm::join(quantified, ", ") + " : ";
  return text + llvm::join(conditions, " and ");
}

std::string RelationFormula::str() const {
  std::string text;
  for (const auto &[name, extents] : shapes) {
    if (extents.empty())
      continue;
    text += (text.empty() ? "" : ", ") + name + "[_";
    for (const LinearForm &e : extents)
      text += ", " + e.str();
    text += "]";
  }
  if (!text.empty())
    text += " : ";
  text += "{";
  for (auto [k, piece] : llvm::enumerate(pieces))
    text += (k ? "; " : " ") + piece.str();
  return text + " }";
}

static void collect(const LinearForm &form, std::set<std::string> &names) {
  for (const auto &[n, c] : form.terms) {
    llvm::SmallVector<StringRef> factors;
    StringRef(n).split(factors, '*');
    for (StringRef f : factors)
      names.insert(f.str());
  }
}

std::vector<std::string> RelationFormula::sizes() const {
  std::set<std::string> all;
  for (const auto &[name, extents] : shapes)
    for (const LinearForm &e : extents)
      collect(e, all);
  for (const RelationPiece &piece : pieces) {
    std::set<std::string> names;
    for (const auto *list : {&piece.inIndex, &piece.equal, &piece.atLeast})
      for (const LinearForm &form : *list)
        collect(form, names);
    for (const std::string &n : names)
      if (!piece.isBound(n))
        all.insert(n);
  }
  return {all.begin(), all.end()};
}

//===----------------------------------------------------------------------===//
// Parsing
//===----------------------------------------------------------------------===//

namespace {

class FormulaParser {
public:
  explicit FormulaParser(StringRef text) : text(text) {}
  bool run(RelationFormula &result);
  std::string error;
  size_t at = 0;

private:
  bool fail(const std::string &message) {
    if (error.empty())
      error = message;
    return false;
  }
  void skip() {
    while (at < text.size() && llvm::isSpace(text[at]))
      ++at;
  }
  bool eat(StringRef token) {
    skip();
    if (!text.substr(at).starts_with(token))
      return false;
    at += token.size();
    return true;
  }
  bool expect(StringRef token) { return eat(token) || fail("expected '" + token.str() + "'"); }
  static bool isStart(char c) { return llvm::isAlpha(c) || c == '_'; }
  bool name(std::string &out) {
    skip();
    size_t begin = at;
    if (at < text.size() && isStart(text[at]))
      while (at < text.size() && (llvm::isAlnum(text[at]) || text[at] == '_' || text[at] == '.'))
        ++at;
    out = text.slice(begin, at).str();
    return !out.empty() || fail("expected a name");
  }
  bool keyword(StringRef word) {
    skip();
    size_t end = at + word.size();
    if (!text.substr(at).starts_with(word) || (end < text.size() && (llvm::isAlnum(text[end]) || text[end] == '_')))
      return false;
    at = end;
    return true;
  }
  bool term(LinearForm &form, int64_t sign);
  bool linear(LinearForm &form);
  bool tuple(std::string &object, std::vector<LinearForm> &indices);
  bool condition(RelationPiece &piece);
  bool piece(RelationFormula &result);
  bool shape(RelationFormula &result);

  StringRef text;
};

bool FormulaParser::term(LinearForm &form, int64_t sign) {
  int64_t coefficient = sign;
  std::vector<std::string> factors;
  do {
    skip();
    if (at < text.size() && llvm::isDigit(text[at])) {
      StringRef digits = text.substr(at).take_while(llvm::isDigit);
      int64_t value;
      if (digits.getAsInteger(10, value) || llvm::MulOverflow(coefficient, value, coefficient))
        return fail("number out of range");
      at += digits.size();
    } else if (!name(factors.emplace_back())) {
      return fail("expected a number or a name");
    }
  } while (eat("*"));
  LinearForm one;
  if (factors.empty()) {
    one.constant = coefficient;
  } else if (coefficient != 0) {
    llvm::sort(factors);
    one.terms[llvm::join(factors, "*")] = coefficient;
  }
  form.add(one);
  return true;
}

bool FormulaParser::linear(LinearForm &form) {
  if (!term(form, eat("-") ? -1 : 1))
    return false;
  for (;;) {
    skip();
    if (text.substr(at).starts_with("->"))
      return true;
    if (eat("+")) {
      if (!term(form, 1))
        return false;
    } else if (eat("-")) {
      if (!term(form, -1))
        return false;
    } else {
      return true;
    }
  }
}

bool FormulaParser::tuple(std::string &object, std::vector<LinearForm> &indices) {
  if (!name(object) || !expect("["))
    return false;
  do
    if (!linear(indices.emplace_back()))
      return false;
  while (eat(","));
  return expect("]");
}

bool FormulaParser::condition(RelationPiece &piece) {
  LinearForm left;
  if (!linear(left))
    return false;
  bool any = false;
  for (;;) {
    enum { Less, LessEqual, Equal, Greater, GreaterEqual } op;
    if (eat("<="))
      op = LessEqual;
    else if (eat("<"))
      op = Less;
    else if (eat(">="))
      op = GreaterEqual;
    else if (eat(">"))
      op = Greater;
    else if (eat("="))
      op = Equal;
    else
      return any || fail("expected a comparison");
    any = true;
    LinearForm right, difference;
    if (!linear(right))
      return false;
    bool swapped = op == Less || op == LessEqual;
    difference.add(left, swapped ? -1 : 1);
    difference.add(right, swapped ? 1 : -1);
    if (op == Less || op == Greater)
      difference.constant -= 1;
    (op == Equal ? piece.equal : piece.atLeast).push_back(std::move(difference));
    left = std::move(right);
  }
}

bool FormulaParser::piece(RelationFormula &result) {
  RelationPiece piece;
  std::vector<LinearForm> outIndex;
  size_t begin = at;
  if (!tuple(piece.out, outIndex) || !expect("->") || !tuple(piece.in, piece.inIndex))
    return false;
  for (const LinearForm &index : outIndex) {
    if (index.terms.size() != 1 || index.constant != 0 || index.terms.begin()->second != 1 ||
        StringRef(index.terms.begin()->first).contains('*') || piece.isBound(index.terms.begin()->first)) {
      at = begin;
      return fail("the indices of an output are distinct names");
    }
    piece.outIndex.push_back(index.terms.begin()->first);
  }
  if (eat(":")) {
    if (keyword("exists")) {
      do
        if (!name(piece.quantified.emplace_back()))
          return false;
      while (eat(","));
      if (!expect(":"))
        return false;
    }
    do
      if (!condition(piece))
        return false;
    while (keyword("and"));
  }
  for (const auto *list : {&piece.inIndex, &piece.equal, &piece.atLeast})
    for (const LinearForm &form : *list)
      for (const auto &[n, c] : form.terms) {
        llvm::SmallVector<StringRef> factors;
        StringRef(n).split(factors, '*');
        if (factors.size() > 1 && llvm::any_of(factors, [&](StringRef f) { return piece.isBound(f); })) {
          at = begin;
          return fail("'" + n + "' multiplies an index: only sizes are multiplied");
        }
      }
  for (bool isOut : {true, false}) {
    auto shape = result.shapes.find(isOut ? piece.out : piece.in);
    size_t expected = shape == result.shapes.end() ? 1 : shape->second.size() + 1;
    if ((isOut ? piece.outIndex.size() : piece.inIndex.size()) != expected) {
      at = begin;
      return fail("'" + (isOut ? piece.out : piece.in) + "' has " + std::to_string(expected) +
                  (expected == 1 ? " index" : " indices"));
    }
  }
  result.pieces.push_back(std::move(piece));
  return true;
}

bool FormulaParser::shape(RelationFormula &result) {
  std::string object;
  size_t begin = at;
  if (!name(object) || !expect("[") || !expect("_"))
    return false;
  if (result.shapes.count(object)) {
    at = begin;
    return fail("'" + object + "' has two shapes");
  }
  std::vector<LinearForm> &extents = result.shapes[object];
  while (eat(","))
    if (!linear(extents.emplace_back()))
      return false;
  return expect("]");
}

bool FormulaParser::run(RelationFormula &result) {
  skip();
  if (!text.substr(at).starts_with("{")) {
    do
      if (!shape(result))
        return false;
    while (eat(","));
    if (!expect(":"))
      return false;
  }
  if (!expect("{"))
    return false;
  if (!eat("}")) {
    do
      if (!piece(result))
        return false;
    while (eat(";"));
    if (!expect("}"))
      return false;
  }
  skip();
  return at == text.size() || fail("unexpected text after the formula");
}

} // namespace

std::optional<RelationFormula> RelationFormula::parse(StringRef text, std::string &error, size_t &position) {
  FormulaParser parser(text);
  RelationFormula result;
  if (parser.run(result))
    return result;
  error = parser.error;
  position = parser.at;
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Elements at given sizes
//===----------------------------------------------------------------------===//

std::optional<int64_t> RelationFormula::evaluate(const LinearForm &form, const SizeValues &values) {
  int64_t sum = form.constant;
  for (const auto &[n, c] : form.terms) {
    llvm::SmallVector<StringRef> factors;
    StringRef(n).split(factors, '*');
    int64_t product = c;
    for (StringRef f : factors) {
      auto it = values.find(f.str());
      if (it == values.end() || llvm::MulOverflow(product, it->second, product))
        return std::nullopt;
    }
    if (llvm::AddOverflow(sum, product, sum))
      return std::nullopt;
  }
  return sum;
}

namespace {

/// All assignments of a piece's bound names that its conditions allow.
class Assignments {
public:
  Assignments(const RelationPiece &piece, SizeValues values, llvm::function_ref<void(const SizeValues &)> visit)
      : piece(piece), values(std::move(values)), visit(visit) {
    open.assign(piece.outIndex.begin(), piece.outIndex.end());
    open.insert(open.end(), piece.quantified.begin(), piece.quantified.end());
  }
  bool run();

private:
  bool isOpen(const std::string &n) const { return llvm::is_contained(open, n); }
  /// Bounds of `name` by the rows in which it is the only open name.
  bool bound(const std::string &name, std::optional<int64_t> &low, std::optional<int64_t> &high) const;
  bool holds() const;

  const RelationPiece &piece;
  SizeValues values;
  std::vector<std::string> open;
  llvm::function_ref<void(const SizeValues &)> visit;
};

bool Assignments::bound(const std::string &name, std::optional<int64_t> &low, std::optional<int64_t> &high) const {
  auto use = [&](const LinearForm &row, bool isEqual) {
    int64_t c = row.coefficient(name);
    if (c == 0)
      return;
    LinearForm rest = row;
    rest.terms.erase(name);
    for (const auto &[n, k] : rest.terms)
      if (isOpen(n))
        return;
    auto value = RelationFormula::evaluate(rest, values);
    if (!value)
      return;
    // c * name + value >= 0
    int64_t least = llvm::divideCeilSigned(c > 0 ? -*value : *value, c > 0 ? c : -c);
    int64_t most = llvm::divideFloorSigned(c > 0 ? -*value : *value, c > 0 ? c : -c);
    if (c > 0 || isEqual)
      low = low ? std::max(*low, least) : least;
    if (c < 0 || isEqual)
      high = high ? std::min(*high, most) : most;
  };
  for (const LinearForm &row : piece.equal)
    use(row, true);
  for (const LinearForm &row : piece.atLeast)
    use(row, false);
  return low && high;
}

bool Assignments::holds() const {
  for (const LinearForm &row : piece.equal)
    if (auto v = RelationFormula::evaluate(row, values); !v || *v != 0)
      return false;
  for (const LinearForm &row : piece.atLeast)
    if (auto v = RelationFormula::evaluate(row, values); !v || *v < 0)
      return false;
  return true;
}

bool Assignments::run() {
  if (open.empty()) {
    if (holds())
      visit(values);
    return true;
  }
  size_t best = open.size();
  std::optional<int64_t> low, high;
  for (size_t k = 0; k < open.size(); ++k) {
    std::optional<int64_t> l, h;
    if (bound(open[k], l, h) && (best == open.size() || *h - *l < *high - *low)) {
      best = k;
      low = l;
      high = h;
    }
  }
  if (best == open.size())
    return false;
  std::string name = open[best];
  open.erase(open.begin() + best);
  bool ok = true;
  for (int64_t v = *low; v <= *high && ok; ++v) {
    values[name] = v;
    ok = run();
  }
  values.erase(name);
  open.insert(open.begin() + best, name);
  return ok;
}

} // namespace

bool RelationFormula::enumerate(const SizeValues &sizes,
                                llvm::function_ref<void(size_t, int64_t, int64_t)> visit) const {
  std::map<std::string, std::vector<int64_t>> extents;
  for (const auto &[name, forms] : shapes)
    for (const LinearForm &form : forms) {
      auto value = evaluate(form, sizes);
      if (!value)
        return false;
      extents[name].push_back(*value);
    }
  for (auto [number, piece] : llvm::enumerate(pieces)) {
    const std::vector<int64_t> outExtents = extents[piece.out], inExtents = extents[piece.in];
    bool ok = Assignments(piece, sizes, [&, &piece = piece, number = number](const SizeValues &values) {
                int64_t row = 0, column = 0;
                for (size_t k = 0; k < piece.outIndex.size(); ++k)
                  row = row * (k ? outExtents[k - 1] : 0) + values.at(piece.outIndex[k]);
                for (size_t k = 0; k < piece.inIndex.size(); ++k) {
                  auto v = evaluate(piece.inIndex[k], values);
                  if (!v)
                    return;
                  column = column * (k ? inExtents[k - 1] : 0) + *v;
                }
                visit(number, row, column);
              }).run();
    if (!ok)
      return false;
  }
  return true;
}
