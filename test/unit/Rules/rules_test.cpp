// Every rule against central differences, and its dependence against what is numerically zero or constant.
#include "rules_jit.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "sparsead/IR/SparseAD.h"
#include "sparsead/Rules/Rules.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

#include <gtest/gtest.h>

using namespace sparsead;
using Point = std::array<double, 3>;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

/// One use of an operation. `dependence`: a letter per operand, 0, L or N. `interactions`: pairs of operands. The
/// points lie away from kinks and poles.
struct Row {
  const char *op;
  const char *body;
  const char *dependence;
  const char *interactions;
  std::vector<Point> points;
};

const std::vector<Point> any = {{0.7, 1.3, 2.1}, {-1.9, 0.4, -0.6}, {2.3, -3.1, 0.2}, {-0.35, -0.8, 1.7}};
const std::vector<Point> positive = {{0.7, 1.3, 0}, {1.9, 0.4, 0}, {2.3, -1.1, 0}, {12.5, 2.2, 0}};
const std::vector<Point> inside = {{0.7, 0, 0}, {-0.9, 0, 0}, {0.1, 0, 0}};
const std::vector<Point> above = {{1.7, 0, 0}, {1.01, 0, 0}, {30, 0, 0}};
const std::vector<Point> whole = {{0.7, 3, 0}, {-1.9, 2, 0}, {2.3, -3, 0}, {0.4, 0, 0}, {-1.5, 1, 0}};

// Bounds either way round: upstream expands the operation as its documentation says, max(min(x, lower), upper).
const std::vector<Point> clamped = {{0.7, 0, 1}, {-1, 0.5, 2}, {3, 0, 2.5}, {0.7, 1, 0}, {3, 1, 0}, {-1, 1, 0}};

// An entry per operation and per form of an operation that has a rule of its own.
const Row table[] = {
    {"arith.addf", "%r = arith.addf %0, %1 : f64", "LL", "", any},
    {"arith.subf", "%r = arith.subf %0, %1 : f64", "LL", "", any},
    {"arith.mulf", "%r = arith.mulf %0, %1 : f64", "NN", "01", any},
    {"arith.divf", "%r = arith.divf %0, %1 : f64", "NN", "01 11", any},
    {"arith.divf", "%c = arith.constant 3.0 : f64\n%r = arith.divf %0, %c : f64", "L0", "", any},
    {"arith.remf", "%r = arith.remf %0, %1 : f64", "LL", "", any},
    {"arith.negf", "%r = arith.negf %0 : f64", "L", "", any},
    {"arith.maximumf", "%r = arith.maximumf %0, %1 : f64", "LL", "", any},
    {"arith.minimumf", "%r = arith.minimumf %0, %1 : f64", "LL", "", any},
    {"arith.maxnumf", "%r = arith.maxnumf %0, %1 : f64", "LL", "", any},
    {"arith.minnumf", "%r = arith.minnumf %0, %1 : f64", "LL", "", any},
    {"arith.select", "%c = arith.cmpf ogt, %2, %1 : f64\n%r = arith.select %c, %0, %2 : f64", "0LL", "", any},
    {"arith.extf", "%f = arith.truncf %0 : f64 to f32\n%r = arith.extf %f : f32 to f64", "L", "", any},
    {"arith.truncf", "%f = arith.extf %0 : f64 to f80\n%r = arith.truncf %f : f80 to f64", "L", "", any},
    {"arith.constant", "%r = arith.constant 3.0 : f64", "", "", any},
    {"arith.sitofp", "%i = arith.fptosi %0 : f64 to i32\n%r = arith.sitofp %i : i32 to f64", "0", "", any},
    {"arith.uitofp", "%i = arith.fptosi %0 : f64 to i32\n%r = arith.uitofp %i : i32 to f64", "0", "", any},

    {"math.absf", "%r = math.absf %0 : f64", "L", "", any},
    {"math.exp", "%r = math.exp %0 : f64", "N", "00", any},
    {"math.exp2", "%r = math.exp2 %0 : f64", "N", "00", any},
    {"math.expm1", "%r = math.expm1 %0 : f64", "N", "00", any},
    {"math.log", "%r = math.log %0 : f64", "N", "00", positive},
    {"math.log2", "%r = math.log2 %0 : f64", "N", "00", positive},
    {"math.log10", "%r = math.log10 %0 : f64", "N", "00", positive},
    {"math.log1p", "%r = math.log1p %0 : f64", "N", "00", positive},
    {"math.sin", "%r = math.sin %0 : f64", "N", "00", any},
    {"math.cos", "%r = math.cos %0 : f64", "N", "00", any},
    {"math.tan", "%r = math.tan %0 : f64", "N", "00", any},
    {"math.asin", "%r = math.asin %0 : f64", "N", "00", inside},
    {"math.acos", "%r = math.acos %0 : f64", "N", "00", inside},
    {"math.atan", "%r = math.atan %0 : f64", "N", "00", any},
    {"math.atan2", "%r = math.atan2 %0, %1 : f64", "NN", "00 01 11", any},
    {"math.sinh", "%r = math.sinh %0 : f64", "N", "00", any},
    {"math.cosh", "%r = math.cosh %0 : f64", "N", "00", any},
    {"math.tanh", "%r = math.tanh %0 : f64", "N", "00", any},
    {"math.asinh", "%r = math.asinh %0 : f64", "N", "00", any},
    {"math.acosh", "%r = math.acosh %0 : f64", "N", "00", above},
    {"math.atanh", "%r = math.atanh %0 : f64", "N", "00", inside},
    {"math.erf", "%r = math.erf %0 : f64", "N", "00", any},
    {"math.erfc", "%r = math.erfc %0 : f64", "N", "00", any},
    {"math.floor", "%r = math.floor %0 : f64", "0", "", any},
    {"math.ceil", "%r = math.ceil %0 : f64", "0", "", any},
    {"math.trunc", "%r = math.trunc %0 : f64", "0", "", any},
    {"math.round", "%r = math.round %0 : f64", "0", "", any},
    {"math.roundeven", "%r = math.roundeven %0 : f64", "0", "", any},
    {"math.copysign", "%r = math.copysign %0, %1 : f64", "L0", "", any},
    {"math.fma", "%r = math.fma %0, %1, %2 : f64", "NNL", "01", any},
    {"math.clampf", "%r = math.clampf %0 to [%1, %2] : f64", "LLL", "", clamped},

    {"math.sqrt", "%r = math.sqrt %0 : f64", "N", "00", positive},
    {"math.rsqrt", "%r = math.rsqrt %0 : f64", "N", "00", positive},
    {"math.cbrt", "%r = math.cbrt %0 : f64", "N", "00", any},
    {"math.powf", "%r = math.powf %0, %1 : f64", "NN", "00 01 11", positive},
    {"math.powf", "%c = arith.constant 0.0 : f64\n%r = math.powf %0, %c : f64", "00", "", positive},
    {"math.powf", "%c = arith.constant 1.0 : f64\n%r = math.powf %0, %c : f64", "L0", "", any},
    {"math.powf", "%c = arith.constant 2.0 : f64\n%r = math.powf %0, %c : f64", "N0", "00", any},
    {"math.powf", "%c = arith.constant 3.0 : f64\n%r = math.powf %0, %c : f64", "N0", "00", any},
    {"math.powf", "%c = arith.constant 7.0 : f64\n%r = math.powf %0, %c : f64", "N0", "00", any},
    {"math.powf", "%c = arith.constant 45.0 : f64\n%r = math.powf %0, %c : f64", "N0", "00", inside},
    {"math.powf", "%c = arith.constant -1.0 : f64\n%r = math.powf %0, %c : f64", "N0", "00", any},
    {"math.powf", "%c = arith.constant -4.0 : f64\n%r = math.powf %0, %c : f64", "N0", "00", any},
    {"math.powf", "%c = arith.constant -0.5 : f64\n%r = math.powf %0, %c : f64", "N0", "00", positive},
    {"math.powf", "%c = arith.constant 0.5 : f64\n%r = math.powf %0, %c : f64", "N0", "00", positive},
    {"math.powf", "%c = arith.constant 0.25 : f64\n%r = math.powf %0, %c : f64", "N0", "00", positive},
    {"math.powf", "%c = arith.constant 1.5 : f64\n%r = math.powf %0, %c : f64", "N0", "00", positive},
    {"math.powf", "%c = arith.constant 3.5 : f64\n%r = math.powf %0, %c : f64", "N0", "00", positive},
    {"math.powf", "%c = arith.constant 1.4 : f64\n%r = math.powf %0, %c : f64", "N0", "00", positive},
    {"math.fpowi", "%n = arith.fptosi %1 : f64 to i32\n%r = math.fpowi %0, %n : f64, i32", "N0", "00", whole},
    {"math.fpowi", "%n = arith.constant 0 : i32\n%r = math.fpowi %0, %n : f64, i32", "00", "", any},
    {"math.fpowi", "%n = arith.constant 1 : i32\n%r = math.fpowi %0, %n : f64, i32", "L0", "", any},
    {"math.fpowi", "%n = arith.constant 5 : i32\n%r = math.fpowi %0, %n : f64, i32", "N0", "00", any},
    {"math.fpowi", "%n = arith.constant -2 : i32\n%r = math.fpowi %0, %n : f64, i32", "N0", "00", any},

    {"llvm.intr.fmuladd", "%r = llvm.intr.fmuladd(%0, %1, %2) : (f64, f64, f64) -> f64", "NNL", "01", any},

    {"libm drem", "%r = sparsead.libm \"drem\"(%0, %1) : (f64, f64) -> f64", "LL", "", any},
    {"libm exp10", "%r = sparsead.libm \"exp10\"(%0) : (f64) -> f64", "N", "00", any},
    {"libm fdim", "%r = sparsead.libm \"fdim\"(%0, %1) : (f64, f64) -> f64", "LL", "", any},
    {"libm fmod", "%r = sparsead.libm \"fmod\"(%0, %1) : (f64, f64) -> f64", "LL", "", any},
    {"libm hypot", "%r = sparsead.libm \"hypot\"(%0, %1) : (f64, f64) -> f64", "NN", "00 01 11", any},
    {"libm j0", "%r = sparsead.libm \"j0\"(%0) : (f64) -> f64", "N", "00", any},
    {"libm j1", "%r = sparsead.libm \"j1\"(%0) : (f64) -> f64", "N", "00", any},
    {"libm jn", "%n = arith.constant 2 : i32\n%r = sparsead.libm \"jn\"(%n, %0) : (i32, f64) -> f64", "0N", "11", any},
    {"libm ldexp", "%n = arith.constant 3 : i32\n%r = sparsead.libm \"ldexp\"(%0, %n) : (f64, i32) -> f64", "L0", "",
     any},
    {"libm sparsead_rt_digamma", "%r = sparsead.libm \"sparsead_rt_digamma\"(%0) : (f64) -> f64", "N", "00", any},
    {"libm lgamma", "%r = sparsead.libm \"lgamma\"(%0) : (f64) -> f64", "N", "00", any},
    {"libm logb", "%r = sparsead.libm \"logb\"(%0) : (f64) -> f64", "0", "", any},
    {"libm nearbyint", "%r = sparsead.libm \"nearbyint\"(%0) : (f64) -> f64", "0", "", any},
    {"libm nextafter", "%r = sparsead.libm \"nextafter\"(%0, %1) : (f64, f64) -> f64", "L0", "", any},
    {"libm remainder", "%r = sparsead.libm \"remainder\"(%0, %1) : (f64, f64) -> f64", "LL", "", any},
    {"libm rint", "%r = sparsead.libm \"rint\"(%0) : (f64) -> f64", "0", "", any},
    {"libm scalbln", "%n = arith.constant 3 : i64\n%r = sparsead.libm \"scalbln\"(%0, %n) : (f64, i64) -> f64", "L0",
     "", any},
    {"libm scalbn", "%n = arith.constant -3 : i32\n%r = sparsead.libm \"scalbn\"(%0, %n) : (f64, i32) -> f64", "L0", "",
     any},
    {"libm tgamma", "%r = sparsead.libm \"tgamma\"(%0) : (f64) -> f64", "N", "00", any},
    {"libm y0", "%r = sparsead.libm \"y0\"(%0) : (f64) -> f64", "N", "00", positive},
    {"libm y1", "%r = sparsead.libm \"y1\"(%0) : (f64) -> f64", "N", "00", positive},
    {"libm yn", "%n = arith.constant 2 : i32\n%r = sparsead.libm \"yn\"(%n, %0) : (i32, f64) -> f64", "0N", "11",
     positive},
};

/// Results that are not floats: nothing to differentiate, but the rule says so.
const char *const notFloat[] = {"arith.cmpf",  "arith.fptosi", "arith.fptoui",  "arith.bitcast", "math.isfinite",
                                "math.isinf",  "math.isnan",   "math.isnormal", "math.ipowi",    "libm ilogb",
                                "libm llrint", "libm llround", "libm lrint",    "libm lround"};

/// Operations without a rule: integers only, two results, or formats that C++ has no type for.
const char *const without[] = {"arith.addi",
                               "arith.addui_extended",
                               "arith.subi",
                               "arith.muli",
                               "arith.mulsi_extended",
                               "arith.mului_extended",
                               "arith.divui",
                               "arith.divsi",
                               "arith.ceildivui",
                               "arith.ceildivsi",
                               "arith.floordivsi",
                               "arith.remui",
                               "arith.remsi",
                               "arith.andi",
                               "arith.ori",
                               "arith.xori",
                               "arith.shli",
                               "arith.shrui",
                               "arith.shrsi",
                               "arith.maxsi",
                               "arith.maxui",
                               "arith.minsi",
                               "arith.minui",
                               "arith.extui",
                               "arith.extsi",
                               "arith.trunci",
                               "arith.index_cast",
                               "arith.index_castui",
                               "arith.cmpi",
                               "arith.scaling_extf",
                               "arith.scaling_truncf",
                               "math.absi",
                               "math.ctlz",
                               "math.cttz",
                               "math.ctpop",
                               "math.sincos"};

Dependence fromLetter(char c) {
  return c == '0' ? Dependence::None : c == 'L' ? Dependence::Linear : Dependence::Nonlinear;
}

/// The function's argument that is the operand, directly or through a conversion; -1: none.
int argumentOf(mlir::Operation *op, unsigned i) {
  mlir::Value v = op->getOperand(i);
  if (auto argument = llvm::dyn_cast<mlir::BlockArgument>(v))
    return int(argument.getArgNumber());
  return -1;
}

class Rules : public testing::Test {
protected:
  static std::string name(size_t row) { return "f" + std::to_string(row); }

  /// f64 functions f<row>, f32 functions s<row>, with the partials of every operand.
  static void SetUpTestSuite() {
    jit = new RulesModule;
    for (size_t row = 0; row < std::size(table); ++row) {
      const Row &entry = table[row];
      llvm::StringRef body = entry.body;
      if (!jit->add(name(row), body))
        continue;
      mlir::Operation *op = jit->operation(name(row));
      EXPECT_TRUE(llvm::isa<DifferentiableOpInterface>(op)) << entry.op;
      if (!llvm::isa<DifferentiableOpInterface>(op))
        continue;
      for (unsigned i = 0; i < op->getNumOperands(); ++i)
        jit->addPartial(name(row), i);
      std::string narrow = body.contains("f32") ? "%r = arith.addf %0, %1 : f64" : body.str();
      bool libm = llvm::StringRef(entry.op).starts_with("libm ");
      if (libm)
        narrow.insert(narrow.find('"', narrow.find('"') + 1), "f");
      ASSERT_TRUE(jit->add("s" + std::to_string(row), narrow, "f32")) << narrow;
      for (unsigned i = 0; i < jit->operation("s" + std::to_string(row))->getNumOperands(); ++i)
        jit->addPartial("s" + std::to_string(row), i, /*alone=*/false);
      statements.push_back({op->getNumOperands(), {}, {}, {}});
      auto rule = llvm::cast<DifferentiableOpInterface>(op);
      for (unsigned i = 0; i < op->getNumOperands(); ++i) {
        statements.back().dependence.push_back(rule.dependence(i));
        statements.back().arguments.push_back(argumentOf(op, i));
        for (unsigned j = 0; j < op->getNumOperands(); ++j)
          statements.back().interacts.push_back(rule.interacts(i, j));
      }
    }
    ASSERT_EQ(statements.size(), std::size(table)) << "a row of the table does not parse";
    compiled = jit->compile();
  }
  static void TearDownTestSuite() {
    delete jit;
    jit = nullptr;
  }
  void SetUp() override { ASSERT_TRUE(compiled); }

  /// What the rules say, kept because compiling consumes the operations.
  struct Statement {
    unsigned operands;
    std::vector<Dependence> dependence;
    std::vector<int> arguments;
    std::vector<bool> interacts;
  };
  static RulesModule *jit;
  static bool compiled;
  static std::vector<Statement> statements;

  static double partial(size_t row, unsigned i, Point at) {
    return jit->call(name(row) + ".d" + std::to_string(i), at);
  }
  /// Central difference with one extrapolation: error O(h⁴).
  template <typename Function> static double difference(Function f, Point at, int argument) {
    auto central = [&](double h) {
      Point up = at, down = at;
      up[argument] += h;
      down[argument] -= h;
      return (f(up) - f(down)) / (up[argument] - down[argument]);
    };
    double h = 2e-4 * std::max(1.0, std::fabs(at[argument]));
    return (4 * central(h / 2) - central(h)) / 3;
  }
};

RulesModule *Rules::jit;
bool Rules::compiled;
std::vector<Rules::Statement> Rules::statements;

TEST_F(Rules, PartialsAreDifferences) {
  for (size_t row = 0; row < std::size(table); ++row)
    for (unsigned i = 0; i < statements[row].operands; ++i) {
      int argument = statements[row].arguments[i];
      if (argument < 0)
        continue;
      for (Point at : table[row].points) {
        double expected = difference([&](Point p) { return jit->call(name(row), p); }, at, argument);
        EXPECT_NEAR(partial(row, i, at), expected, 2e-9 * (1 + std::fabs(expected)))
            << table[row].body << " by operand " << i << " at " << at[0] << ", " << at[1] << ", " << at[2];
      }
    }
}

TEST_F(Rules, PartialsInSinglePrecision) {
  for (size_t row = 0; row < std::size(table); ++row)
    for (unsigned i = 0; i < statements[row].operands; ++i) {
      if (statements[row].arguments[i] < 0)
        continue;
      for (Point at : table[row].points) {
        double expected = partial(row, i, at);
        float got = jit->callFloat("s" + std::to_string(row) + ".d" + std::to_string(i), at);
        EXPECT_NEAR(got, expected, 3e-5 * (1 + std::fabs(expected)))
            << table[row].body << " by operand " << i << " at " << at[0] << ", " << at[1] << ", " << at[2];
      }
    }
}

TEST_F(Rules, DependenceIsAsStated) {
  for (size_t row = 0; row < std::size(table); ++row) {
    const Statement &s = statements[row];
    ASSERT_EQ(llvm::StringRef(table[row].dependence).size(), s.operands) << table[row].op;
    for (unsigned i = 0; i < s.operands; ++i) {
      EXPECT_EQ(s.dependence[i], fromLetter(table[row].dependence[i])) << table[row].body << " operand " << i;
      bool interactsWithAny = false;
      for (unsigned j = 0; j < s.operands; ++j) {
        std::string pair = std::to_string(std::min(i, j)) + std::to_string(std::max(i, j));
        bool stated = llvm::StringRef(table[row].interactions).contains(pair);
        EXPECT_EQ(s.interacts[i * s.operands + j], stated) << table[row].body << " operands " << i << ", " << j;
        interactsWithAny |= stated;
      }
      EXPECT_EQ(interactsWithAny, s.dependence[i] == Dependence::Nonlinear) << table[row].body << " operand " << i;
    }
  }
}

/// None exactly where partials vanish, Linear exactly where they are constant, and the second derivatives' pattern.
TEST_F(Rules, DependenceIsNumericallyExact) {
  for (size_t row = 0; row < std::size(table); ++row) {
    const Statement &s = statements[row];
    for (unsigned i = 0; i < s.operands; ++i) {
      if (s.arguments[i] < 0)
        continue;
      double largest = 0;
      for (Point at : table[row].points)
        largest = std::max(largest, std::fabs(partial(row, i, at)));
      EXPECT_EQ(largest == 0, s.dependence[i] == Dependence::None) << table[row].body << " operand " << i;
      for (unsigned j = 0; j < s.operands; ++j) {
        if (s.arguments[j] < 0)
          continue;
        double second = 0;
        for (Point at : table[row].points)
          second =
              std::max(second, std::fabs(difference([&](Point p) { return partial(row, i, p); }, at, s.arguments[j])));
        EXPECT_EQ(second > 1e-7, s.interacts[i * s.operands + j])
            << table[row].body << " operands " << i << ", " << j << ": " << second;
      }
    }
  }
}

TEST_F(Rules, EveryOperationHasARow) {
  llvm::StringSet<> known;
  for (const Row &row : table)
    known.insert(row.op);
  for (const char *name : notFloat)
    known.insert(name);
  for (const char *name : without)
    known.insert(name);
  for (mlir::RegisteredOperationName op : jit->context().getRegisteredOperations()) {
    llvm::StringRef name = op.getStringRef();
    if (!name.starts_with("arith.") && !name.starts_with("math."))
      continue;
    EXPECT_TRUE(known.contains(name)) << name.str() << " has neither a rule nor a reason to have none";
    bool expected = !llvm::is_contained(without, name);
    EXPECT_EQ(op.hasInterface<DifferentiableOpInterface>(), expected) << name.str();
  }
  for (llvm::StringRef name : getLibmRuleNames()) {
    EXPECT_TRUE(known.contains(("libm " + name).str())) << name.str();
    EXPECT_TRUE(hasLibmRule(name));
    EXPECT_TRUE(hasLibmRule((name + "f").str()));
  }
  EXPECT_TRUE(llvm::is_sorted(getLibmRuleNames()));
  EXPECT_FALSE(hasLibmRule("strtod"));
  EXPECT_FALSE(hasLibmRule("f"));
  EXPECT_FALSE(hasLibmRule(""));
}

/// One function of its own module: the partial by operand i, at single points.
struct Special {
  RulesModule jit;
  bool good;
  Special(const char *body, unsigned i) {
    good = jit.add("f", body);
    if (good) {
      jit.addPartial("f", i);
      text = jit.print("f.d" + std::to_string(i));
      good = jit.compile();
    }
    name = "f.d" + std::to_string(i);
  }
  double operator()(double x, double y = 0, double z = 0) { return jit.call(name, {x, y, z}); }
  std::string name, text;
};

TEST(RulesSpecialValues, PowersAtZero) {
  Special x("%r = math.powf %0, %1 : f64", 0);
  EXPECT_EQ(x(0, 2), 0);
  EXPECT_EQ(x(0, 1), 1);
  EXPECT_EQ(x(0, 0), 0);
  EXPECT_EQ(x(3, 0), 0);
  EXPECT_EQ(x(0, 0.5), inf);
  EXPECT_EQ(x(-2, 3), 12);
  Special y("%r = math.powf %0, %1 : f64", 1);
  EXPECT_EQ(y(0, 2), 0);
  EXPECT_EQ(y(0, 0), 0);
  EXPECT_EQ(y(1, 5), 0);
  EXPECT_TRUE(std::isnan(y(-1, 2)));
  Special half("%c = arith.constant 0.5 : f64\n%r = math.powf %0, %c : f64", 0);
  EXPECT_EQ(half(0), inf);
  Special quarter("%c = arith.constant 0.25 : f64\n%r = math.powf %0, %c : f64", 0);
  EXPECT_EQ(quarter(0), inf);
  Special one("%c = arith.constant 1.4 : f64\n%r = math.powf %0, %c : f64", 0);
  EXPECT_EQ(one(0), 0);
  EXPECT_NEAR(one(1e-250) / (1.4 * 1e-100), 1, 1e-12);
  Special square("%c = arith.constant 2.0 : f64\n%r = math.powf %0, %c : f64", 0);
  EXPECT_EQ(square(0), 0);
  EXPECT_EQ(square(1e-200), 2e-200);
  EXPECT_EQ(square.text.find("= math.powf", square.text.find("= math.powf") + 1), std::string::npos);
  Special integer("%n = arith.fptosi %1 : f64 to i32\n%r = math.fpowi %0, %n : f64, i32", 0);
  EXPECT_EQ(integer(0, 0), 0);
  EXPECT_EQ(integer(0, 1), 1);
  EXPECT_EQ(integer(0, 2), 0);
}

TEST(RulesSpecialValues, Edges) {
  Special root("%r = math.sqrt %0 : f64", 0);
  EXPECT_EQ(root(0), inf);
  Special cube("%r = math.cbrt %0 : f64", 0);
  EXPECT_EQ(cube(0), inf);
  Special absolute("%r = math.absf %0 : f64", 0);
  EXPECT_EQ(absolute(0.0), 1);
  EXPECT_EQ(absolute(-0.0), -1);
  Special hypot("%r = sparsead.libm \"hypot\"(%0, %1) : (f64, f64) -> f64", 0);
  EXPECT_EQ(hypot(0, 0), 0);
  EXPECT_NEAR(hypot(3e200, 4e200), 0.6, 1e-15);
  Special j1("%r = sparsead.libm \"j1\"(%0) : (f64) -> f64", 0);
  EXPECT_EQ(j1(0), 0.5);
  Special arc("%r = math.asin %0 : f64", 0);
  EXPECT_EQ(arc(1), inf);
}

TEST(RulesSpecialValues, ExtremaTakeOneSide) {
  for (const char *body : {"%r = arith.maxnumf %0, %1 : f64", "%r = arith.minnumf %0, %1 : f64"}) {
    Special x(body, 0), y(body, 1);
    EXPECT_EQ(x(2, 2), 1);
    EXPECT_EQ(y(2, 2), 0);
    EXPECT_EQ(x(2, std::nan("")), 1);
    EXPECT_EQ(y(2, std::nan("")), 0);
    EXPECT_EQ(x(std::nan(""), 2), 0);
    EXPECT_EQ(y(std::nan(""), 2), 1);
    EXPECT_EQ(x(inf, 2) + y(inf, 2), 1);
  }
}

TEST(RulesSpecialValues, Quotients) {
  Special mod("%r = arith.remf %0, %1 : f64", 1);
  EXPECT_EQ(mod(7.5, 2), -3);
  EXPECT_EQ(mod(-7.5, 2), 3);
  EXPECT_EQ(mod(1, 2), 0);
  // 0.3 / 0.1 rounds to 3, yet the truncated quotient is 2.
  EXPECT_NEAR(mod(0.3, 0.1), -2, 1e-15);
  Special rest("%r = sparsead.libm \"remainder\"(%0, %1) : (f64, f64) -> f64", 1);
  EXPECT_EQ(rest(7.5, 2), -4);
  EXPECT_EQ(rest(5, 2), -2);
  EXPECT_EQ(rest(7, 2), -4);
}

TEST(RulesFlags, DerivedOperationsDropNnanAndNinf) {
  Special fast("%r = math.sqrt %0 fastmath<nnan,ninf,afn> : f64", 0);
  EXPECT_NE(fast.text.find("arith.divf"), std::string::npos);
  size_t at = fast.text.find("fastmath<", fast.text.find("arith.divf"));
  ASSERT_NE(at, std::string::npos);
  std::string flags = fast.text.substr(at, fast.text.find('>', at) - at);
  for (const char *kept : {"afn", "contract", "reassoc", "nsz"})
    EXPECT_NE(flags.find(kept), std::string::npos) << flags;
  for (const char *gone : {"nnan", "ninf"})
    EXPECT_EQ(flags.find(gone), std::string::npos) << flags;
}

TEST(RulesLibm, UnknownFunctionsSaySo) {
  RulesModule jit;
  ASSERT_TRUE(jit.add("f", "%r = sparsead.libm \"user_function\"(%0) : (f64) -> f64"));
  auto rule = llvm::cast<DifferentiableOpInterface>(jit.operation("f"));
  EXPECT_FALSE(rule.isDifferentiable());
  EXPECT_EQ(rule.dependence(0), Dependence::Nonlinear);
}

} // namespace
