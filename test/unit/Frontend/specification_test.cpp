// What specifications mean: objects, paths, programs and leaves.
#include "specification_fixture.h"
#include "gtest/gtest.h"

using namespace sparsead::test;

namespace {

struct Accepted {
  const char *function;
  const char *objects;
};

void check(Unit &unit, llvm::ArrayRef<Accepted> table) {
  ASSERT_TRUE(unit.valid());
  for (const Accepted &row : table)
    EXPECT_EQ(unit.resolve(row.function), row.objects) << row.function;
}

TEST(Specification, PointersAndExtents) {
  Unit unit(R"(
#define WIDTH 4 + 1
#define TWICE (2 * WIDTH)
constexpr int W = 5;
enum { ENUMERATOR = 7 };
enum class Kind : unsigned char { a = 3 };
namespace lib { namespace inner { const long size = 11; } inline namespace v1 { constexpr unsigned V = 12; } }
using namespace lib;
SPARSEAD_JACOBIAN("r[n] <- u[n]") void plain(int n, double nu, const double *u, double *r);
SPARSEAD_JACOBIAN("r[2*n-1]<-u[ (n + 1) / 2 % 3 ]") void arithmetic(unsigned n, const double *u, double *r);
SPARSEAD_JACOBIAN("x[n] <- x[n]") void inplace(long n, double *x);
SPARSEAD_JACOBIAN("r[n] <- u[n]; work[n], w2[0x10]") void work(short n, const double *u, double *work, double *w2, double *r);
SPARSEAD_JACOBIAN("r[-a + +b] <- u[c * d], v[e]")
void widths(signed char a, unsigned char b, unsigned short c, unsigned long long d, bool e, const double *u, const double *v, double *r);
SPARSEAD_JACOBIAN("r[2*WIDTH] <- u[TWICE]") void macros(const double *u, double *r);
SPARSEAD_JACOBIAN("r[h] <- u[h*W]") void rows(int h, const double (*u)[W], double *r);
SPARSEAD_JACOBIAN("r[lib::inner::size] <- u[::W], v[ENUMERATOR], w[V]") void scopes(const double *u, const double *v, const double *w, double *r);
SPARSEAD_JACOBIAN("r[Kind::a] <- u[k]") void enums(Kind k, const double *u, double *r);
SPARSEAD_JACOBIAN("r[*n] <- u[m]") void fortran(const int *n, const int &m, const double *u, double *r);
SPARSEAD_JACOBIAN("r[n] <- val[ptr[n]], d[dims[1]]")
void csr(int n, const int *ptr, const int dims[2], const double *val, const double *d, double *r);
SPARSEAD_JACOBIAN("r[lo:hi] <- u[lo - 1 : hi + 1]") void ghosted(int lo, int hi, const double *u, double *r);
SPARSEAD_JACOBIAN("f[1] <- g[1'000u], h[0b11], k[010L]") void literals(const float *g, const double *h, const double *k, double *f);
SPARSEAD_JACOBIAN("r[n], s[0] <- u[n], u2[n]") void several(int n, const double *u, const double *u2, double *r, double *s);
SPARSEAD_JACOBIAN("r[0:4], r[6:8] <- u[0:k], u[k:n]") void pieces(int n, int k, const double *u, double *r);
)");
  // clang-format off
  check(unit, {
    {"plain", "r:o@3 * [a0.i32|8]; u:i@2 * [a0.i32|8]"},
    {"arithmetic", "r:o@2 * [2 a0.u32 * 1 -|8]; u:i@1 * [a0.u32 1 + 2 / 3 %|8]"},
    {"inplace", "x:io@1 * [a0.i64|8]"},
    {"work", "r:o@4 * [a0.i16|8]; u:i@1 * [a0.i16|8]; work:w@2 * [a0.i16|8]; w2:w@3 * [16|8]"},
    {"widths", "r:o@7 * [a0.i8 neg a1.u8 +|8]; u:i@5 * [a2.u16 a3.u64 *|8]; v:i@6 * [a4.u8|8]"},
    {"macros", "r:o@1 * [9|8]; u:i@0 * [9|8]"},
    {"rows", "r:o@2 * [a0.i32|8]; u:i@1 * [a0.i32 5 *|8]"},
    {"scopes", "r:o@3 * [11|8]; u:i@0 * [5|8]; v:i@1 * [7|8]; w:i@2 * [12|8]"},
    {"enums", "r:o@2 * [3|8]; u:i@1 * [a0.u8|8]"},
    {"fortran", "r:o@3 * [a0.*.i32|8]; u:i@2 * [a1.i32|8]"},
    {"csr", "r:o@5 * [a0.i32|8]; val:i@3 * [a1.* a0.i32 4 * +.i32|8]; d:i@4 * [a2.*+4.i32|8]"},
    {"ghosted", "r:o@3 * [a0.i32:a1.i32|8]; u:i@2 * [a0.i32 1 -:a1.i32 1 +|8]"},
    {"literals", "f:o@3 * [1|8]; g:i@0 * [1000|4] {0f}; h:i@1 * [3|8]; k:i@2 * [8|8]"},
    {"several", "r:o@3 * [a0.i32|8]; s:o@4 * [0|8]; u:i@1 * [a0.i32|8]; u2:i@2 * [a0.i32|8]"},
    {"pieces", "r:o@3 * [4|8]; r:o@3 * [6:8|8]; u:i@2 * [a1.i32|8]; u:i@2 * [a1.i32:a0.i32|8]"},
  });
  // clang-format on
}

TEST(Specification, ArraysAndScalars) {
  Unit unit(R"(
#include <complex>
SPARSEAD_JACOBIAN("y <- x") void scalar(double x, double &y);
SPARSEAD_JACOBIAN("return <- x, y") double result(float x, const double &y);
SPARSEAD_JACOBIAN("y <- x") void matrix(const double x[4][8], double (&y)[3]);
SPARSEAD_JACOBIAN("y[3] <- x[4][8]") void written(const double x[4][8], double (&y)[3]);
SPARSEAD_JACOBIAN("y[1:2] <- x[32]") void flat(const double x[4][8], double (&y)[3]);
SPARSEAD_JACOBIAN("y[2] <- x[4]") void dimension(const double x[4], double *y);
SPARSEAD_JACOBIAN("y[2] <- x[n]") void unbounded(int n, const double x[], double *y);
SPARSEAD_JACOBIAN("r[m][n] <- x[m][n]") void tables(int m, int n, double **x, double **r);
SPARSEAD_JACOBIAN("r[n] <- x[k][a:b][0:n]") void ghosts(int k, int a, int b, int n, double ***x, double *r);
SPARSEAD_JACOBIAN("r[n] <- x[m][3][n]") void mixed(int m, int n, double *(*x)[3], double *r);
SPARSEAD_JACOBIAN("z[n] <- c") void complexes(int n, std::complex<double> c, std::complex<float> *z);
SPARSEAD_JACOBIAN("return <- z") _Complex double builtin(_Complex double z);
typedef double double4 __attribute__((vector_size(32)));
SPARSEAD_JACOBIAN("return <- z") double4 vectors(double4 z);
SPARSEAD_JACOBIAN("r <- x") void pointerRef(double *const (&x)[2], double &r);
SPARSEAD_JACOBIAN("r[n] <- x[2][n]") void pointers(int n, double *const (&x)[2], double *r);
SPARSEAD_JACOBIAN("r[n] <- x[n]") void reference(int n, double *&x, double *const &r);
)");
  // clang-format off
  check(unit, {
    {"scalar", "y:o@1; x:i@0"},
    {"result", "return:o@ret; x:i@0 {0f}; y:i@1"},
    {"matrix", "y:o@1 [3|8]; x:i@0 * [4|64] [8|8]"},
    {"written", "y:o@1 [3|8]; x:i@0 * [4|64] [8|8]"},
    {"flat", "y:o@1 [1:2|8]; x:i@0 * [32|8]"},
    {"dimension", "y:o@1 * [2|8]; x:i@0 * [4|8]"},
    {"unbounded", "y:o@2 * [2|8]; x:i@1 * [a0.i32|8]"},
    {"tables", "r:o@3 * [a0.i32|8] * [a1.i32|8]; x:i@2 * [a0.i32|8] * [a1.i32|8]"},
    {"ghosts", "r:o@5 * [a3.i32|8]; x:i@4 * [a0.i32|8] * [a1.i32:a2.i32|8] * [a3.i32|8]"},
    {"mixed", "r:o@3 * [a1.i32|8]; x:i@2 * [a0.i32|24] [3|8] * [a1.i32|8]"},
    {"complexes", "z:o@2 * [a0.i32|8] {0f 4f}; c:i@1 {0 8}"},
    {"builtin", "return:o@ret {0 8}; z:i@0 {0 8}"},
    {"vectors", "return:o@ret {0 8 16 24}; z:i@0 {0 8 16 24}"},
    {"pointers", "r:o@2 * [a0.i32|8]; x:i@1 [2|8] * [a0.i32|8]"},
    {"reference", "r:o@2 * [a0.i32|8]; x:i@1 * [a0.i32|8]"},
  });
  // clang-format on
}

TEST(Specification, MembersAndStructs) {
  Unit unit(R"(
struct Info { int mx, my; double dx; short sw[2]; long *counts; };
struct Vec3 { double x, y, z; };
struct Base { float mass; };
struct Field : Base { int id; double u[2]; Vec3 pos; double *p; bool on; };
struct Data { int n; double *u; const double *c; Info *info; Vec3 inl[2]; double &ref; static constexpr int N = 4; };
struct Ctx { Data data; Data *more; double w[3]; };
SPARSEAD_JACOBIAN("f[info.mx*info.my] <- u[info->counts[1]]") void unknownDot(Info &info, const double *u, double *f);
SPARSEAD_JACOBIAN("f[info.mx*info.my] <- u[info.counts[1] - info.sw[1]]") void infos(const Info &info, const double *u, double *f);
SPARSEAD_JACOBIAN("f[info->mx] <- u[ptr->my]") void arrows(Info *info, Info *const &ptr, const double *u, double *f);
SPARSEAD_JACOBIAN("r[d.n] <- d.u[d.n], d.ref") void member(const Data &d, double *r);
SPARSEAD_JACOBIAN("c.data.u[c.data.N] <- c.more->c[c.more->info->mx], c.w") void nested(Ctx &c);
SPARSEAD_JACOBIAN("ctx->w[2:3] <- ctx->data.u[ctx->data.n], ctx->more->ref") void pointer(Ctx *ctx);
SPARSEAD_JACOBIAN("r[n] <- c[n]") void structs(int n, const Field *c, double *r);
SPARSEAD_JACOBIAN("r[n] <- c[n].u[1], c[n].pos, c[n].mass") void selected(int n, const Field *c, double *r);
SPARSEAD_JACOBIAN("r[n] <- c[n].u, c[n].pos.y") void selected2(int n, const Field *c, double *r);
SPARSEAD_JACOBIAN("r[m][n].x <- x[m][n].x, x[m][n].z") void petsc(int m, int n, Vec3 **x, Vec3 **r);
SPARSEAD_JACOBIAN("return <- v") Vec3 whole(Vec3 v);
SPARSEAD_JACOBIAN("return.y <- v.x") Vec3 resultMember(Vec3 v);
SPARSEAD_JACOBIAN("c.inl <- c.inl") void inlineArray(Data &c);
SPARSEAD_JACOBIAN("c[n].u <- c[n].pos, c[n].p[n]") void indexPointer(int n, Field *c);
union Anonymous { int i; };
struct Outer { struct { int n; double *u; }; union { int k; }; };
SPARSEAD_JACOBIAN("o.u[o.n] <- o.u[o.n]") void anonymous(Outer &o);
)");
  // clang-format off
  check(unit, {
    {"infos", "f:o@2 * [a0.i32 a0+4.i32 *|8]; u:i@1 * [a0+24.*+8.i64 a0+18.i16 -|8]"},
    {"arrows", "f:o@3 * [a0.*.i32|8]; u:i@2 * [a1.*+4.i32|8]"},
    {"member", "r:o@1 * [a0.i32|8]; d.u:i@0 +8 * [a0.i32|8]; d.ref:i@0 +80 *8"},
    {"nested", "c.data.u:o@0 +8 * [4|8]; c.more->c:i@0 +88 *88 +16 * [a0+88.*+24.*.i32|8]; c.w:i@0 +96 [3|8]"},
    {"pointer", "ctx->w:o@0 *120 +96 [2:3|8]; ctx->data.u:i@0 *120 +8 * [a0.*.i32|8]; ctx->more->ref:i@0 *120 +88 *88 +80 *8"},
    {"structs", "r:o@2 * [a0.i32|8]; c:i@1 * [a0.i32|64] {0f 8 16 24 32 40}"},
    {"selected", "r:o@2 * [a0.i32|8]; c.u:i@1 * [a0.i32|64] +8 [1|8]; c.pos:i@1 * [a0.i32|64] +24 {0 8 16}; c.mass:i@1 * [a0.i32|64] {0f}"},
    {"selected2", "r:o@2 * [a0.i32|8]; c.u:i@1 * [a0.i32|64] +8 [2|8]; c.pos.y:i@1 * [a0.i32|64] +32"},
    {"petsc", "r.x:o@3 * [a0.i32|8] * [a1.i32|24]; x.x:i@2 * [a0.i32|8] * [a1.i32|24]; x.z:i@2 * [a0.i32|8] * [a1.i32|24] +16"},
    {"whole", "return:o@ret {0 8 16}; v:i@0 {0 8 16}"},
    {"resultMember", "return.y:o@ret +8; v.x:i@0"},
    {"inlineArray", "c.inl:io@0 +32 [2|24] {0 8 16}"},
    {"indexPointer", "c.u:o@1 * [a0.i32|64] +8 [2|8]; c.pos:i@1 * [a0.i32|64] +24 {0 8 16}; c.p:i@1 * [a0.i32|64] +48 * [a0.i32|8]"},
    {"anonymous", "o.u:io@0 +8 * [a0.i32|8]"},
  });
  // clang-format on
}

TEST(Specification, MethodsAndTemplates) {
  Unit unit(R"(
struct Counts { int nx, ny; };
struct Grid : Counts {
  static constexpr int bands = 3;
  enum { ghost = 2 };
  double *state;
  double scale;
  double *mutableState() const;
  SPARSEAD_JACOBIAN("r[nx*ny] <- u[nx*this->ny]") void apply(const double *u, double *r) const;
  SPARSEAD_JACOBIAN("r[bands + ghost] <- state[nx], scale") void members(double *r) const;
  SPARSEAD_JACOBIAN("state[nx] <- this->state[nx]") void update();
  SPARSEAD_JACOBIAN("r[nx] <- u[nx]") static void still(int nx, const double *u, double *r);
  SPARSEAD_JACOBIAN("r[nx] <- scale[nx]") void shadowed(int nx, const double *scale, double *r);
};
struct Call { int n; SPARSEAD_JACOBIAN("r[n] <- u[n]") void operator()(const double *u, double *r) const; };
template <int N, class T> struct Box {
  static constexpr int size = N * N;
  T data[N];
  SPARSEAD_JACOBIAN("r[N] <- data, u[size]") void get(const T *u, T *r) const {}
  template <int M> SPARSEAD_JACOBIAN("r[M*N] <- u[M]") void more(const T *u, T *r) const {}
};
struct Traits { static constexpr int length = 6; };
template <class T, class Tr, unsigned K> SPARSEAD_JACOBIAN("out[K*n] <- in[Tr::length]") void generic(int n, const T *in, T *out) {}
template <int N> SPARSEAD_JACOBIAN("b <- a") void arrays(const double (&a)[N], double (&b)[N][2]);
template <int N> void arrays(const double (&x)[N], double (&y)[N][2]) {}
void use() {
  Box<3, double> box; box.get(nullptr, nullptr); box.more<5>(nullptr, nullptr);
  generic<float, Traits, 2u>(1, nullptr, nullptr);
  double a[3], b[3][2]; arrays(a, b);
  constexpr int local = 9;
  int captured = 4;
  auto f = [captured] SPARSEAD_JACOBIAN("r[captured] <- u[local]") (const double *u, double *r) { (void)captured; };
}
)",
            {"-std=c++23"});
  // clang-format off
  check(unit, {
    {"Grid::apply", "r:o@2 * [a0.i32 a0+4.i32 *|8]; u:i@1 * [a0.i32 a0+4.i32 *|8]"},
    {"Grid::members", "r:o@1 * [5|8]; state:i@0 +8 * [a0.i32|8]; scale:i@0 +16"},
    {"Grid::update", "state:io@0 +8 * [a0.i32|8]"},
    {"Grid::still", "r:o@2 * [a0.i32|8]; u:i@1 * [a0.i32|8]"},
    {"Grid::shadowed", "r:o@3 * [a1.i32|8]; scale:i@2 * [a1.i32|8]"},
    {"Call::operator()", "r:o@2 * [a0.i32|8]; u:i@1 * [a0.i32|8]"},
    {"Box::get", "r:o@2 * [3|8]; data:i@0 [3|8]; u:i@1 * [9|8]"},
    {"Box::more", "r:o@2 * [15|8]; u:i@1 * [5|8]"},
    {"generic", "out:o@2 * [2 a0.i32 *|4] {0f}; in:i@1 * [6|4] {0f}"},
    {"arrays", "b:o@1 [3|16] [2|8]; a:i@0 [3|8]"},
    {"::operator()", "r:o@2 * [a0.i32|8]; u:i@1 * [9|8]"},
  });
  // clang-format on
}

TEST(Specification, StandardContainers) {
  Unit unit(R"(
#include <array>
#include <span>
#include <valarray>
#include <vector>
#include <complex>
struct Cell { float t; std::array<double, 2> u; };
struct State { std::vector<double> u; double t; };
struct Named : std::vector<double> { int tag; };
SPARSEAD_JACOBIAN("r <- u") void vectors(const std::vector<double> &u, std::vector<float> &r);
SPARSEAD_JACOBIAN("r[u.size() - 1] <- u[n]") void sized(int n, const std::vector<double> &u, std::vector<double> &r);
SPARSEAD_JACOBIAN("r[idx.size()] <- u") void indexed(const std::vector<int> &idx, std::vector<double> u, double *r);
SPARSEAD_JACOBIAN("r <- u") void arrays(const std::array<double, 3> &u, std::array<std::array<double, 2>, 4> &r);
SPARSEAD_JACOBIAN("r <- u, v") void spans(std::span<const double> u, std::span<const double, 5> v, std::span<double> r);
SPARSEAD_JACOBIAN("r <- s.u, s.t") void member(const State *s0, const State &s, std::vector<double> *const &v, std::span<double> r);
SPARSEAD_JACOBIAN("r <- s->u, s->t") void arrow(const State *s, std::span<double> r);
SPARSEAD_JACOBIAN("r[n] <- c, d") void cells(int n, const std::vector<Cell> &c, std::span<std::complex<double>> d, double *r);
SPARSEAD_JACOBIAN("x[m][n] <- c[2].t") void ragged(int m, int n, std::vector<std::vector<double>> &x, const std::vector<Cell> &c);
SPARSEAD_JACOBIAN("v <- x") void others(std::valarray<double> &v, const Named &x);
SPARSEAD_JACOBIAN("return <- x[n]") std::array<double, 2> fixed(int n, const double *x);
SPARSEAD_JACOBIAN("r[n] <- v[1], s[1].u") void single(int n, const std::vector<double> *v, const State *s, double *r);
SPARSEAD_JACOBIAN("r[n] <- x[n], c") void rows(int n, const std::array<double, 3> *x, const Cell &c, double *r);
)");
  // clang-format off
  check(unit, {
    {"vectors", "r:o@1 * [a1+8.* a1.* - 4 /|4] {0f}; u:i@0 * [a0+8.* a0.* - 8 /|8]"},
    {"sized", "r:o@2 * [a1+8.* a1.* - 8 / 1 -|8]; u:i@1 * [a0.i32|8]"},
    {"indexed", "r:o@2 * [a0+8.* a0.* - 4 /|8]; u:i@1 * [a1+8.* a1.* - 8 /|8]"},
    {"arrays", "r:o@1 [4|16] [2|8]; u:i@0 [3|8]"},
    {"spans", "r:o@2 * [a2+8.u64|8]; u:i@0 * [a0+8.u64|8]; v:i@1 * [5|8]"},
    {"member", "r:o@3 * [a3+8.u64|8]; s.u:i@1 * [a1+8.* a1.* - 8 /|8]; s.t:i@1 +24"},
    {"arrow", "r:o@1 * [a1+8.u64|8]; s->u:i@0 *32 * [a0.*+8.* a0.*.* - 8 /|8]; s->t:i@0 *32 +24"},
    {"cells", "r:o@3 * [a0.i32|8]; c:i@1 * [a1+8.* a1.* - 24 /|24] {0f 8 16}; d:i@2 * [a2+8.u64|16] {0 8}"},
    {"ragged", "x:o@2 * [a0.i32|24] * [a1.i32|8]; c.t:i@3 * [2|24] {0f}"},
    {"others", "v:o@0 +8 * [a0.u64|8]; x:i@1 * [a1+8.* a1.* - 8 /|8]"},
    {"fixed", "return:o@ret [2|8]; x:i@1 * [a0.i32|8]"},
    {"single", "r:o@3 * [a0.i32|8]; v:i@1 * [1|24] * [a1.*+8.* a1.*.* - 8 /|8]; s.u:i@2 * [1|32] * [a2.*+8.* a2.*.* - 8 /|8]"},
    {"rows", "r:o@3 * [a0.i32|8]; x:i@1 * [a0.i32|24] [3|8]; c:i@2 {0f 8 16}"},
  });
  // clang-format on
  unit.resolve("vectors");
  ASSERT_TRUE(unit.specification);
  EXPECT_EQ(unit.specification->objects[1].steps.back().text, "u.size()");
  EXPECT_EQ(print(unit.specification->objects[1].steps.back().upper), "a0+8.* a0.* - 8 /");
}

TEST(Specification, Eigen) {
  Unit unit(R"(
#include <Eigen/Core>
struct S { int k; Eigen::Vector3d a; Eigen::VectorXd x; };
SPARSEAD_JACOBIAN("r <- x") void dynamic(const Eigen::VectorXd &x, Eigen::MatrixXd &r);
SPARSEAD_JACOBIAN("r <- x") void fixedSize(const Eigen::Vector3d &x, Eigen::Matrix<float, 2, 3> &r);
SPARSEAD_JACOBIAN("r <- x, m") void views(const Eigen::Ref<const Eigen::VectorXd> &x, Eigen::Map<const Eigen::Matrix3d> m, Eigen::Ref<Eigen::VectorXd> r);
SPARSEAD_JACOBIAN("r <- s, s.x") void members(const S &s, Eigen::Matrix<double, Eigen::Dynamic, 1, 0, 4, 1> &r);
SPARSEAD_JACOBIAN("r[A.rows()] <- A, x[A.cols()]") void axes(const Eigen::Matrix<double, 3, Eigen::Dynamic> &A, const double *x, double *r);
)",
            {"-I/usr/include/eigen3"});
  if (!unit.valid())
    GTEST_SKIP() << "Eigen is not installed";
  // clang-format off
  check(unit, {
    {"dynamic", "r:o@1 * [a1+8.i64 a1+16.i64 *|8]; x:i@0 * [a0+8.i64|8]"},
    {"fixedSize", "r:o@1 [6|4] {0f}; x:i@0 [3|8]"},
    {"views", "r:o@2 * [a2+8.i64|8]; x:i@0 * [a0+8.i64|8]; m:i@1 * [9|8]"},
    {"members", "r:o@1 [a1+32.i64|8]; s:i@0 {8 16 24}; s.x:i@0 +32 * [a0+40.i64|8]"},
    {"axes", "r:o@2 * [3|8]; A:i@0 * [3 a0+8.i64 *|8]; x:i@1 * [a0+8.i64|8]"},
  });
  // clang-format on
}

TEST(Specification, OptionsAndText) {
  Unit unit(R"(
SPARSEAD_JACOBIAN("r[n*2] <- u[n + 1]", "mode=forward", "order = best", "pattern=local", "tag=Ju")
void all(int n, const double *u, double *r);
SPARSEAD_JACOBIAN("x[n] <- "
                  "x[n], u[n]") void none(int n, double *x, const double *u);
)");
  ASSERT_TRUE(unit.valid());
  unit.resolve("all");
  ASSERT_TRUE(unit.specification);
  EXPECT_EQ(unit.specification->mode, sparsead::abi::mode_forward);
  EXPECT_EQ(unit.specification->order, sparsead::abi::order_best);
  EXPECT_TRUE(unit.specification->patternLocal);
  EXPECT_EQ(unit.specification->tag, "Ju");
  EXPECT_EQ(unit.specification->text, "r[n*2] <- u[n + 1]");
  EXPECT_EQ(unit.specification->objects[0].steps.back().text, "n*2");
  EXPECT_EQ(unit.specification->objects[1].steps.back().text, "n + 1");
  unit.resolve("none");
  ASSERT_TRUE(unit.specification);
  EXPECT_EQ(unit.specification->mode, sparsead::abi::mode_auto);
  EXPECT_EQ(unit.specification->order, sparsead::abi::order_default);
  EXPECT_FALSE(unit.specification->patternLocal);
  EXPECT_EQ(unit.specification->outputs, std::vector<int>{0});
  EXPECT_EQ(unit.specification->inputs, (std::vector<int>{0, 1}));
}

} // namespace
