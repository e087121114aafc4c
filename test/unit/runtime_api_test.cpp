// The typed entry points and the evaluation of plans, on descriptors and kernels written by hand as the compiler emits
// them.
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <gtest/gtest.h>
#include <limits>
#include <memory>
#include <new>
#include <sparsead/sparsead.hpp>
#include <sstream>
#include <thread>
#include <vector>

namespace rtabi = sparsead::abi;

namespace {
std::atomic<long> allocations{0};
}
// Counts allocations; not inlined, so that GCC does not see malloc behind new. ThreadSanitizer has its own.
#ifdef __has_feature
#if __has_feature(thread_sanitizer)
#define NO_COUNT
#endif
#endif
#ifndef NO_COUNT
#define NOINLINE __attribute__((noinline))
NOINLINE void *operator new(std::size_t bytes) {
  ++allocations;
  if (void *memory = std::malloc(bytes ? bytes : 1))
    return memory;
  throw std::bad_alloc();
}
NOINLINE void *operator new(std::size_t bytes, std::align_val_t alignment) {
  ++allocations;
  const std::size_t a = static_cast<std::size_t>(alignment);
  if (void *memory = std::aligned_alloc(a, (bytes + a - 1) / a * a))
    return memory;
  throw std::bad_alloc();
}
NOINLINE void operator delete(void *memory) noexcept { std::free(memory); }
NOINLINE void operator delete(void *memory, std::size_t) noexcept { std::free(memory); }
NOINLINE void operator delete(void *memory, std::align_val_t) noexcept { std::free(memory); }
NOINLINE void operator delete(void *memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
#endif

namespace {

template <class T> const T &get(void *const *args, int k) { return *static_cast<const T *>(args[k]); }
double *tangents(void *shadow) { return *static_cast<double **>(shadow); }

/// Extents: argument k as an int (plus a constant).
#define INT_ARGUMENT(k) rtabi::op_argument, k, rtabi::op_load_i32
const std::int64_t argument_0[] = {INT_ARGUMENT(0), rtabi::op_end};
const std::int64_t argument_1[] = {INT_ARGUMENT(1), rtabi::op_end};

const rtabi::leaf one_double[] = {{0, 8, 0}};

rtabi::path_step deref(std::int64_t bytes = 0) { return {rtabi::step_deref, 0, bytes, nullptr, nullptr, nullptr}; }
rtabi::path_step index(std::int64_t stride, const std::int64_t *upper, const char *text,
                       const std::int64_t *lower = nullptr) {
  return {rtabi::step_index, 0, stride, lower, upper, text};
}

template <std::size_t N, std::size_t M>
rtabi::object item(const char *name, int roles, int argument, const rtabi::path_step (&steps)[N],
                   const rtabi::leaf (&leaves)[M], int flags = 0) {
  return {name, roles, argument, flags, int(N), int(M), 0, steps, leaves};
}

template <std::size_t O, std::size_t I, std::size_t Out, std::size_t A, std::size_t K>
rtabi::jacobian_descriptor describe(const char *function, const char *specification, const rtabi::object (&objects)[O],
                                    const std::int32_t (&inputs)[I], const std::int32_t (&outputs)[Out],
                                    const char *const (&names)[A], const std::int64_t (&sizes)[A],
                                    const rtabi::tangent_kernel (&kernels)[K], rtabi::inspect_function inspect,
                                    std::int64_t result_size = 0) {
  return {rtabi::version,
          sizeof(rtabi::jacobian_descriptor),
          function,
          specification,
          0,
          int(A),
          int(O),
          int(I),
          int(Out),
          objects,
          inputs,
          outputs,
          names,
          sizes,
          result_size,
          rtabi::mode_auto,
          rtabi::order_default,
          0,
          int(K),
          kernels,
          inspect,
          nullptr,
          nullptr};
}

#define KERNELS(f)                                                                                                     \
  {                                                                                                                    \
    {1, 0, &f<1>}, {4, 0, &f<4>}, { 8, 0, &f<8> }                                                                      \
  }

//===-- r[n] <- u[n], a function pointer, tridiagonal -------------------------------------------------------------===//

thread_local int calls = 0;

int residual(int n, double nu, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = u[i] * u[i] + (i > 0 ? nu * u[i - 1] : 0.0) + (i + 1 < n ? u[i] * u[i + 1] : 0.0);
  return n;
}

template <int W> void residual_tangent(void *const *args, void *const *shadows, void *result, void *, void *) {
  ++calls;
  const int n = get<int>(args, 0);
  const double nu = get<double>(args, 1);
  const double *u = get<const double *>(args, 2), *ut = tangents(shadows[2]);
  double *r = get<double *>(args, 3), *rt = tangents(shadows[3]);
  for (int i = 0; i < n; ++i) {
    for (int l = 0; l < W; ++l)
      rt[i * W + l] = 2 * u[i] * ut[i * W + l] + (i > 0 ? nu * ut[(i - 1) * W + l] : 0.0) +
                      (i + 1 < n ? ut[i * W + l] * u[i + 1] + u[i] * ut[(i + 1) * W + l] : 0.0);
    r[i] = u[i] * u[i] + (i > 0 ? nu * u[i - 1] : 0.0) + (i + 1 < n ? u[i] * u[i + 1] : 0.0);
  }
  *static_cast<int *>(result) = n;
}

/// One mark per double, at the double's place.
sparsead_mark &mark(double *shadow) { return *reinterpret_cast<sparsead_mark *>(shadow); }

void residual_inspect(void *const *args, void *const *shadows, void *, void *, void *inspector) {
  const int n = get<int>(args, 0);
  double *u = tangents(shadows[2]), *r = tangents(shadows[3]);
  for (int i = 0; i < n; ++i) {
    const sparsead_mark marks[] = {mark(u + i), i > 0 ? mark(u + i - 1) : 0, i + 1 < n ? mark(u + i + 1) : 0};
    mark(r + i) = sparsead_rt_union(inspector, marks, 3);
  }
}

const rtabi::path_step n_doubles[] = {deref(), index(8, argument_0, "n")};
const rtabi::object residual_objects[] = {item("u", rtabi::role_input, 2, n_doubles, one_double),
                                          item("r", rtabi::role_output, 3, n_doubles, one_double)};
const std::int32_t first[] = {0}, second[] = {1};
const char *const residual_names[] = {"n", "nu", "u", "r"};
const std::int64_t residual_sizes[] = {4, 8, 8, 8};
const rtabi::tangent_kernel residual_kernels[] = KERNELS(residual_tangent);

} // namespace

template <>
const rtabi::jacobian_descriptor sparsead::jacobian<&residual>::descriptor =
    describe("residual", "r[n] <- u[n]", residual_objects, first, second, residual_names, residual_sizes,
             residual_kernels, residual_inspect, 4);

namespace {

using Residual = sparsead::jacobian<&residual>;

template <class Plan> std::vector<double> dense(const Plan &plan, const std::vector<double> &v) {
  std::vector<double> J(std::size_t(plan.rows()) * std::size_t(plan.cols()));
  for (int i = 0; i < plan.rows(); ++i)
    for (auto k = plan.row_ptr()[i]; k < plan.row_ptr()[i + 1]; ++k)
      J[std::size_t(i) * plan.cols() + plan.col_ind()[k]] = v[k];
  return J;
}

double residual_entry(const std::vector<double> &u, double nu, int i, int j) {
  const int n = int(u.size());
  if (j == i)
    return 2 * u[i] + (i + 1 < n ? u[i + 1] : 0.0);
  return j == i - 1 ? nu : j == i + 1 ? u[i] : 0.0;
}

std::vector<double> ramp(int n) {
  std::vector<double> u(n);
  for (int i = 0; i < n; ++i)
    u[i] = 0.5 + 0.25 * i;
  return u;
}

TEST(RuntimeApi, TridiagonalStructureAndValues) {
  const int n = 300; // more than one segment of rows
  std::vector<double> u = ramp(n), r(n, -1);
  auto P = Residual::plan(n, 0.5, nullptr, nullptr);
  EXPECT_EQ(P.rows(), n);
  EXPECT_EQ(P.cols(), n);
  EXPECT_EQ(P.nnz(), 3 * n - 2);
  EXPECT_EQ(P.num_colors(), 3);
  EXPECT_EQ(P.strategy(), sparsead::strategy::forward);
  EXPECT_EQ(P.colors().size(), std::size_t(n));
  EXPECT_EQ(P.row_colors().size(), std::size_t(n));
  std::vector<double> v(P.nnz() + 1, 77.0);
  for (int repeat = 0; repeat < 3; ++repeat) {
    std::fill(v.begin(), v.end() - 1, -1.0);
    calls = 0;
    EXPECT_EQ(P.values(v.data(), n, 0.5, u.data(), r.data()), n);
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(v.back(), 77.0);
    for (int i = 0; i < n; ++i)
      for (auto k = P.row_ptr()[i]; k < P.row_ptr()[i + 1]; ++k)
        EXPECT_EQ(v[k], residual_entry(u, 0.5, i, P.col_ind()[k]));
    EXPECT_EQ(r[0], u[0] * u[0] + u[0] * u[1]);
    u[0] += 1;
  }
}

TEST(RuntimeApi, Blocks) {
  const int n = 6;
  std::vector<double> u = ramp(n), r(n);
  auto all = [&](auto index) {
    using Index = decltype(index);
    const auto P = Residual::plan<Index>(n, 0.5, nullptr, nullptr);
    std::vector<double> v(P.nnz());
    P.values(v, n, 0.5, u.data(), r.data());
    for (const Index b : {1, 2, 3, 6}) {
      const auto blocks = P.bsr(b);
      EXPECT_EQ(blocks.rows, n);
      EXPECT_EQ(blocks.cols, n);
      EXPECT_EQ(blocks.block, b);
      std::vector<double> J(n * n, 0.0);
      for (Index I = 0; I < n / b; ++I)
        for (Index K = blocks.ptr[I]; K < blocks.ptr[I + 1]; ++K)
          for (Index k = 0; k < b * b; ++k)
            if (const Index at = blocks.perm[K * b * b + k]; at >= 0)
              J[(I * b + k / b) * n + blocks.ind[K] * b + k % b] = v[at];
      for (int i = 0; i < n; ++i)
        for (int j = 0; j < n; ++j)
          EXPECT_EQ(J[i * n + j], residual_entry(u, 0.5, i, j)) << b;
    }
    for (const Index b : {4, 5, 7, 0, -2, std::numeric_limits<int>::max(), std::numeric_limits<int>::min()})
      EXPECT_THROW(P.bsr(b), std::invalid_argument) << b;
  };
  all(std::int32_t());
  all(std::int64_t());
}

TEST(RuntimeApi, Products) {
  const int n = 9;
  std::vector<double> u = ramp(n), r(n), d(n), w(n), a(n);
  for (int j = 0; j < n; ++j)
    d[j] = 1 + j % 3;
  const auto P = Residual::plan<std::int64_t>(n, 0.5, u.data(), r.data());
  std::vector<double> v(P.nnz());
  auto ws = P.workspace();
  for (int repeat = 0; repeat < 2; ++repeat) { // products and values in one workspace
    P.jvp(ws, w, d, n, 0.5, u.data(), r.data());
    P.values(ws, v, n, 0.5, u.data(), r.data());
    P.vjp(ws, a.data(), d.data(), n, 0.5, u.data(), r.data());
    const std::vector<double> J = dense(P, v);
    for (int i = 0; i < n; ++i) {
      double product = 0, transposed = 0;
      for (int j = 0; j < n; ++j) {
        EXPECT_EQ(J[i * n + j], residual_entry(u, 0.5, i, j));
        product += J[i * n + j] * d[j];
        transposed += J[j * n + i] * d[j];
      }
      EXPECT_DOUBLE_EQ(w[i], product);
      EXPECT_DOUBLE_EQ(a[i], transposed);
    }
  }
  // A result may take the place of its direction.
  std::vector<double> forward = d, backward = d;
  P.jvp(ws, forward.data(), forward.data(), n, 0.5, u.data(), r.data());
  P.vjp(ws, backward.data(), backward.data(), n, 0.5, u.data(), r.data());
  EXPECT_EQ(forward, w);
  EXPECT_EQ(backward, a);
}

TEST(RuntimeApi, LengthsAndNulls) {
  const int n = 5;
  std::vector<double> u = ramp(n), r(n, 9.0), v(3 * n - 2, 9.0), shorter(3), w(n), d(n - 1);
  double *null = nullptr;
  auto P = Residual::plan(n, 0.5, null, null);
  auto message = [](auto &&op) -> std::string {
    try {
      op();
    } catch (const std::invalid_argument &e) {
      return e.what();
    }
    return "nothing thrown";
  };
  auto has = [](const std::string &text, const char *word) { return text.find(word) != std::string::npos; };
  EXPECT_PRED2(has, message([&] { P.values(shorter, n, 0.5, u.data(), r.data()); }), "3 elements");
  EXPECT_PRED2(has, message([&] { P.jvp(w, d, n, 0.5, u.data(), r.data()); }), "4 elements");
  EXPECT_PRED2(has, message([&] { P.values(v, n, 0.5, null, r.data()); }), "'u'");
  EXPECT_PRED2(has, message([&] { P.values(v, n, 0.5, u.data(), u.data() + 2); }), "'r' overlaps 'u'");
  EXPECT_PRED2(has, message([&] { P.values(v.data(), n, 0.5, v.data() + 3 * n - 3, r.data()); }),
               "the array of values overlaps 'u'");
  EXPECT_PRED2(has, message([&] { P.jvp(r.data() + 1, u.data(), n, 0.5, u.data(), r.data()); }),
               "the result overlaps 'r'");
  EXPECT_PRED2(has, message([&] { P.vjp(u.data(), w.data(), n, 0.5, u.data(), r.data()); }), "the result overlaps 'u'");
  EXPECT_PRED2(has, message([&] { P.values(v, n - 1, 0.5, u.data(), r.data()); }), "extent 'n' is 4");
  EXPECT_PRED2(has, message([&] { Residual::plan(-1, 0.5, null, null); }), "extent 'n' is -1");
  EXPECT_EQ(r, std::vector<double>(n, 9.0));
  EXPECT_EQ(v, std::vector<double>(3 * n - 2, 9.0));
  // A plain output may be null, and adjacent arrays are fine.
  P.values(v, n, 0.5, u.data(), nullptr);
  EXPECT_EQ(v[0], 2 * u[0] + u[1]);
  std::vector<double> both(2 * n, 1.0);
  P.values(v, n, 0.5, both.data(), both.data() + n);
}

TEST(RuntimeApi, EmptyAndPrintedAndMoved) {
  auto P = Residual::plan(0, 0.5, nullptr, nullptr);
  EXPECT_EQ(P.nnz(), 0);
  EXPECT_EQ(P.num_colors(), 0);
  EXPECT_EQ(P.values(nullptr, 0, 0.5, nullptr, nullptr), 0);
  EXPECT_TRUE(P.check(0, 0.5, nullptr, nullptr).ok);
  P = Residual::plan(50, 0.5, nullptr, nullptr);
  std::ostringstream text;
  text << P << P.strategy();
  EXPECT_EQ(text.str().find("Jacobian 50×50, nnz=148, sparsity 94.1%, forward, 3 colors\n"), 0u) << text.str();
  auto csc = P.csc();
  EXPECT_EQ(csc.ptr.back(), 148);
  auto coo = P.coo();
  EXPECT_EQ(coo.row[2], 1);
}

TEST(RuntimeApi, ManyThreads) {
  const int n = 200;
  const auto P = Residual::plan(n, 0.5, nullptr, nullptr);
  std::vector<std::thread> threads;
  std::vector<char> good(4, 0);
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      std::vector<double> u(n, 1.0 + t), r(n), v(P.nnz());
      good[t] = 1;
      for (int k = 0; k < 20; ++k) {
        P.values(v, n, 0.5, u.data(), r.data());
        good[t] &= v[0] == 3.0 * (1.0 + t);
      }
    });
  for (auto &thread : threads)
    thread.join();
  EXPECT_EQ(good, std::vector<char>(4, 1));
}

TEST(RuntimeApi, CheckAcceptsAndLeavesArguments) {
  static const double u[] = {0.3, 0.9, 1.4, 0.0, -2.0}; // read-only memory
  std::vector<double> r(5, 3.0);
  auto report = Residual::plan(5, 0.5, u, r.data()).check(5, 0.5, u, r.data());
  EXPECT_TRUE(report.ok) << report.text;
  EXPECT_LT(report.max_error, 1e-8);
  EXPECT_EQ(r, std::vector<double>(5, 3.0));
}

//===-- A wrong derivative and a pattern too small: check must say so
//----------------------------------------------===//

void wrong(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = u[i] * u[i] + (i == 3 ? u[5] : 0.0);
}
double wrong_factor = 2.0;
template <int W> void wrong_tangent(void *const *args, void *const *shadows, void *, void *, void *) {
  const int n = get<int>(args, 0);
  for (int i = 0; i < n; ++i)
    for (int l = 0; l < W; ++l)
      tangents(shadows[2])[i * W + l] =
          (i == 2 ? wrong_factor : 2.0) * get<const double *>(args, 1)[i] * tangents(shadows[1])[i * W + l];
  wrong(n, get<const double *>(args, 1), get<double *>(args, 2));
}
void wrong_inspect(void *const *args, void *const *shadows, void *, void *, void *) {
  for (int i = 0; i < get<int>(args, 0); ++i)
    mark(tangents(shadows[2]) + i) = mark(tangents(shadows[1]) + i);
}
const rtabi::object wrong_objects[] = {item("u", rtabi::role_input, 1, n_doubles, one_double),
                                       item("r", rtabi::role_output, 2, n_doubles, one_double)};
const char *const wrong_names[] = {"n", "u", "r"};
const std::int64_t wrong_sizes[] = {4, 8, 8};
const rtabi::tangent_kernel wrong_kernels[] = KERNELS(wrong_tangent);

} // namespace

template <>
const rtabi::jacobian_descriptor sparsead::jacobian<&wrong>::descriptor = describe(
    "wrong", "r[n] <- u[n]", wrong_objects, first, second, wrong_names, wrong_sizes, wrong_kernels, wrong_inspect);

namespace {

TEST(RuntimeApi, CheckNamesTheEntry) {
  std::vector<double> u = ramp(8), r(8);
  auto P = sparsead::jacobian<&wrong>::plan(8, u.data(), r.data());
  EXPECT_EQ(P.num_colors(), 1);
  auto report = P.check(8, u.data(), r.data());
  EXPECT_FALSE(report.ok);
  EXPECT_EQ(report.row, 3); // one color: the foreign dependence spoils row 3's own entry
  wrong_factor = 2.5;
  report = P.check(8, u.data(), r.data());
  EXPECT_FALSE(report.ok);
  EXPECT_EQ(report.row, 2);
  EXPECT_EQ(report.col, 2);
  wrong_factor = 2.0;
}

//===-- x[n] <- x[n] in place, dense: several sweeps
//-----------------------------------------------------------------===//

void prefix(int n, double *x) {
  for (int i = 1; i < n; ++i)
    x[i] = x[i] * x[i - 1];
}
template <int W> void prefix_tangent(void *const *args, void *const *shadows, void *, void *, void *) {
  ++calls;
  const int n = get<int>(args, 0);
  double *x = get<double *>(args, 1), *xt = tangents(shadows[1]);
  for (int i = 1; i < n; ++i) {
    for (int l = 0; l < W; ++l)
      xt[i * W + l] = xt[i * W + l] * x[i - 1] + x[i] * xt[(i - 1) * W + l];
    x[i] = x[i] * x[i - 1];
  }
}
void prefix_inspect(void *const *args, void *const *shadows, void *, void *, void *inspector) {
  double *x = tangents(shadows[1]);
  for (int i = 1; i < get<int>(args, 0); ++i)
    mark(x + i) = sparsead_rt_union2(inspector, mark(x + i), mark(x + i - 1));
}
const rtabi::object prefix_objects[] = {
    item("x", rtabi::role_input | rtabi::role_output, 1, n_doubles, one_double, rtabi::flag_preserve)};
const char *const prefix_names[] = {"n", "x"};
const std::int64_t prefix_sizes[] = {4, 8};
const rtabi::tangent_kernel prefix_kernels[] = KERNELS(prefix_tangent);

} // namespace

template <>
const rtabi::jacobian_descriptor sparsead::jacobian<&prefix>::descriptor = describe(
    "prefix", "x[n] <- x[n]", prefix_objects, first, first, prefix_names, prefix_sizes, prefix_kernels, prefix_inspect);

namespace {

TEST(RuntimeApi, InPlaceInSeveralSweeps) {
  const int n = 21;
  auto P = sparsead::jacobian<&prefix>::plan(n, nullptr);
  EXPECT_EQ(P.nnz(), n * (n + 1) / 2);
  EXPECT_EQ(P.num_colors(), n);
  std::vector<double> x0(n), x, v(P.nnz());
  for (int i = 0; i < n; ++i)
    x0[i] = 1.0 + 0.01 * i;
  for (int repeat = 0; repeat < 2; ++repeat) {
    x = x0;
    calls = 0;
    P.values(v, n, x.data());
    EXPECT_GT(calls, 1);
    for (int i = 0; i < n; ++i) {
      double product = 1;
      for (int j = 0; j <= i; ++j)
        product *= x0[j];
      EXPECT_NEAR(x[i], product, 1e-12);
      for (int j = 0; j <= i; ++j)
        EXPECT_NEAR(v[P.row_ptr()[i] + j], product / x0[j], 1e-12);
    }
  }
  x = x0;
  auto report = P.check(n, x.data());
  EXPECT_TRUE(report.ok) << report.text;
  EXPECT_EQ(x, x0);
}

//===-- f[m][2:n] <- x[m][2:n] by double **, rows by pointers, ghosted
//----------------------------------------------===//

void field(int m, int n, double **x, double **f) {
  for (int i = 0; i < m; ++i)
    for (int j = 2; j < n; ++j)
      f[i][j] = x[i][j] * x[(i + 1) % m][j];
}
template <int W> void field_tangent(void *const *args, void *const *shadows, void *, void *, void *) {
  const int m = get<int>(args, 0), n = get<int>(args, 1);
  double **x = get<double **>(args, 2), **f = get<double **>(args, 3);
  double **xt = *static_cast<double ***>(shadows[2]), **ft = *static_cast<double ***>(shadows[3]);
  // The table's slots are W pointers apart.
  for (int i = 0; i < m; ++i)
    for (int j = 2; j < n; ++j)
      for (int l = 0; l < W; ++l)
        ft[i * W][j * W + l] = xt[i * W][j * W + l] * x[(i + 1) % m][j] + x[i][j] * xt[(i + 1) % m * W][j * W + l];
  field(m, n, x, f);
}
void field_inspect(void *const *args, void *const *shadows, void *, void *, void *inspector) {
  const int m = get<int>(args, 0), n = get<int>(args, 1);
  for (int i = 0; i < m; ++i) // planning reads the tables
    ASSERT_NE(get<double **>(args, 2) + i, nullptr);
  volatile double *row = get<double **>(args, 2)[0];
  (void)row;
  double **xt = *static_cast<double ***>(shadows[2]), **ft = *static_cast<double ***>(shadows[3]);
  for (int i = 0; i < m; ++i)
    for (int j = 2; j < n; ++j)
      mark(&ft[i][j]) = sparsead_rt_union2(inspector, mark(&xt[i][j]), mark(&xt[(i + 1) % m][j]));
}
const std::int64_t two[] = {rtabi::op_const, 2, rtabi::op_end};
const rtabi::path_step rows_of_doubles[] = {deref(), index(8, argument_0, "m"), deref(),
                                            index(8, argument_1, "2:n", two)};
const rtabi::object field_objects[] = {item("x", rtabi::role_input, 2, rows_of_doubles, one_double),
                                       item("f", rtabi::role_output, 3, rows_of_doubles, one_double)};
const char *const field_names[] = {"m", "n", "x", "f"};
const std::int64_t field_sizes[] = {4, 4, 8, 8};
const rtabi::tangent_kernel field_kernels[] = KERNELS(field_tangent);

} // namespace

template <>
const rtabi::jacobian_descriptor sparsead::jacobian<&field>::descriptor =
    describe("field", "f[m][2:n] <- x[m][2:n]", field_objects, first, second, field_names, field_sizes, field_kernels,
             field_inspect);

namespace {

TEST(RuntimeApi, PointersToPointersAndGhosts) {
  using J = sparsead::jacobian<&field>;
  const int m = 3, n = 6, w = n - 2;
  auto P = J::plan(m, n, nullptr, nullptr); // null tables
  EXPECT_EQ(P.rows(), m * w);
  EXPECT_EQ(P.nnz(), 2 * m * w);
  std::vector<std::vector<double>> xs(m, std::vector<double>(w, 1.5)), fs(m, std::vector<double>(w));
  double *x[m], *f[m];
  for (int i = 0; i < m; ++i) {
    x[i] = xs[i].data() - 2;
    f[i] = fs[i].data() - 2;
    for (int j = 2; j < n; ++j)
      x[i][j] = 1 + i + 10 * j;
  }
  std::vector<double> v(P.nnz()), again(P.nnz());
  P.values(v, m, n, x, f);
  for (int i = 0; i < m; ++i)
    for (int j = 2; j < n; ++j) {
      const int row = i * w + j - 2, next = (i + 1) % m;
      EXPECT_EQ(f[i][j], x[i][j] * x[next][j]);
      for (int k = P.row_ptr()[row]; k < P.row_ptr()[row + 1]; ++k)
        EXPECT_EQ(v[k], P.col_ind()[k] == row ? x[next][j] : x[i][j]);
    }
  P.values(again, m, n, x, nullptr); // table and rows of the output in the workspace
  EXPECT_EQ(again, v);
  EXPECT_TRUE(P.check(m, n, x, f).ok);
  x[1] = nullptr;
  EXPECT_THROW(P.values(v, m, n, x, f), std::invalid_argument);
}

//===-- A member of a class by pointer; struct elements, a float leaf; result; a vector
//------------------------------===//

struct Cell {
  double a;
  int kind;
  float b;
};
struct Model {
  int n;
  Cell *cells;
  double scale;
  double sum(const std::vector<double> &w) const {
    double s = 0;
    for (int i = 0; i < n; ++i)
      s += scale * cells[i].a * double(cells[i].b) * w[std::size_t(i)];
    return s;
  }
};

template <int W> void sum_tangent(void *const *args, void *const *shadows, void *result, void *result_shadow, void *) {
  const Model &model = get<Model>(args, 0);
  const std::vector<double> &w = get<std::vector<double>>(args, 1);
  char *object = static_cast<char *>(shadows[0]);
  char *cells = *reinterpret_cast<char **>(object + W * offsetof(Model, cells));
  double *scale = reinterpret_cast<double *>(object + W * offsetof(Model, scale));
  // By the end pointer, as back() does.
  double *end = *reinterpret_cast<double **>(static_cast<char *>(shadows[1]) + W * sizeof(double *));
  double *s = static_cast<double *>(result_shadow);
  for (int l = 0; l < W; ++l) {
    double sum = 0;
    for (int i = 0; i < model.n; ++i) {
      const double a = model.cells[i].a, b = model.cells[i].b;
      const double a_t = reinterpret_cast<double *>(cells + W * (i * sizeof(Cell)))[l];
      const double b_t = reinterpret_cast<float *>(cells + W * (i * sizeof(Cell) + offsetof(Cell, b)))[l];
      const double w_t = end[(i - model.n) * W + l];
      sum += scale[l] * a * b * w[i] + model.scale * (a_t * b * w[i] + a * b_t * w[i] + a * b * w_t);
    }
    s[l] = sum;
  }
  *static_cast<double *>(result) = model.sum(w);
}
void sum_inspect(void *const *args, void *const *shadows, void *, void *result_shadow, void *inspector) {
  const Model &model = get<Model>(args, 0);
  char *object = static_cast<char *>(shadows[0]);
  char *cells = *reinterpret_cast<char **>(object + offsetof(Model, cells));
  double *end = *reinterpret_cast<double **>(static_cast<char *>(shadows[1]) + sizeof(double *));
  std::vector<sparsead_mark> marks{*reinterpret_cast<sparsead_mark *>(object + offsetof(Model, scale))};
  for (int i = 0; i < model.n; ++i) {
    marks.push_back(*reinterpret_cast<sparsead_mark *>(cells + i * sizeof(Cell)));
    marks.push_back(*reinterpret_cast<sparsead_mark *>(cells + i * sizeof(Cell) + offsetof(Cell, b)));
    marks.push_back(mark(end + i - model.n));
    EXPECT_EQ(*reinterpret_cast<sparsead_mark *>(cells + i * sizeof(Cell) + offsetof(Cell, kind)), 0);
  }
  mark(static_cast<double *>(result_shadow)) = sparsead_rt_union(inspector, marks.data(), int(marks.size()));
}

const std::int64_t model_n[] = {rtabi::op_argument, 0, rtabi::op_offset, offsetof(Model, n), rtabi::op_load_i32,
                                rtabi::op_end};
const std::int64_t vector_size[] = {rtabi::op_argument,
                                    1,
                                    rtabi::op_offset,
                                    8,
                                    rtabi::op_load_ptr,
                                    rtabi::op_argument,
                                    1,
                                    rtabi::op_load_ptr,
                                    rtabi::op_sub,
                                    rtabi::op_const,
                                    8,
                                    rtabi::op_div,
                                    rtabi::op_end};
const rtabi::path_step cells_path[] = {{rtabi::step_offset, 0, offsetof(Model, cells), nullptr, nullptr, nullptr},
                                       deref(),
                                       index(sizeof(Cell), model_n, "n")};
const rtabi::path_step scale_path[] = {{rtabi::step_offset, 0, offsetof(Model, scale), nullptr, nullptr, nullptr}};
const rtabi::path_step vector_path[] = {deref(), index(8, vector_size, "w.size()")};
const rtabi::leaf cell_leaves[] = {{offsetof(Cell, a), 8, 0}, {offsetof(Cell, b), 4, 0}};
const rtabi::object sum_objects[] = {item("cells", rtabi::role_input, 0, cells_path, cell_leaves),
                                     item("scale", rtabi::role_input, 0, scale_path, one_double),
                                     item("w", rtabi::role_input, 1, vector_path, one_double),
                                     {"return", rtabi::role_output, -1, 0, 0, 1, 0, nullptr, one_double}};
const std::int32_t sum_inputs[] = {0, 1, 2}, sum_outputs[] = {3};
const char *const sum_names[] = {"this", "w"};
const std::int64_t sum_sizes[] = {sizeof(Model), sizeof(std::vector<double>)};
const rtabi::tangent_kernel sum_kernels[] = KERNELS(sum_tangent);

} // namespace

template <>
const rtabi::jacobian_descriptor sparsead::jacobian<&Model::sum>::descriptor =
    describe("Model::sum", "return <- cells[n], scale, w", sum_objects, sum_inputs, sum_outputs, sum_names, sum_sizes,
             sum_kernels, sum_inspect, 8);

namespace {

TEST(RuntimeApi, MembersStructsFloatsVectorsAndResults) {
  using J = sparsead::jacobian<&Model::sum>;
  Cell cells[] = {{2.0, 7, 3.0f}, {4.0, 8, 5.0f}};
  Model model{2, cells, 0.5};
  const std::vector<double> w{1.0, 10.0};
  auto P = J::plan(model, w);
  EXPECT_EQ(P.rows(), 1);
  EXPECT_EQ(P.cols(), 7);
  EXPECT_EQ(P.nnz(), 7);
  EXPECT_EQ(P.num_colors(), 7);
  std::vector<double> v(7), d(7, 1.0), product(1), back(7);
  const double value = P.values(v, &model, w);
  EXPECT_DOUBLE_EQ(value, model.sum(w));
  EXPECT_EQ(v, (std::vector<double>{1.5, 1.0, 25.0, 20.0, 206.0, 3.0, 10.0}));
  EXPECT_EQ(P.jvp(product, d, std::make_unique<Model>(model), w), value);
  EXPECT_DOUBLE_EQ(product[0], 266.5);
  P.vjp(back, std::vector<double>{2.0}, std::ref(model),
        {1.0, 10.0}); // implicit conversions of the function's own list
  EXPECT_EQ(back[4], 412.0);
  auto report = P.check(model, w);
  EXPECT_TRUE(report.ok) << report.text;
  // The array of structs holds inactive data too: planning needs it.
  Model empty{2, nullptr, 1.0};
  EXPECT_THROW(J::plan(empty, w), std::invalid_argument);
  EXPECT_THROW(P.values(v, static_cast<Model *>(nullptr), w), std::invalid_argument);
}

//===-- Stores under a condition; a work array; a structure that depends on integers; several sweeps
//----------------===//

void gather(int m, int n, const int *from, const double *u, double *work, double *r) {
  for (int i = 0; i < m; ++i)
    work[i] = u[from[i]];
  for (int i = 0; i < m; ++i)
    if (work[i] > 0)
      for (int j = 0; j < n; ++j)
        r[i] = (j ? r[i] : 0.0) + work[i] * u[j];
}
template <int W> void gather_tangent(void *const *args, void *const *shadows, void *, void *, void *workspace) {
  ++calls;
  const int m = get<int>(args, 0), n = get<int>(args, 1);
  const int *from = get<const int *>(args, 2);
  const double *u = get<const double *>(args, 3);
  double *ut = tangents(shadows[3]), *work_t = tangents(shadows[4]), *rt = tangents(shadows[5]);
  double *local = static_cast<double *>(sparsead_rt_tangent_alloc(workspace, W * 8));
  gather(m, n, from, u, get<double *>(args, 4), get<double *>(args, 5));
  for (int i = 0; i < m; ++i) {
    for (int l = 0; l < W; ++l) {
      work_t[i * W + l] = ut[from[i] * W + l];
      local[l] = 0;
    }
    for (int j = 0; j < n; ++j)
      for (int l = 0; l < W; ++l)
        local[l] += work_t[i * W + l] * u[j] + u[from[i]] * ut[j * W + l];
    if (u[from[i]] > 0)
      std::memcpy(rt + i * W, local, W * 8);
  }
  sparsead_rt_tangent_free(workspace, local);
}
void gather_inspect(void *const *args, void *const *shadows, void *, void *, void *inspector) {
  const int m = get<int>(args, 0), n = get<int>(args, 1);
  double *u = tangents(shadows[3]), *r = tangents(shadows[5]);
  for (int i = 0; i < m; ++i) {
    const int from = get<const int *>(args, 2)[i];
    if (!sparsead_rt_check(inspector, u + from, 8, "u", "from", i, from))
      continue;
    sparsead_mark all = mark(u + from);
    for (int j = 0; j < n; ++j)
      all = sparsead_rt_union2(inspector, all, mark(u + j));
    mark(r + i) = all;
  }
}
const rtabi::path_step m_doubles[] = {deref(), index(8, argument_0, "m")};
const rtabi::path_step u_doubles[] = {deref(), index(8, argument_1, "n")};
const rtabi::object gather_objects[] = {item("u", rtabi::role_input, 3, u_doubles, one_double),
                                        item("work", rtabi::role_work, 4, m_doubles, one_double),
                                        item("r", rtabi::role_output, 5, m_doubles, one_double)};
const std::int32_t third[] = {2};
const char *const gather_names[] = {"m", "n", "from", "u", "work", "r"};
const std::int64_t gather_sizes[] = {4, 4, 8, 8, 8, 8};
const rtabi::tangent_kernel gather_kernels[] = KERNELS(gather_tangent);

} // namespace

template <>
const rtabi::jacobian_descriptor sparsead::jacobian<&gather>::descriptor =
    describe("gather", "r[m] <- u[n]; work[m]", gather_objects, first, third, gather_names, gather_sizes,
             gather_kernels, gather_inspect);

namespace {

TEST(RuntimeApi, SweepsLeaveNothingBehind) {
  using J = sparsead::jacobian<&gather>;
  const int m = 300, n = 13;
  std::vector<int> from(m);
  std::vector<double> u(n), work(m), r(m);
  for (int i = 0; i < m; ++i)
    from[i] = (5 * i) % n;
  const auto P = J::plan(m, n, from.data(), nullptr, nullptr, nullptr);
  EXPECT_EQ(P.nnz(), m * n);
  std::vector<double> v(P.nnz()), w(m), ones(n, 1.0);
  auto ws = P.workspace();
  for (int sign : {1, -1, 1}) { // where nothing is stored, the derivative is zero, whatever an earlier sweep left
    for (int j = 0; j < n; ++j)
      u[j] = (1 + j) * (j % 2 ? sign : 1);
    calls = 0;
    P.values(ws, v, m, n, from.data(), u.data(), work.data(), r.data());
    EXPECT_GT(calls, 1);
    P.jvp(ws, w, ones, m, n, from.data(), u.data(), work.data(), r.data());
    double sum = 0;
    for (double x : u)
      sum += x;
    for (int i = 0; i < m; ++i) {
      double row = 0;
      for (int j = 0; j < n; ++j) {
        EXPECT_EQ(v[i * n + j], work[i] > 0 ? work[i] + (j == from[i] ? sum : 0.0) : 0.0) << i << " " << j;
        row += v[i * n + j];
      }
      EXPECT_EQ(w[i], row);
    }
  }
  EXPECT_TRUE(P.check(m, n, from.data(), u.data(), work.data(), r.data()).ok);
  const long before = allocations;
  P.values(ws, v, m, n, from.data(), u.data(), work.data(), r.data());
  P.jvp(ws, w, ones, m, n, from.data(), u.data(), work.data(), r.data());
  EXPECT_EQ(allocations, before);
  P.values(v, m, n, from.data(), u.data(), work.data(), nullptr);
  const long warm = allocations;
  P.values(v, m, n, from.data(), u.data(), work.data(), nullptr);
  EXPECT_EQ(allocations, warm);
  EXPECT_THROW(P.values(v, m, n, from.data(), u.data(), nullptr, r.data()), std::invalid_argument);
}

TEST(RuntimeApi, SubscriptsOutsideTheirArray) {
  using J = sparsead::jacobian<&gather>;
  int from[] = {2, 3};
  try {
    J::plan(2, 3, from, nullptr, nullptr, nullptr);
    FAIL();
  } catch (const std::out_of_range &e) {
    EXPECT_NE(std::string(e.what()).find("from"), std::string::npos) << e.what();
  }
}

//===-- SPARSEAD_CHECKED
//--------------------------------------------------------------------------------------------===//

void pick(int n, const int *from, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = u[from[i]];
}
template <int W> void pick_tangent(void *const *args, void *const *shadows, void *, void *, void *) {
  const int n = get<int>(args, 0);
  const int *from = get<const int *>(args, 1);
  pick(n, from, get<const double *>(args, 2), get<double *>(args, 3));
  for (int i = 0; i < n; ++i)
    std::memcpy(tangents(shadows[3]) + i * W, tangents(shadows[2]) + from[i] * W, W * 8);
}
void pick_inspect(void *const *args, void *const *shadows, void *, void *, void *) {
  for (int i = 0; i < get<int>(args, 0); ++i)
    mark(tangents(shadows[3]) + i) = mark(tangents(shadows[2]) + get<const int *>(args, 1)[i]);
}
const char *const pick_names[] = {"n", "from", "u", "r"};
const rtabi::tangent_kernel pick_kernels[] = KERNELS(pick_tangent);

} // namespace

template <>
const rtabi::jacobian_descriptor sparsead::jacobian<&pick>::descriptor = describe(
    "pick", "r[n] <- u[n]", residual_objects, first, second, pick_names, residual_sizes, pick_kernels, pick_inspect);

namespace {

TEST(RuntimeApi, CheckedReplaysTheStructure) {
  using J = sparsead::jacobian<&pick>;
  int from[] = {2, 0, 1};
  double u[] = {1, 2, 3}, r[] = {9, 9, 9};
  std::vector<double> v(3, 9.0);
  auto P = J::plan<std::int32_t, true>(3, from, nullptr, nullptr);
  P.values(v, 3, from, u, r);
  EXPECT_EQ(v, (std::vector<double>{1, 1, 1}));
  from[0] = 1;
  r[0] = 7;
  EXPECT_THROW(P.values(v, 3, from, u, r), sparsead::structure_changed);
  EXPECT_EQ(r[0], 7);
}

//===-- An input that the function destroys
//-------------------------------------------------------------------------===//

void consume(int n, double *u, double *r) {
  for (int i = 0; i < n; ++i) {
    double sum = 0;
    for (int j = 0; j < n; ++j)
      sum += u[j];
    r[i] = sum;
    u[i] *= 2;
  }
}
template <int W> void consume_tangent(void *const *args, void *const *shadows, void *, void *, void *) {
  const int n = get<int>(args, 0);
  double *ut = tangents(shadows[1]), *rt = tangents(shadows[2]);
  consume(n, get<double *>(args, 1), get<double *>(args, 2));
  for (int l = 0; l < W; ++l)
    for (int i = 0; i < n; ++i) {
      double sum = 0;
      for (int j = 0; j < n; ++j)
        sum += ut[j * W + l];
      rt[i * W + l] = sum;
      ut[i * W + l] *= 2;
    }
}
void consume_inspect(void *const *args, void *const *shadows, void *, void *, void *inspector) {
  const int n = get<int>(args, 0);
  sparsead_mark all = 1;
  for (int j = 0; j < n; ++j)
    all = sparsead_rt_union2(inspector, all, mark(tangents(shadows[1]) + j));
  for (int i = 0; i < n; ++i)
    mark(tangents(shadows[2]) + i) = all;
}
const rtabi::tangent_kernel consume_kernels[] = KERNELS(consume_tangent);

} // namespace

template <>
const rtabi::jacobian_descriptor sparsead::jacobian<&consume>::descriptor =
    describe("consume", "r[n] <- u[n]", wrong_objects, first, second, wrong_names, wrong_sizes, consume_kernels,
             consume_inspect);

namespace {

TEST(RuntimeApi, InputsMayBeOverwritten) {
  const int n = 18;
  auto P = sparsead::jacobian<&consume>::plan(n, nullptr, nullptr);
  std::vector<double> r(n), v(P.nnz());
  for (int repeat = 0; repeat < 2; ++repeat) {
    std::vector<double> u(n, 1.0);
    P.values(v, n, u.data(), r.data());
    EXPECT_EQ(u, std::vector<double>(n, 2.0)); // as one call leaves it
    EXPECT_EQ(r[2], n + 2);
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < n; ++j)
        EXPECT_EQ(v[i * n + j], j < i ? 2.0 : 1.0);
  }
}

TEST(RuntimeApi, ReadOnlyDepth) {
  using sparsead::rt::read_only;
  EXPECT_EQ(read_only<double>::depth, 0);
  EXPECT_EQ(read_only<double &>::depth, -1);
  EXPECT_EQ(read_only<const double &>::depth, 0);
  EXPECT_EQ(read_only<double *>::depth, 0);
  EXPECT_EQ(read_only<const double *>::depth, 1);
  EXPECT_EQ(read_only<double **>::depth, 0);
  EXPECT_EQ(read_only<const double *const *>::depth, 2);
  EXPECT_EQ(read_only<double *const *>::depth, 1);
  EXPECT_EQ(read_only<const std::vector<double> &>::depth, 1);
  EXPECT_EQ(read_only<std::vector<double> &>::depth, -1);
  EXPECT_EQ(read_only<const Model &>::depth, 0);
  EXPECT_EQ(read_only<sparsead::span<const double>>::depth, 1);
}

//===-- Index types ---------------------------------------------------------------------------------------------===//

void huge(long n, const double *, double *) { (void)n; }
const std::int64_t square[] = {
    rtabi::op_argument, 0, rtabi::op_load_i64, rtabi::op_argument, 0, rtabi::op_load_i64, rtabi::op_mul, rtabi::op_end};
const rtabi::path_step huge_path[] = {deref(), index(8, square, "n*n")};
const rtabi::object huge_objects[] = {item("u", rtabi::role_input, 1, huge_path, one_double),
                                      item("r", rtabi::role_output, 2, huge_path, one_double)};
const std::int64_t huge_sizes[] = {8, 8, 8};

} // namespace

template <>
const rtabi::jacobian_descriptor sparsead::jacobian<&huge>::descriptor = describe(
    "huge", "r[n*n] <- u[n*n]", huge_objects, first, second, wrong_names, huge_sizes, wrong_kernels, wrong_inspect);

namespace {

TEST(RuntimeApi, CountsThatDoNotFit) {
  try {
    sparsead::jacobian<&huge>::plan(70000, nullptr, nullptr);
    FAIL();
  } catch (const std::length_error &e) {
    EXPECT_NE(std::string(e.what()).find("plan<std::int64_t>"), std::string::npos) << e.what();
  }
  EXPECT_THROW(sparsead::jacobian<&huge>::plan<std::int64_t>(long(1) << 40, nullptr, nullptr), std::length_error);
}

TEST(RuntimeApi, Spans) {
  auto P = Residual::plan(4, 0.5, nullptr, nullptr);
  sparsead::span<const std::int32_t> columns = P.col_ind();
  std::vector<int> copy(columns.begin(), columns.end());
  EXPECT_EQ(copy, (std::vector<int>{0, 1, 0, 1, 2, 1, 2, 3, 2, 3}));
}

} // namespace
