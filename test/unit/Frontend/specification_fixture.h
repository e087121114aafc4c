// Annotated functions from C++ text, their specifications as short strings, and
// the diagnostics on the way.
#ifndef SPARSEAD_TEST_SPECIFICATION_FIXTURE_H
#define SPARSEAD_TEST_SPECIFICATION_FIXTURE_H

#include "sparsead/Frontend/Specification.h"
#include "clang/AST/RecursiveASTVisitor.h"
#include "clang/Basic/Diagnostic.h"
#include "clang/Frontend/ASTUnit.h"
#include "clang/Lex/Lexer.h"
#include "clang/Tooling/Tooling.h"
#include <map>

namespace sparsead::test {

/// "a0.i32 1 +": programs without op_end.
inline std::string print(const std::vector<int64_t> &words) {
  std::string text;
  size_t i = 0;
  for (; i < words.size() && words[i] != abi::op_end; ++i) {
    int64_t op = words[i];
    static const char *const loads[] = {".*", ".i8", ".u8", ".i16", ".u16", ".i32", ".u32", ".i64", ".u64"};
    if (op >= abi::op_load_ptr && op <= abi::op_load_u64) {
      text += loads[op - abi::op_load_ptr];
      continue;
    }
    if (op == abi::op_offset) {
      text += "+" + std::to_string(words[++i]);
      continue;
    }
    if (!text.empty())
      text += " ";
    if (op == abi::op_const)
      text += std::to_string(words[++i]);
    else if (op == abi::op_argument)
      text += "a" + std::to_string(words[++i]);
    else
      text += op == abi::op_add   ? "+"
              : op == abi::op_sub ? "-"
              : op == abi::op_mul ? "*"
              : op == abi::op_div ? "/"
              : op == abi::op_mod ? "%"
                                  : "neg";
  }
  if (!words.empty() && i + 1 != words.size())
    text += " (no end)";
  return text;
}

/// "u:i@1 * [a0.i32|8]": name, roles, argument, steps (+offset, * deref with
/// the pointee's size, [lower:upper|stride]), leaves unless one double at 0.
inline std::string print(const SpecObject &object) {
  std::string text = object.name + ":";
  if (object.roles & abi::role_input)
    text += "i";
  if (object.roles & abi::role_output)
    text += "o";
  if (object.roles & abi::role_work)
    text += "w";
  text += object.argument < 0 ? "@ret" : "@" + std::to_string(object.argument);
  for (const PathStep &step : object.steps) {
    if (step.kind == abi::step_offset)
      text += " +" + std::to_string(step.bytes);
    else if (step.kind == abi::step_deref)
      text += " *" + (step.bytes ? std::to_string(step.bytes) : "");
    else
      text += " [" + (step.lower.empty() ? "" : print(step.lower) + ":") + print(step.upper) + "|" +
              std::to_string(step.bytes) + "]";
  }
  if (object.leaves != std::vector<std::pair<int64_t, int>>{{0, 8}}) {
    text += " {";
    for (auto [offset, bytes] : object.leaves)
      text += (text.back() == '{' ? "" : " ") + std::to_string(offset) + (bytes == 8 ? "" : "f");
    text += "}";
  }
  return text;
}

/// Objects in their order; outputs and inputs are added where they differ from
/// "outputs first, then inputs, each once".
inline std::string print(const Specification &specification) {
  std::string text;
  for (const SpecObject &object : specification.objects)
    text += (text.empty() ? "" : "; ") + print(object);
  return text;
}

/// Keeps what is reported: "error: …", "note: …", and where.
class Collector : public clang::DiagnosticConsumer {
public:
  struct Entry {
    std::string text;
    std::string at; ///< the source from the caret to the end of the line
    unsigned line = 0;
  };
  void HandleDiagnostic(clang::DiagnosticsEngine::Level level, const clang::Diagnostic &info) override {
    llvm::SmallString<128> message;
    info.FormatDiagnostic(message);
    Entry entry;
    entry.text = (level == clang::DiagnosticsEngine::Note ? "note: " : "error: ") + message.str().str();
    if (info.hasSourceManager() && info.getLocation().isValid()) {
      const clang::SourceManager &sources = info.getSourceManager();
      clang::SourceLocation loc = sources.getFileLoc(info.getLocation());
      entry.line = sources.getSpellingLineNumber(loc);
      llvm::StringRef rest = sources.getCharacterData(loc);
      entry.at = rest.take_until([](char c) { return c == '\n'; }).str();
    }
    entries.push_back(entry);
  }
  std::vector<Entry> entries;
};

/// A parsed file. Functions are found by name; of a template, the first
/// instantiation.
class Unit : public clang::RecursiveASTVisitor<Unit> {
public:
  explicit Unit(const std::string &code, std::vector<std::string> extra = {}) {
    std::vector<std::string> arguments = {"-std=c++20", "-resource-dir", SPARSEAD_CLANG_RESOURCES, "-Wno-everything",
                                          "-ferror-limit=0"};
    arguments.insert(arguments.end(), extra.begin(), extra.end());
    ast = clang::tooling::buildASTFromCodeWithArgs("#define SPARSEAD_JACOBIAN(...) "
                                                   "[[clang::annotate(\"sparsead\", __VA_ARGS__)]]\n" +
                                                       code,
                                                   arguments, "model.cpp", "specification_test");
    if (ast)
      TraverseDecl(ast->getASTContext().getTranslationUnitDecl());
  }
  bool shouldVisitTemplateInstantiations() const { return true; }
  bool shouldVisitImplicitCode() const { return true; }
  bool VisitFunctionDecl(clang::FunctionDecl *function) {
    if (function->isDependentContext() || !function->hasAttr<clang::AnnotateAttr>())
      return true;
    std::string name = function->getNameAsString();
    if (const auto *method = llvm::dyn_cast<clang::CXXMethodDecl>(function))
      name = method->getParent()->getNameAsString() + "::" + name;
    functions.insert({name, function});
    qualified.insert({function->getQualifiedNameAsString(), function});
    return true;
  }

  bool valid() const { return ast && !ast->getDiagnostics().hasErrorOccurred(); }
  /// The object string of `name`'s specification, or its diagnostics, one per
  /// line.
  std::string resolve(const std::string &name) {
    auto it = functions.find(name);
    return it == functions.end() ? "no annotated function '" + name + "'" : resolve(it->second);
  }
  std::string resolve(const clang::FunctionDecl *function) {
    const auto *attribute = function->getAttr<clang::AnnotateAttr>();
    std::vector<const clang::StringLiteral *> strings;
    for (const clang::Expr *argument : attribute->args())
      strings.push_back(llvm::cast<clang::StringLiteral>(argument->IgnoreParenImpCasts()->IgnoreImplicit()));
    ast->getDiagnostics().setClient(&collector, false);
    collector.entries.clear();
    specification =
        resolveSpecification(ast->getASTContext(), ast->getDiagnostics(), function, strings[0],
                             llvm::ArrayRef(strings).drop_front(), &ast->getPreprocessor(), &ast->getSema());
    if (specification)
      return print(*specification);
    std::string text;
    for (const Collector::Entry &entry : collector.entries)
      text += (text.empty() ? "" : "\n") + entry.text;
    return text.empty() ? "failed silently" : text;
  }

  Collector collector;
  std::unique_ptr<clang::ASTUnit> ast;
  std::map<std::string, const clang::FunctionDecl *> functions, qualified;
  std::optional<Specification> specification;
};

} // namespace sparsead::test

#endif
