// Mistakes in specifications: the message, the caret and the notes.
#include "sparsead/Frontend/SpecificationParser.h"
#include "specification_fixture.h"
#include "gtest/gtest.h"

using namespace sparsead::test;

namespace {

struct Refused {
  const char *specification; ///< what the macro is given
  const char *function;      ///< declared as f
  const char *message;       ///< of the error
  const char *at;            ///< the source from the caret on begins so
  const char *note = nullptr;
};

const char *const prelude = R"(
#include <vector>
#define EMPTY
#define BODY ((int)4)
int global; constexpr double real = 2; namespace ns { constexpr int m = 3; }
struct Opaque; union Bits { double d; long i; };
struct V { virtual ~V(); double x; }; struct W : virtual V { double y; };
struct S { double *p; int n; double d; int bits : 3; static double st; const double k; std::vector<double> v; };
)";

// clang-format off
const Refused refusals[] = {
    // Syntax.
    {R"("r[n], u[n]")", "void f(int n, const double *u, double *r)", "expected '<-' between the outputs and the inputs", "\"r[n], u[n]\""},
    {R"("")", "void f(int n, const double *u, double *r)", "expected '<-' between the outputs and the inputs", "\"\""},
    {R"("<- u[n]")", "void f(int n, const double *u, double *r)", "expected an output, found '<-'", "<- u[n]"},
    {R"("r[n] <- ")", "void f(int n, const double *u, double *r)", "expected an input, found the end of the string", "\")"},
    {R"("r[n] <- u[n],")", "void f(int n, const double *u, double *r)", "expected an input, found the end of the string", "\")"},
    {R"("r[n] <- u[n];")", "void f(int n, const double *u, double *r)", "expected a work array, found the end of the string", "\")"},
    {R"("r[n] <- u[n] x")", "void f(int n, const double *u, double *r)", "expected ',' or ';', found 'x'", "x\")"},
    {R"("r[n] <- u[n] <- r")", "void f(int n, const double *u, double *r)", "expected ',' or ';', found '<-'", "<- r\")"},
    {R"("r[n] <- u[n")", "void f(int n, const double *u, double *r)", "expected ']', found the end of the string", "\")", "to match this '['"},
    {R"("r[(n] <- u[n]")", "void f(int n, const double *u, double *r)", "expected ')', found ']'", "] <- u", "to match this '('"},
    {R"("r[] <- u[n]")", "void f(int n, const double *u, double *r)", "expected an extent inside the brackets", "] <- u"},
    {R"("r[n+] <- u[n]")", "void f(int n, const double *u, double *r)", "expected an integer expression, found ']'", "] <- u"},
    {R"("r[1.5] <- u[n]")", "void f(int n, const double *u, double *r)", "'1.5' is not an integer", "1.5]"},
    {R"("r[3q] <- u[n]")", "void f(int n, const double *u, double *r)", "'3q' is not an integer literal", "3q]"},
    {R"("r[99999999999999999999] <- u[n]")", "void f(int n, const double *u, double *r)", "integer literal '99999999999999999999' does not fit in 64 bits", "9999"},
    {R"("r{n} <- u[n]")", "void f(int n, const double *u, double *r)", "unexpected '{' in a derivative specification", "{n}"},
    {R"("r[g(n)] <- u[n]")", "void f(int n, const double *u, double *r)", "'g' cannot be called here: an extent is an integer expression, and only 'size()', 'rows()' and 'cols()' of a sized parameter can be called in it", "g(n)"},
    {R"("r[BODY] <- u[n]")", "void f(int n, const double *u, double *r)", "expected ')', found '4' in the expansion of 'BODY'", "BODY]"},
    {R"("r[EMPTY] <- u[n]")", "void f(int n, const double *u, double *r)", "macro 'EMPTY' is empty", "EMPTY]"},
    // Names.
    {R"("r[n] <- uu[n]")", "void f(int n, const double *u, double *r)", "'uu' is not a parameter of 'f'", "uu[n]", "did you mean 'u'?"},
    {R"("residul[n] <- u[n]")", "void f(int n, const double *u, double *residual)", "'residul' is not a parameter of 'f'", "residul[n]", "did you mean 'residual'?"},
    {R"("r[n] <- u[2*len+1]")", "void f(int n, const double *u, double *r)", "unknown name 'len' in the extent of 'u': it is no parameter of 'f', no member of its class, and no integer constant or macro visible there", "len+1"},
    {R"("r[n] <- u[ns::q]")", "void f(int n, const double *u, double *r)", "unknown name 'ns::q' in the extent of 'u': it is no parameter of 'f', no member of its class, and no integer constant or macro visible there", "ns::q"},
    {R"("r[n] <- u[global]")", "void f(int n, const double *u, double *r)", "'global' in the extent of 'u' is not an integer constant", "global]", "'global' is declared here"},
    {R"("r[n] <- u[real]")", "void f(int n, const double *u, double *r)", "'real' in the extent of 'u' has type 'const double', not an integer type", "real]", "'real' is declared here"},
    {R"("r[n] <- s.q[n]")", "void f(int n, const S &s, double *r)", "no member 'q' in 'S'", "q[n]"},
    {R"("r[s.m] <- s.p[1]")", "void f(int n, const S &s, double *r)", "no member 'm' in 'S'", "m]"},
    {R"("r[n] <- s.bit")", "void f(int n, const S &s, double *r)", "no member 'bit' in 'S'", "bit\"", "did you mean 'bits'?"},
    {R"("r[n] <- s->p[n]")", "void f(int n, const S &s, double *r)", "'s' is not a pointer; use '.'", "p[n]"},
    {R"("r[n] <- s.p[n]")", "void f(int n, const S *s, double *r)", "'s' is a pointer; use '->'", "p[n]"},
    {R"("r[s.n] <- s->p[1]")", "void f(int n, const S *s, double *r)", "'s' is a pointer; use '->'", "n] <-"},
    {R"("r[n] <- s.st")", "void f(int n, const S &s, double *r)", "'st' is not a data member of an object: static members cannot be active", "st\""},
    {R"("r[n] <- o->x")", "void f(int n, Opaque *o, double *r)", "'o' points to 'Opaque', which is incomplete here", "x\""},
    {R"("r[n] <- this->x")", "void f(int n, double *r)", "'this' is named, but 'f' is not a non-static member function", "this->x"},
    // Extents.
    {R"("r[n] <- u")", "void f(int n, const double *u, double *r)", "'u' is a pointer and needs an extent, as in 'u[n]'", "u\""},
    {R"("r[nu] <- u[n]")", "void f(int n, double nu, const double *u, double *r)", "'nu' in the extent of 'r' has type 'double', not an integer type", "nu]"},
    {R"("r[n] <- u[n]")", "void f(const int *n, const double *u, double *r)", "'n' in the extent of 'r' has type 'const int *', not an integer type", "n] <-", "write '*n' for the integer it points to"},
    {R"("r[v] <- v")", "void f(std::vector<double> &v, double *r)", "'v' in the extent of 'r' has type 'std::vector<double>', not an integer type", "v] <-", "write 'v.size()' for its size"},
    {R"("r[n/0] <- u[n]")", "void f(int n, const double *u, double *r)", "division by zero in the extent of 'r'", "/0]"},
    {R"("r[-2] <- u[n]")", "void f(int n, const double *u, double *r)", "the extent of 'r' is negative (-2)", "-2]"},
    {R"("r[3:1] <- u[n]")", "void f(int n, const double *u, double *r)", "the extent of 'r' ends at 1 before it begins at 3", "3:1]"},
    {R"("r[n] <- u[0x7fffffffffffffff+1]")", "void f(int n, const double *u, double *r)", "the extent of 'u' overflows 64 bits", "+1]"},
    {R"("r[n] <- u[s.bits]")", "void f(int n, const S &s, const double *u, double *r)", "'s.bits' in the extent of 'u' is a bit-field", "bits]"},
    {R"("r[n] <- u[n.size()]")", "void f(int n, const double *u, double *r)", "'n' has type 'int', which has no 'size()' that is known here", "size()"},
    {R"("r[n] <- u[n][n]")", "void f(int n, const double *u, double *r)", "too many indices for 'u'", "[n]\")"},
    {R"("r[n] <- x[n]")", "void f(int n, double x, double *r)", "'x' has type 'double' and takes no index", "[n]\")"},
    {R"("r[n] <- u[n]")", "void f(int n, double **u, double *r)", "too few indices for 'u': its elements have type 'double *'", "[n]\")"},
    {R"("r[n] <- u[4]")", "void f(int n, double u[4][8], double *r)", "too few indices for 'u': it is an array of arrays, and a single index counts all of its elements", "[4]"},
    {R"("r[n] <- u[n][4]")", "void f(int n, double (*u)[4][8], double *r)", "too few indices for 'u': it has 3 dimensions", "[4]"},
    {R"("r[n] <- u[5]")", "void f(int n, double (&u)[4], double *r)", "the extent of 'u' exceeds its 4 elements", "5]"},
    {R"("r[n] <- x[n]")", "void f(int n, std::vector<std::vector<double>> &x, double *r)", "each element of 'x' is a 'std::vector<double>' with a size of its own; give its extent", "x[n]"},
    // Elements.
    {R"("r[n] <- k[n]")", "void f(int n, const int *k, double *r)", "the elements of 'k' have type 'int', not a floating-point type", "k[n]"},
    {R"("r[n] <- n")", "void f(int n, const int *k, double *r)", "'n' has type 'int', not a floating-point type", "n\""},
    {R"("r[n] <- x[n]")", "void f(int n, const long double *x, double *r)", "'x' cannot be active: type 'long double' is not supported, only 'double' and 'float' are", "x[n]"},
    {R"("r[n] <- b[n]")", "void f(int n, const Bits *b, double *r)", "'b' cannot be active: floating-point members of a union ('Bits') are not supported", "b[n]"},
    {R"("r[n] <- w")", "void f(int n, const W &w, double *r)", "'w' cannot be active: floating-point members of a virtual base ('V') are not supported", "w\""},
    {R"("r[n] <- p")", "void f(int n, void *p, double *r)", "'p' has type 'void *', which has no elements", "p\""},
    // Roles.
    {R"("r[n] <- u[n]")", "void f(int n, const double *u, const double *r)", "'r' cannot be an output: its elements are const", "r[n]"},
    {R"("v <- u[n]")", "void f(int n, const double *u, const std::vector<double> &v)", "'v' cannot be an output: its elements are const", "v <-"},
    {R"("s.d <- u[n]")", "void f(int n, const double *u, const S &s)", "'s.d' cannot be an output: it is const", "s.d"},
    {R"("y <- u[n]")", "void f(int n, const double *u, double y)", "'y' cannot be an output: it is passed by value, and what the function writes to it is lost", "y <-"},
    {R"("v <- u[n]")", "void f(int n, const double *u, std::vector<double> v)", "'v' cannot be an output: it is passed by value, and what the function writes to it is lost", "v <-"},
    {R"("return <- u[n]")", "void f(int n, const double *u)", "'return' is an output, but 'f' returns nothing", "return"},
    {R"("return <- u[n]")", "double *f(int n, const double *u)", "'return' is an output, but 'f' returns 'double *', not a value", "return"},
    {R"("return <- u[n]")", "std::vector<double> f(int n, const double *u)", "the size of 'return' ('std::vector<double>') is known only after the call; return it through a parameter", "return"},
    {R"("r[n] <- return")", "double f(int n, double *r)", "'return' cannot be an input", "return"},
    {R"("r[n] <- u[n], u[n]")", "void f(int n, const double *u, double *r)", "'u' is listed twice among the inputs", "u[n]\")", "'u' is listed here"},
    {R"("r[n], r[2] <- u[n]")", "void f(int n, const double *u, double *r)", "'r' is listed twice among the outputs", "r[2]", "'r' is listed here"},
    {R"("r[n] <- u[n]; u[n]")", "void f(int n, double *u, double *r)", "'u' cannot be a work array: it is an input", "u[n]\")", "'u' is listed here"},
    {R"("x[n] <- x[n+1]")", "void f(int n, double *x)", "'x' stands on both sides with different extents", "x[n+1]", "'x' is listed here"},
    {R"("r[n] <- s, s.d")", "void f(int n, const S &s, double *r)", "'s.d' overlaps 's'", "s.d", "'s' is listed here"},
    // Options.
    {R"("r[n] <- u[n]", "mode=fast")", "void f(int n, const double *u, double *r)", "unknown value 'fast' of option 'mode': expected 'auto', 'local', 'forward', 'reverse' or 'bidirectional'", "fast\""},
    {R"("r[n] <- u[n]", "order=smalest_last")", "void f(int n, const double *u, double *r)", "unknown value 'smalest_last' of option 'order': expected 'natural', 'largest_first', 'smallest_last', 'incidence_degree' or 'best'", "smalest_last\"", "did you mean 'smallest_last'?"},
    {R"("r[n] <- u[n]", "patern=local")", "void f(int n, const double *u, double *r)", "unknown option 'patern': expected 'mode', 'order', 'pattern' or 'tag'", "patern=", "did you mean 'pattern'?"},
    {R"("r[n] <- u[n]", "reverse")", "void f(int n, const double *u, double *r)", "expected 'key=value' in option 'reverse'", "reverse\""},
    {R"("r[n] <- u[n]", "tag=1x")", "void f(int n, const double *u, double *r)", "the tag '1x' is not an identifier", "1x\""},
    {R"("r[n] <- u[n]", "tag=a", "tag=b")", "void f(int n, const double *u, double *r)", "option 'tag' is given twice", "tag=b\""},
};
// clang-format on

TEST(SpecificationErrors, Messages) {
  // One file; the function of row k is f in namespace rowk.
  std::string code = prelude;
  for (size_t i = 0; i < std::size(refusals); ++i)
    code += "namespace row" + std::to_string(i) + " { SPARSEAD_JACOBIAN(" + refusals[i].specification + ")\n" +
            refusals[i].function + "; }\n";
  Unit unit(code);
  ASSERT_TRUE(unit.valid());
  for (size_t i = 0; i < std::size(refusals); ++i) {
    const Refused &row = refusals[i];
    SCOPED_TRACE(row.specification + std::string(" ") + row.function);
    auto it = unit.qualified.find("row" + std::to_string(i) + "::f");
    ASSERT_TRUE(it != unit.qualified.end());
    unit.resolve(it->second);
    EXPECT_FALSE(unit.specification);
    const auto &entries = unit.collector.entries;
    ASSERT_FALSE(entries.empty());
    EXPECT_EQ(entries[0].text, "error: " + std::string(row.message));
    EXPECT_TRUE(llvm::StringRef(entries[0].at).starts_with(row.at)) << "caret at: " << entries[0].at;
    EXPECT_EQ(entries.size(), row.note ? 2u : 1u) << (entries.size() > 1 ? entries[1].text : "");
    if (row.note && entries.size() > 1)
      EXPECT_EQ(entries[1].text, "note: " + std::string(row.note));
  }
}

TEST(SpecificationErrors, TokenSoupIsParsedOrRefused) {
  const char *const soup[] = {"u",  "[",    "]",      "(", ")", "<-",   "->", "::",   ".",
                              ",",  ";",    ":",      "+", "-", "*",    "/",  "%",    "1",
                              "0x", "this", "return", "N", " ", "size", "()", "u[n]", "r[2*n] <- "};
  auto expand = [](llvm::StringRef name) -> std::optional<std::string> {
    return name == "N" ? std::optional<std::string>("4 + 1 (") : std::nullopt;
  };
  uint32_t state = 1;
  auto next = [&] { return (state = state * 1664525u + 1013904223u) >> 8; };
  unsigned parsed = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string text = i % 2 ? "r[n] <- " : "";
    for (unsigned k = next() % 12; k > 0; --k)
      text += soup[next() % std::size(soup)];
    sparsead::spec::SyntaxError error;
    bool accepted = bool(sparsead::spec::parseSpecification(text, expand, error));
    parsed += accepted;
    EXPECT_EQ(accepted, error.message.empty()) << text;
    EXPECT_LE(error.offset, text.size()) << text;
  }
  EXPECT_GT(parsed, 20u);
  std::string deep(100000, '(');
  sparsead::spec::SyntaxError error;
  EXPECT_FALSE(sparsead::spec::parseSpecification("r[" + deep + " <- u[n]", expand, error));
  EXPECT_EQ(error.message, "the extent is nested too deeply");
}

TEST(SpecificationErrors, CaretsInUnusualStrings) {
  Unit unit(R"code(
SPARSEAD_JACOBIAN("r[n] <- "
                  "uu[n]") void two(int n, const double *u, double *r);
SPARSEAD_JACOBIAN(R"(r[n] <- uu[n])") void raw(int n, const double *u, double *r);
SPARSEAD_JACOBIAN("r[n] <-\tuu[n]") void escaped(int n, const double *u, double *r);
#define SPEC "r[n] <- uu[n]"
SPARSEAD_JACOBIAN(SPEC) void named(int n, const double *u, double *r);
struct Grid { int nx;
  SPARSEAD_JACOBIAN("r[ny] <- u[nx]") void apply(const double *u, double *r) const;
  SPARSEAD_JACOBIAN("r[nx] <- v[nx]") void bad(const double *u, double *r) const;
  SPARSEAD_JACOBIAN("nx <- u[nx]") void type(const double *u) const;
};
template <int N> SPARSEAD_JACOBIAN("r[M] <- u[N]") void templated(const double *u, double *r) {}
template void templated<3>(const double *, double *);
)code");
  ASSERT_TRUE(unit.valid());
  struct Row {
    const char *function, *message, *at;
  } rows[] = {
      {"two", "'uu' is not a parameter of 'two'", "uu[n]"},
      {"raw", "'uu' is not a parameter of 'raw'", "uu[n]"},
      {"escaped", "'uu' is not a parameter of 'escaped'", "uu[n]"},
      {"named", "'uu' is not a parameter of 'named'", "SPEC)"},
      {"Grid::apply",
       "unknown name 'ny' in the extent of 'r': it is no parameter of 'apply', no member of its class, and no integer "
       "constant or macro visible there",
       "ny]"},
      {"Grid::bad", "'v' is not a parameter of 'bad' or a member of 'Grid'", "v[nx]"},
      {"Grid::type", "'nx' has type 'int', not a floating-point type", "nx <-"},
      {"templated",
       "unknown name 'M' in the extent of 'r': it is no parameter of 'templated', no member of its class, and no "
       "integer constant or macro visible there",
       "M]"},
  };
  for (const Row &row : rows) {
    SCOPED_TRACE(row.function);
    unit.resolve(row.function);
    ASSERT_FALSE(unit.collector.entries.empty());
    EXPECT_EQ(unit.collector.entries[0].text, "error: " + std::string(row.message));
    EXPECT_TRUE(llvm::StringRef(unit.collector.entries[0].at).starts_with(row.at))
        << "caret at: " << unit.collector.entries[0].at;
  }
}

} // namespace
