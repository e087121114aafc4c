//===- ReportPage.cpp - a report as one page -------------------------------===//
//
// Self-contained: style and pictures are in the page, there are no scripts.
//
//===----------------------------------------------------------------------===//

#include "sparsead/Frontend/Report.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace sparsead;

static std::string escaped(llvm::StringRef text) {
  std::string result;
  llvm::raw_string_ostream os(result);
  llvm::printHTMLEscaped(text, os);
  return result;
}

static constexpr llvm::StringLiteral style = R"(
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --accent: #4269d0; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 68rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.25rem; margin-top: 2.5rem; border-top: 1px solid var(--line); padding-top: 1rem; }
h3 { font-size: 1rem; margin: 1.2rem 0 .3rem; }
code, pre { font: 13px/1.45 ui-monospace, monospace; }
pre { background: var(--soft); padding: .7rem; overflow: auto; border-radius: 4px; max-height: 32rem; }
table { border-collapse: collapse; } td, th { padding: .15rem .7rem; border-bottom: 1px solid var(--line); text-align: right; }
td:first-child, th:first-child { text-align: left; } th { font-weight: 600; }
.formula { background: var(--soft); padding: .4rem .7rem; border-radius: 4px; overflow-x: auto; white-space: pre-wrap; }
.facts { display: flex; flex-wrap: wrap; gap: .5rem 2rem; } .facts b { color: var(--accent); }
.source td { border: 0; padding: 0 .6rem; text-align: left; white-space: pre; } .source td:first-child { color: #888; text-align: right; }
.source tr.marked { background: #efb11833; } svg { background: #fff; border: 1px solid var(--line); }
)";

static constexpr const char *palette[] = {"#4269d0", "#efb118", "#ff725c", "#6cc5b0", "#3ca951", "#ff8ab7",
                                          "#a463f2", "#97bbf5", "#9c6b4e", "#9498a0", "#1b6a72", "#c44601"};

std::string Report::html() const {
  std::string page;
  llvm::raw_string_ostream os(page);
  llvm::SmallVector<llvm::StringRef> sourceLines;
  llvm::StringRef(source).split(sourceLines, '\n');
  os << "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>" << escaped(file)
     << ": derivatives</title>\n<meta name=\"viewport\" content=\"width=device-width\"><style>" << style
     << "</style></head><body>\n<h1>Derivatives of <code>" << escaped(file) << "</code></h1>\n<p>sparsead "
     << SPARSEAD_VERSION << ", " << entries.size() << (entries.size() == 1 ? " request" : " requests") << "</p>\n<ul>";
  for (auto [k, entry] : llvm::enumerate(entries))
    os << "<li><a href=\"#r" << k << "\">" << escaped(entry.request.kind) << " of <code>"
       << escaped(entry.request.function) << "</code></a>, line " << entry.request.line << "</li>";
  os << "</ul>\n";

  auto drawing = [&](const Picture &p) {
    const int64_t most = std::max<int64_t>({p.rows, p.cols, 1});
    const int64_t cell = std::max<int64_t>(5, 480 / most);
    os << "<svg role=\"img\" aria-label=\"pattern\" width=\"" << p.cols * cell + 2 << "\" height=\""
       << p.rows * cell + 2 << "\">";
    for (auto [row, col] : p.entries) {
      const int color = p.colors[size_t(col)];
      os << "<rect x=\"" << col * cell + 1 << "\" y=\"" << row * cell + 1 << "\" width=\"" << cell - 1 << "\" height=\""
         << cell - 1 << "\" fill=\"" << palette[size_t(color) % std::size(palette)] << "\"><title>row " << row
         << ", column " << col << ", color " << color << "</title></rect>";
    }
    os << "</svg>";
  };
  auto lineList = [&](llvm::ArrayRef<unsigned> lines) {
    llvm::interleave(lines, os, [&](unsigned line) { os << line; }, " ← ");
  };

  for (auto [k, entry] : llvm::enumerate(entries)) {
    os << "<h2 id=\"r" << k << "\">" << escaped(entry.request.kind) << " of <code>" << escaped(entry.request.function)
       << "</code></h2>\n<p><code>" << escaped(entry.request.specification) << "</code></p>\n<div class=\"facts\">";
    auto fact = [&](llvm::StringRef name, llvm::StringRef value) {
      if (!value.empty())
        os << "<div>" << name << " <b>" << escaped(value) << "</b></div>";
    };
    fact("strategy", entry.strategy);
    fact("nonzeros", entry.nonzeros);
    fact("bandwidth", entry.bandwidth);
    os << "</div>\n";
    if (!entry.reason.text.empty()) {
      os << "<p>";
      if (entry.reason.line)
        os << "Line " << entry.reason.line << ": ";
      os << escaped(entry.reason.text) << "</p>\n";
    }
    if (!entry.relation.empty()) {
      os << "<h3>Which output depends on which input</h3>\n<div class=\"formula\"><code>" << escaped(entry.relation)
         << "</code></div>\n<table><tr><th>piece</th><th>lines, from the store to the load</th></tr>";
      for (const Piece &piece : entry.pieces) {
        os << "<tr><td><code>" << escaped(piece.formula) << "</code></td><td>";
        lineList(piece.lines);
        os << "</td></tr>";
      }
      os << "</table>\n";
    }
    if (!entry.coloring.empty())
      os << "<h3>Coloring, for all sizes</h3>\n<div class=\"formula\"><code>" << escaped(entry.coloring)
         << "</code></div>\n";
    if (!entry.picture.entries.empty()) {
      os << "<h3>Pattern for ";
      llvm::interleaveComma(entry.picture.sizes, os,
                            [&](const auto &size) { os << escaped(size.first) << " = " << size.second; });
      os << ": " << entry.picture.entries.size() << " nonzeros, columns by color (" << entry.picture.numColors
         << ")</h3>\n";
      drawing(entry.picture);
    }
    if (!entry.notes.empty()) {
      os << "<h3>Notes</h3>\n<ul>";
      for (const Line &note : entry.notes)
        os << "<li>line " << note.line << ": " << escaped(note.text) << "</li>";
      os << "</ul>\n";
    }
    if (!entry.sites.empty()) {
      os << "<h3>Stores whose partials are computed in place</h3>\n<table><tr><th>line</th><th>kind</th><th>loads it "
            "depends on, by line</th></tr>";
      for (const Site &site : entry.sites) {
        os << "<tr><td>" << site.line << "</td><td>" << site.kind << "</td><td>";
        llvm::interleaveComma(site.loads, os);
        os << "</td></tr>";
      }
      os << "</table>\n";
    }
    os << "<h3>Operations in the code</h3>\n<table><tr><th></th><th>+ − ×</th><th>÷ √</th><th>functions</th>"
          "<th>loads</th><th>stores</th><th>loops</th><th>branches</th></tr>";
    for (const Cost &cost : entry.costs)
      os << "<tr><td>" << cost.what << "</td><td>" << cost.additions << "</td><td>" << cost.divisions << "</td><td>"
         << cost.functions << "</td><td>" << cost.loads << "</td><td>" << cost.stores << "</td><td>" << cost.loops
         << "</td><td>" << cost.branches << "</td></tr>";
    os << "</table>\n";
    // The function's own lines: from its annotation to the last line that something is known of.
    unsigned last = entry.request.line;
    llvm::SmallVector<unsigned> marked;
    for (const Site &site : entry.sites)
      marked.push_back(site.line);
    for (const Piece &piece : entry.pieces)
      marked.append(piece.lines.begin(), piece.lines.end());
    for (unsigned line : marked)
      if (line < entry.request.line + 400)
        last = std::max(last, line);
    if (entry.request.line > 0 && last <= sourceLines.size()) {
      os << "<h3>Source</h3>\n<table class=\"source\">";
      for (unsigned line = entry.request.line; line <= std::min<size_t>(last + 2, sourceLines.size()); ++line)
        os << "<tr" << (llvm::is_contained(marked, line) ? " class=\"marked\"" : "") << "><td>" << line
           << "</td><td><code>" << escaped(sourceLines[line - 1]) << "</code></td></tr>";
      os << "</table>\n";
    }
    if (!entry.derivative.empty())
      os << "<details><summary>The generated derivative, <code>" << escaped(entry.derivativeName)
         << "</code></summary><pre>" << escaped(entry.derivative) << "</pre></details>\n";
  }
  os << "</body></html>\n";
  return page;
}
