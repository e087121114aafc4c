//===- Specification.cpp - The lists of a specification and its options ---===//

#include "sparsead/Frontend/Specification.h"
#include "sparsead/Frontend/SpecificationResolver.h"
#include "clang/Basic/Diagnostic.h"
#include "clang/Basic/TargetInfo.h"

using namespace clang;
using llvm::StringRef;
using llvm::Twine;

namespace sparsead::spec {

//===----------------------------------------------------------------------===//
// Reporter
//===----------------------------------------------------------------------===//

SourceLocation Reporter::at(size_t offset) const {
  if (literal->getLength() < offset || literal->getCharByteWidth() != 1)
    return literal->getBeginLoc();
  return literal->getLocationOfByte(offset, context.getSourceManager(), context.getLangOpts(), context.getTargetInfo());
}

std::nullopt_t Reporter::error(size_t offset, const Twine &message) { return error(at(offset), message); }

std::nullopt_t Reporter::error(SourceLocation loc, const Twine &message) {
  unsigned id = diagnostics.getCustomDiagID(DiagnosticsEngine::Error, "%0");
  diagnostics.Report(loc, id) << message.str();
  return std::nullopt;
}

void Reporter::note(SourceLocation loc, const Twine &message) {
  unsigned id = diagnostics.getCustomDiagID(DiagnosticsEngine::Note, "%0");
  diagnostics.Report(loc, id) << message.str();
}

StringRef closestName(StringRef name, ArrayRef<StringRef> candidates) {
  unsigned limit = std::max<unsigned>(1, unsigned(name.size() + 2) / 3);
  StringRef best;
  unsigned bestDistance = limit + 1;
  for (StringRef candidate : candidates) {
    unsigned distance = name.edit_distance(candidate, true, limit);
    // A name that shares no letter is no suggestion.
    if (distance >= std::max(name.size(), candidate.size()))
      distance = name.equals_insensitive(candidate) ? 1 : limit + 1;
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

void Reporter::suggest(StringRef name, ArrayRef<const NamedDecl *> candidates) {
  llvm::SmallVector<StringRef> names;
  for (const NamedDecl *candidate : candidates)
    names.push_back(candidate->getIdentifier() ? candidate->getName() : "");
  StringRef best = closestName(name, names);
  for (size_t i = 0; i < names.size() && !best.empty(); ++i)
    if (names[i] == best)
      return note(candidates[i]->getLocation(), "did you mean '" + best + "'?");
}

//===----------------------------------------------------------------------===//
// Lists
//===----------------------------------------------------------------------===//

namespace {

/// How the elements of two items that start at one parameter lie to each other.
enum class Relation { Same, Disjoint, Overlapping };

class Lists {
public:
  Lists(const Scope &scope, Reporter &report, Specification &result) : scope(scope), report(report), result(result) {}

  bool add(const std::vector<Item> &list, abi::role role);

private:
  bool addItem(const Item &item, abi::role role);
  bool conflict(const ResolvedItem &earlier, const ResolvedItem &item, abi::role role);

  const Scope &scope;
  Reporter &report;
  Specification &result;
  std::vector<ResolvedItem> items; ///< parallel to result.objects
};

} // namespace

static std::optional<int64_t> constantOf(const std::vector<int64_t> &program) {
  if (program.empty())
    return 0;
  if (program.size() == 3 && program[0] == abi::op_const)
    return program[1];
  return std::nullopt;
}

static bool sameStep(const PathStep &a, const PathStep &b) {
  return a.kind == b.kind && a.bytes == b.bytes && a.lower == b.lower && a.upper == b.upper;
}

/// True if the constant ranges of two index steps have no index in common.
static bool rangesDisjoint(const PathStep &a, const PathStep &b) {
  if (a.kind != abi::step_index || b.kind != abi::step_index || a.bytes != b.bytes)
    return false;
  auto aFrom = constantOf(a.lower), aTo = constantOf(a.upper);
  auto bFrom = constantOf(b.lower), bTo = constantOf(b.upper);
  return (aTo && bFrom && *aTo <= *bFrom) || (bTo && aFrom && *bTo <= *aFrom) ||
         // a:b and b:c, whatever b is
         (!a.upper.empty() && a.upper == b.lower) || (!b.upper.empty() && b.upper == a.lower);
}

static Relation relate(const ResolvedItem &a, const ResolvedItem &b) {
  if (a.object.argument != b.object.argument)
    return Relation::Disjoint;
  const std::vector<PathStep> &x = a.object.steps, &y = b.object.steps;
  size_t common = std::min(a.chain.size(), b.chain.size());
  // Different members.
  if (!std::equal(a.chain.begin(), a.chain.begin() + common, b.chain.begin()))
    return Relation::Disjoint;
  if (a.chain.size() == b.chain.size()) {
    if (x.size() == y.size() && std::equal(x.begin(), x.end(), y.begin(), sameStep))
      return Relation::Same;
    for (size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
      if (rangesDisjoint(x[i], y[i]))
        return Relation::Disjoint;
      if (!sameStep(x[i], y[i]))
        break;
    }
    return Relation::Overlapping;
  }
  // One is a member of the other's elements, unless a pointer is followed to
  // reach it: pointers are not active.
  const std::vector<PathStep> &outer = a.chain.size() < b.chain.size() ? x : y;
  const std::vector<PathStep> &inner = a.chain.size() < b.chain.size() ? y : x;
  auto derefs = [](const std::vector<PathStep> &steps) {
    return llvm::count_if(steps, [](const PathStep &step) { return step.kind == abi::step_deref; });
  };
  return derefs(inner) > derefs(outer) ? Relation::Disjoint : Relation::Overlapping;
}

/// Reports what is wrong with `item` beside `earlier`; false if nothing is.
bool Lists::conflict(const ResolvedItem &earlier, const ResolvedItem &item, abi::role role) {
  Relation relation = relate(earlier, item);
  if (relation == Relation::Disjoint)
    return false;
  const std::string &name = item.object.name;
  int roles = earlier.object.roles;
  const char *list = role == abi::role_input    ? "the inputs"
                     : role == abi::role_output ? "the outputs"
                                                : "the work arrays";
  if (relation == Relation::Overlapping && earlier.object.name != name)
    report.error(item.offset, "'" + name + "' overlaps '" + earlier.object.name + "'");
  else if (roles & role)
    report.error(item.offset, "'" + name + "' is listed twice among " + list);
  else if (role == abi::role_work)
    report.error(item.offset, "'" + name + "' cannot be a work array: it is " +
                                  (roles & abi::role_input ? "an input" : "an output"));
  else if (relation == Relation::Overlapping)
    report.error(item.offset, "'" + name + "' stands on both sides with different extents");
  else
    return false;
  report.note(report.at(earlier.offset), "'" + earlier.object.name + "' is listed here");
  return true;
}

bool Lists::addItem(const Item &item, abi::role role) {
  std::optional<ResolvedItem> resolved = resolveItem(scope, report, item, role);
  if (!resolved)
    return false;
  for (const ResolvedItem &earlier : items)
    if (conflict(earlier, *resolved, role))
      return false;
  int index = -1;
  for (size_t i = 0; i < items.size() && index < 0; ++i)
    if (relate(items[i], *resolved) == Relation::Same)
      index = int(i);
  if (index < 0) {
    index = int(items.size());
    items.push_back(*resolved);
    result.objects.push_back(resolved->object);
  } else {
    items[index].object.roles |= role;
    result.objects[index].roles |= role;
  }
  if (role == abi::role_output)
    result.outputs.push_back(index);
  else if (role == abi::role_input)
    result.inputs.push_back(index);
  return true;
}

bool Lists::add(const std::vector<Item> &list, abi::role role) {
  for (const Item &item : list)
    if (!addItem(item, role))
      return false;
  return true;
}

//===----------------------------------------------------------------------===//
// Options
//===----------------------------------------------------------------------===//

namespace {
class Options {
public:
  Options(Specification &result) : result(result) {}
  /// Parses `key=value`; false after a report.
  bool parse(StringRef text, Reporter &report);

private:
  template <typename T> struct Choice {
    const char *name;
    T value;
  };
  template <typename T>
  bool choose(T &target, StringRef key, StringRef value, size_t offset, Reporter &report, ArrayRef<Choice<T>> choices);

  Specification &result;
  llvm::SmallVector<std::string> seen;
};
} // namespace

/// "'a', 'b' or 'c'"
static std::string alternatives(ArrayRef<StringRef> names) {
  std::string text;
  for (size_t i = 0; i < names.size(); ++i) {
    if (i > 0)
      text += i + 1 == names.size() ? " or " : ", ";
    text += ("'" + names[i] + "'").str();
  }
  return text;
}

static void suggestWord(StringRef word, ArrayRef<StringRef> words, size_t offset, Reporter &report) {
  StringRef best = closestName(word, words);
  if (!best.empty())
    report.note(report.at(offset), "did you mean '" + best + "'?");
}

template <typename T>
bool Options::choose(T &target, StringRef key, StringRef value, size_t offset, Reporter &report,
                     ArrayRef<Choice<T>> choices) {
  llvm::SmallVector<StringRef> names;
  for (const Choice<T> &choice : choices) {
    if (value == choice.name) {
      target = choice.value;
      return true;
    }
    names.push_back(choice.name);
  }
  report.error(offset, "unknown value '" + value + "' of option '" + key + "': expected " + alternatives(names));
  suggestWord(value, names, offset, report);
  return false;
}

bool Options::parse(StringRef text, Reporter &report) {
  size_t equals = text.find('=');
  if (equals == StringRef::npos) {
    report.error(text.size() - text.ltrim().size(), "expected 'key=value' in option '" + text + "'");
    return false;
  }
  StringRef key = text.take_front(equals).trim();
  StringRef rest = text.drop_front(equals + 1);
  StringRef value = rest.trim();
  size_t keyOffset = text.size() - text.ltrim().size();
  size_t valueOffset = equals + 1 + (rest.size() - rest.ltrim().size());
  if (llvm::is_contained(seen, key)) {
    report.error(keyOffset, "option '" + key + "' is given twice");
    return false;
  }
  seen.push_back(key.str());
  if (key == "mode")
    return choose<abi::mode>(result.mode, key, value, valueOffset, report,
                             {{"auto", abi::mode_auto},
                              {"local", abi::mode_local},
                              {"forward", abi::mode_forward},
                              {"reverse", abi::mode_reverse},
                              {"bidirectional", abi::mode_bidirectional}});
  if (key == "order")
    return choose<abi::order>(result.order, key, value, valueOffset, report,
                              {{"natural", abi::order_natural},
                               {"largest_first", abi::order_largest_first},
                               {"smallest_last", abi::order_smallest_last},
                               {"incidence_degree", abi::order_incidence_degree},
                               {"best", abi::order_best}});
  if (key == "pattern")
    return choose<bool>(result.patternLocal, key, value, valueOffset, report, {{"global", false}, {"local", true}});
  if (key == "tag") {
    bool valid = !value.empty() && !llvm::isDigit(value[0]) &&
                 llvm::all_of(value, [](char c) { return llvm::isAlnum(c) || c == '_' || (c & 0x80); });
    if (!valid) {
      report.error(valueOffset, "the tag '" + value + "' is not an identifier");
      return false;
    }
    result.tag = value.str();
    return true;
  }
  static const StringRef keys[] = {"mode", "order", "pattern", "tag"};
  report.error(keyOffset, "unknown option '" + key + "': expected " + alternatives(keys));
  suggestWord(key, keys, keyOffset, report);
  return false;
}

} // namespace sparsead::spec

//===----------------------------------------------------------------------===//
// resolveSpecification
//===----------------------------------------------------------------------===//

namespace sparsead {

std::optional<Specification> resolveSpecification(ASTContext &context, DiagnosticsEngine &diagnostics,
                                                  const FunctionDecl *function, const StringLiteral *specification,
                                                  ArrayRef<const StringLiteral *> options,
                                                  const Preprocessor *preprocessor, Sema *sema) {
  spec::Reporter report(context, diagnostics, specification);
  if (specification->getCharByteWidth() != 1)
    return report.error(specification->getBeginLoc(), "a derivative specification is an ordinary string");
  Specification result;
  result.text = specification->getString().str();
  spec::Scope scope(context, function, specification->getBeginLoc(), preprocessor, sema);
  spec::SyntaxError mistake;
  std::optional<spec::Syntax> syntax =
      spec::parseSpecification(result.text, [&](StringRef name) { return scope.expandMacro(name); }, mistake);
  if (!syntax) {
    report.error(mistake.atString ? specification->getBeginLoc() : report.at(mistake.offset), mistake.message);
    if (!mistake.note.empty())
      report.note(report.at(mistake.noteOffset), mistake.note);
    return std::nullopt;
  }
  spec::Lists lists(scope, report, result);
  if (!lists.add(syntax->outputs, abi::role_output) || !lists.add(syntax->inputs, abi::role_input) ||
      !lists.add(syntax->work, abi::role_work))
    return std::nullopt;
  spec::Options parser(result);
  for (const StringLiteral *option : options) {
    spec::Reporter optionReport(context, diagnostics, option);
    if (option->getCharByteWidth() != 1)
      return optionReport.error(option->getBeginLoc(), "an option is an ordinary string");
    if (!parser.parse(option->getString(), optionReport))
      return std::nullopt;
  }
  return result;
}

} // namespace sparsead
