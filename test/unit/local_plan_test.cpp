// Plans of the strategy `local`, on descriptors and kernels written by hand as the compiler emits them.
#include <cstdlib>
#include <cstring>
#include <gtest/gtest.h>
#include <sparsead/sparsead.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace rtabi = sparsead::abi;

namespace {

template <class T> const T &get(void *const *args, int k) { return *static_cast<const T *>(args[k]); }
double *shadow_of(void *const *shadows, int k) { return *static_cast<double **>(shadows[k]); }
/// One mark per element, at its place.
sparsead_mark &mark(void *shadow) { return *static_cast<sparsead_mark *>(shadow); }

const std::int64_t argument_0[] = {rtabi::op_argument, 0, rtabi::op_load_i32, rtabi::op_end};
const rtabi::leaf one_double[] = {{0, 8, 0}};
const rtabi::path_step n_doubles[] = {{rtabi::step_deref, 0, 0, nullptr, nullptr, nullptr},
                                      {rtabi::step_index, 0, 8, nullptr, argument_0, "n"}};
rtabi::object array(const char *name, int roles, int argument) {
  return {name, roles, argument, 0, 2, 1, 0, n_doubles, one_double};
}
const std::int32_t first[] = {0}, second[] = {1}, both[] = {1, 2};
const std::int64_t sizes[] = {4, 8, 8, 8, 8};

template <std::size_t N, std::size_t A, std::size_t O>
rtabi::jacobian_descriptor describe(const char *function, const rtabi::object (&objects)[N],
                                    const char *const (&names)[A], const std::int32_t (&outputs)[O],
                                    const rtabi::tangent_kernel *kernels, rtabi::inspect_function inspect,
                                    const rtabi::local_descriptor *local, rtabi::mode mode = rtabi::mode_auto) {
  static_assert(A <= sizeof sizes / sizeof *sizes);
  return {rtabi::version,
          sizeof(rtabi::jacobian_descriptor),
          function,
          "",
          0,
          int(A),
          int(N),
          1,
          int(O),
          objects,
          first,
          outputs,
          names,
          sizes,
          0,
          mode,
          rtabi::order_default,
          0,
          1,
          kernels,
          inspect,
          nullptr,
          local};
}

template <class Plan> std::vector<double> dense(const Plan &plan, const std::vector<double> &v) {
  std::vector<double> J(std::size_t(plan.rows()) * std::size_t(plan.cols()));
  for (int i = 0; i < plan.rows(); ++i)
    for (auto k = plan.row_ptr()[i]; k < plan.row_ptr()[i + 1]; ++k)
      J[std::size_t(i) * std::size_t(plan.cols()) + std::size_t(plan.col_ind()[k])] = v[std::size_t(k)];
  return J;
}

std::vector<double> ramp(int n) {
  std::vector<double> u(static_cast<std::size_t>(n));
  for (int i = 0; i < n; ++i)
    u[std::size_t(i)] = 0.5 + 0.25 * i;
  return u;
}

template <class Op> std::string message(Op &&op) {
  try {
    op();
  } catch (const std::exception &e) {
    return e.what();
  }
  return "nothing thrown";
}

/// Words of a stream, as a kernel adds to what they name.
struct reader {
  double *values;
  const std::int32_t *stream;
  double *buffer;
  void add(double partial) { *buffer++ = partial; }
  std::int64_t wide() {
    const std::int64_t low = std::uint32_t(stream[0]), high = stream[1];
    stream += 2;
    return high * (std::int64_t(1) << 32) + low;
  }
};

//===-- A streamed loop -------------------------------------------------------------------------------------------===//

int local_calls = 0, fast_iterations = 0;
double wrong_by = 0;

void stencil(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = u[i] * u[i] + (i > 0 ? 3 * u[i - 1] : 0.0) + (i + 1 < n ? u[i] * u[i + 1] : 0.0);
}
void stencil_tangent(void *const *args, void *const *shadows, void *, void *, void *) {
  const int n = get<int>(args, 0);
  const double *u = get<const double *>(args, 1), *ut = shadow_of(shadows, 1);
  double *rt = shadow_of(shadows, 2);
  for (int i = 0; i < n; ++i)
    rt[i] = 2 * u[i] * ut[i] + (i > 0 ? 3 * ut[i - 1] : 0.0) + (i + 1 < n ? ut[i] * u[i + 1] + u[i] * ut[i + 1] : 0.0);
  stencil(n, u, get<double *>(args, 2));
}
template <int Repeat> void stencil_inspect(void *const *args, void *const *shadows, void *, void *, void *inspector) {
  const int n = get<int>(args, 0);
  double *u = shadow_of(shadows, 1), *r = shadow_of(shadows, 2);
  sparsead_rt_stream_begin(inspector, 0, 1, n - 1);
  for (int i = 0; i < n; ++i) {
    sparsead_rt_stream_iteration(inspector, i);
    const sparsead_mark marks[] = {mark(u + i), i > 0 ? mark(u + i - 1) : 0, i + 1 < n ? mark(u + i + 1) : 0};
    sparsead_rt_site(inspector, 0, r + i, 0, marks);
    for (int k = 1; k < Repeat; ++k) {
      sparsead_rt_branch_begin(inspector);
      sparsead_rt_site(inspector, 0, r + i, 0, marks);
      sparsead_rt_branch_other(inspector);
      sparsead_rt_branch_end(inspector);
    }
    mark(r + i) = sparsead_rt_union(inspector, marks, 3);
  }
  sparsead_rt_stream_end(inspector);
}
void stencil_local(void *const *args, void *const *shadows, void *, void *result_shadow, void *, double *values,
                   const std::int32_t *stream, double *buffer, std::int64_t, std::int64_t) {
  ++local_calls;
  EXPECT_EQ(shadows[1], nullptr);
  EXPECT_EQ(result_shadow, nullptr);
  const int n = get<int>(args, 0);
  const double *u = get<const double *>(args, 1);
  reader in{values, stream, buffer};
  const std::int64_t first = in.wide(), last = in.wide(), base = in.wide();
  for (int i = 0; i < n; ++i) {
    const double partials[] = {2 * u[i] + (i + 1 < n ? u[i + 1] : 0.0) + wrong_by, 3, u[i]};
    if (first <= i && i < last) {
      ++fast_iterations;
      double *const v = values + base + 3 * (i - first);
      v[1] = partials[0];
      v[0] = partials[1];
      v[2] = partials[2];
    } else {
      for (const double partial : partials)
        in.add(partial);
    }
  }
  stencil(n, u, get<double *>(args, 2));
}

const rtabi::object stencil_objects[] = {array("u", rtabi::role_input, 1), array("r", rtabi::role_output, 2)};
const char *const stencil_names[] = {"n", "u", "r"};
const rtabi::tangent_kernel stencil_kernels[] = {{1, 0, &stencil_tangent}};
const std::int32_t stencil_offsets[] = {1, 0, 2};
const rtabi::local_site stencil_sites[] = {{rtabi::local_assign, 3, 0, 3, stencil_offsets}};
const rtabi::local_descriptor stencil_form{1, 0, 1, 1, stencil_sites, &stencil_local};
struct Forced;
struct Twice;
struct ForcedTwice;
struct ForcedNone;
struct Forward;

} // namespace

template <>
const rtabi::jacobian_descriptor sparsead::jacobian<&stencil>::descriptor =
    describe("stencil", stencil_objects, stencil_names, second, stencil_kernels, stencil_inspect<1>, &stencil_form);
template <>
const rtabi::jacobian_descriptor sparsead::jacobian<&stencil, Forced>::descriptor =
    describe("stencil", stencil_objects, stencil_names, second, stencil_kernels, stencil_inspect<1>, &stencil_form,
             rtabi::mode_local);
template <>
const rtabi::jacobian_descriptor sparsead::jacobian<&stencil, Twice>::descriptor =
    describe("stencil", stencil_objects, stencil_names, second, stencil_kernels, stencil_inspect<2>, &stencil_form);
template <>
const rtabi::jacobian_descriptor sparsead::jacobian<&stencil, ForcedTwice>::descriptor =
    describe("stencil", stencil_objects, stencil_names, second, stencil_kernels, stencil_inspect<2>, &stencil_form,
             rtabi::mode_local);
template <>
const rtabi::jacobian_descriptor sparsead::jacobian<&stencil, ForcedNone>::descriptor = describe(
    "stencil", stencil_objects, stencil_names, second, stencil_kernels, stencil_inspect<1>, nullptr, rtabi::mode_local);
template <>
const rtabi::jacobian_descriptor sparsead::jacobian<&stencil, Forward>::descriptor =
    describe("stencil", stencil_objects, stencil_names, second, stencil_kernels, stencil_inspect<1>, &stencil_form,
             rtabi::mode_forward);

namespace {

using Stencil = sparsead::jacobian<&stencil>;

template <class Plan> void expect_stencil(const Plan &P, int n) {
  std::vector<double> u = ramp(n), r(std::size_t(n), -1.0), v(std::size_t(P.nnz()));
  auto workspace = P.workspace();
  for (int repeat = 0; repeat < 3; ++repeat) {
    std::fill(v.begin(), v.end(), 77.0); // what was there does not matter
    P.values(workspace, v, n, u.data(), r.data());
    const std::vector<double> J = dense(P, v);
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < n; ++j) {
        const double expected = j == i       ? 2 * u[std::size_t(i)] + (i + 1 < n ? u[std::size_t(i) + 1] : 0.0)
                                : j == i - 1 ? 3.0
                                : j == i + 1 ? u[std::size_t(i)]
                                             : 0.0;
        EXPECT_EQ(J[std::size_t(i * n + j)], expected) << i << " " << j;
      }
    std::vector<double> expected(static_cast<std::size_t>(n));
    stencil(n, u.data(), expected.data());
    EXPECT_EQ(r, expected);
    for (double &x : u)
      x += 1;
  }
}

TEST(LocalPlan, ValuesOfAStencil) {
  for (const int n : {1, 2, 3, 4, 30}) {
    const auto P = Stencil::plan(n, nullptr, nullptr);
    EXPECT_EQ(P.strategy(), sparsead::strategy::local);
    local_calls = fast_iterations = 0;
    expect_stencil(P, n);
    EXPECT_EQ(local_calls, 3);
    EXPECT_EQ(fast_iterations, n - 2 >= 4 ? 3 * (n - 2) : 0);
    expect_stencil(sparsead::jacobian<&stencil, Forced>::plan<std::int64_t>(n, nullptr, nullptr), n);
    expect_stencil(sparsead::jacobian<&stencil, Forward>::plan(n, nullptr, nullptr), n);
  }
}

TEST(LocalPlan, EmptyMatrices) {
  for (const auto &text : {Stencil::plan(0, nullptr, nullptr).summary(),
                           sparsead::jacobian<&stencil, Forced>::plan(0, nullptr, nullptr).summary()})
    EXPECT_EQ(text, "Jacobian 0×0, nnz=0, sparsity 0.0%, local");
  const auto P = Stencil::plan(0, nullptr, nullptr);
  P.values(nullptr, 0, nullptr, nullptr);
  P.jvp(nullptr, nullptr, 0, nullptr, nullptr);
  P.vjp(nullptr, nullptr, 0, nullptr, nullptr);
  EXPECT_TRUE(P.check(0, nullptr, nullptr).ok);
  EXPECT_EQ(P.num_colors(), 0);
}

TEST(LocalPlan, PrintedAndColoredOnRequest) {
  const auto P = Stencil::plan(50, nullptr, nullptr);
  std::ostringstream text;
  text << P << P.strategy();
  EXPECT_EQ(text.str().find("Jacobian 50×50, nnz=148, sparsity 94.1%, local\n"), 0u) << text.str();
  EXPECT_EQ(text.str().substr(text.str().size() - 5), "local");
  // Many threads may ask at once.
  std::vector<std::thread> threads;
  std::vector<int> colors(4), sums(4);
  for (std::size_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (const int c : P.column_colors())
        sums[t] += c;
      colors[t] = P.num_colors();
    });
  for (auto &thread : threads)
    thread.join();
  EXPECT_EQ(colors, std::vector<int>(4, 3));
  EXPECT_EQ(sums, std::vector<int>(4, sums[0]));
  EXPECT_EQ(P.colors().size(), 50u);
  EXPECT_EQ(P.row_colors().size(), 50u);
}

TEST(LocalPlan, Products) {
  const int n = 9;
  const auto P = Stencil::plan(n, nullptr, nullptr);
  std::vector<double> u = ramp(n), r(n), d(n), w(n), a(n), v(std::size_t(P.nnz()));
  for (int j = 0; j < n; ++j)
    d[std::size_t(j)] = 1 + j % 3;
  auto workspace = P.workspace();
  for (int repeat = 0; repeat < 2; ++repeat) { // all three in one workspace
    P.jvp(workspace, w, d, n, u.data(), r.data());
    P.values(workspace, v, n, u.data(), r.data());
    P.vjp(workspace, a, d, n, u.data(), r.data());
    const std::vector<double> J = dense(P, v);
    for (int i = 0; i < n; ++i) {
      double product = 0, transposed = 0;
      for (int j = 0; j < n; ++j) {
        product += J[std::size_t(i * n + j)] * d[std::size_t(j)];
        transposed += J[std::size_t(j * n + i)] * d[std::size_t(j)];
      }
      EXPECT_DOUBLE_EQ(w[std::size_t(i)], product);
      EXPECT_DOUBLE_EQ(a[std::size_t(i)], transposed);
    }
    u[3] += 1;
  }
}

TEST(LocalPlan, CheckLooksAtLocalValues) {
  const int n = 12;
  const std::vector<double> u = ramp(n);
  std::vector<double> r(n, 3.0);
  const auto P = Stencil::plan(n, nullptr, nullptr);
  auto report = P.check(n, u.data(), r.data());
  EXPECT_TRUE(report.ok) << report.text;
  EXPECT_EQ(r, std::vector<double>(n, 3.0));
  wrong_by = 0.5;
  report = P.check(n, u.data(), r.data());
  wrong_by = 0;
  EXPECT_FALSE(report.ok);
  EXPECT_EQ(report.row, report.col);
}

TEST(LocalPlan, RefusedPlansFallBackOrSayWhy) {
  const auto P = sparsead::jacobian<&stencil, Twice>::plan(10, nullptr, nullptr);
  EXPECT_EQ(P.strategy(), sparsead::strategy::forward);
  EXPECT_EQ(P.num_colors(), 3);
  expect_stencil(P, 10);
  EXPECT_EQ((sparsead::jacobian<&stencil, Forward>::plan(10, nullptr, nullptr).strategy()),
            sparsead::strategy::forward);
  EXPECT_THROW((sparsead::jacobian<&stencil, ForcedTwice>::plan(10, nullptr, nullptr)), std::invalid_argument);
  EXPECT_EQ(message([] { sparsead::jacobian<&stencil, ForcedTwice>::plan(10, nullptr, nullptr); }),
            "Jacobian of 'stencil': mode=local is not possible: row 0 is assigned again under a condition that depends "
            "on active data; mode=auto chooses another strategy");
  EXPECT_NE(message([] {
              sparsead::jacobian<&stencil, ForcedNone>::plan(10, nullptr, nullptr);
            }).find("the compiler has made no such derivative"),
            std::string::npos);
}

//===-- Edges: the stream hangs on their order, the pattern does not ----------------------------------------------===//

void edges(int n, const double *u, double *r, const int *ends, int count) {
  for (int i = 0; i < n; ++i)
    r[i] = 0;
  for (int e = 0; e < count; ++e)
    r[ends[2 * e]] += u[ends[2 * e]] * u[ends[2 * e + 1]];
}
void edges_tangent(void *const *args, void *const *shadows, void *, void *, void *) {
  const double *u = get<const double *>(args, 1), *ut = shadow_of(shadows, 1);
  double *rt = shadow_of(shadows, 2);
  const int n = get<int>(args, 0), *ends = get<const int *>(args, 3), count = get<int>(args, 4);
  for (int i = 0; i < n; ++i)
    rt[i] = 0;
  for (int e = 0; e < count; ++e)
    rt[ends[2 * e]] += ut[ends[2 * e]] * u[ends[2 * e + 1]] + u[ends[2 * e]] * ut[ends[2 * e + 1]];
  edges(n, u, get<double *>(args, 2), ends, count);
}
void edges_inspect(void *const *args, void *const *shadows, void *, void *, void *inspector) {
  double *u = shadow_of(shadows, 1), *r = shadow_of(shadows, 2);
  const int n = get<int>(args, 0), *ends = get<const int *>(args, 3), count = get<int>(args, 4);
  sparsead_rt_site_clear(inspector, r, 8 * n, 0);
  for (int i = 0; i < n; ++i)
    mark(r + i) = 1;
  for (int e = 0; e < count; ++e) {
    const int i = ends[2 * e], j = ends[2 * e + 1];
    const sparsead_mark marks[] = {mark(u + i), mark(u + j)};
    sparsead_rt_site(inspector, 0, r + i, 0, marks);
    mark(r + i) = sparsead_rt_union2(inspector, mark(r + i), sparsead_rt_union2(inspector, marks[0], marks[1]));
  }
}
void edges_local(void *const *args, void *const *, void *, void *, void *, double *values, const std::int32_t *stream,
                 double *buffer, std::int64_t, std::int64_t) {
  const double *u = get<const double *>(args, 1);
  const int *ends = get<const int *>(args, 3), count = get<int>(args, 4);
  reader in{values, stream, buffer};
  for (int e = 0; e < count; ++e) {
    in.add(u[ends[2 * e + 1]]);
    in.add(u[ends[2 * e]]);
  }
  edges(get<int>(args, 0), u, get<double *>(args, 2), ends, count);
}
const char *const edges_names[] = {"n", "u", "r", "ends", "count"};
const rtabi::tangent_kernel edges_kernels[] = {{1, 0, &edges_tangent}};
const rtabi::local_site edges_sites[] = {{rtabi::local_add, 2, -1, 0, nullptr}};
const rtabi::local_descriptor edges_form{1, 0, 1, 0, edges_sites, &edges_local};

} // namespace

template <>
const rtabi::jacobian_descriptor sparsead::jacobian<&edges>::descriptor =
    describe("edges", stencil_objects, edges_names, second, edges_kernels, edges_inspect, &edges_form);
template <>
const rtabi::jacobian_descriptor sparsead::jacobian<&edges, Forced>::descriptor = describe(
    "edges", stencil_objects, edges_names, second, edges_kernels, edges_inspect, &edges_form, rtabi::mode_local);

namespace {

using Edges = sparsead::jacobian<&edges>;

TEST(LocalPlan, CheckedPlansCompareTheStreamToo) {
  const int n = 4;
  int ends[] = {0, 1, 1, 2, 2, 2, 3, 0, 0, 1};
  std::vector<double> u = ramp(n), r(n);
  const auto P = Edges::plan<int, true>(n, u.data(), r.data(), ends, 5);
  EXPECT_EQ(P.strategy(), sparsead::strategy::local);
  std::vector<double> v(std::size_t(P.nnz()));
  P.values(v, n, u.data(), r.data(), ends, 5);
  std::vector<double> J = dense(P, v);
  EXPECT_EQ(J[0], 2 * u[1]); // the edge that is there twice
  EXPECT_EQ(J[1], 2 * u[0]);
  EXPECT_EQ(J[2 * n + 2], 2 * u[2]);
  EXPECT_EQ(J[3 * n + 0], u[3]);
  EXPECT_TRUE(P.check(n, u.data(), r.data(), ends, 5).ok);
  std::swap(ends[0], ends[2]);
  std::swap(ends[1], ends[3]); // the same pattern
  EXPECT_EQ(Edges::plan(n, u.data(), r.data(), ends, 5).nnz(), P.nnz());
  EXPECT_THROW(P.values(v, n, u.data(), r.data(), ends, 5), sparsead::structure_changed);
  ends[1] = 3; // another one
  EXPECT_THROW(P.values(v, n, u.data(), r.data(), ends, 5), sparsead::structure_changed);
}

TEST(LocalPlan, TooManySlotsPerEntryAreSweptUnlessAskedFor) {
  const int n = 3;
  std::vector<int> ends;
  for (int e = 0; e < 1000; ++e)
    ends.insert(ends.end(), {e % 3, (e + 1) % 3});
  std::vector<double> u = ramp(n), r(n);
  const auto P = Edges::plan(n, u.data(), r.data(), ends.data(), 1000);
  EXPECT_EQ(P.strategy(), sparsead::strategy::forward);
  const auto Q = sparsead::jacobian<&edges, Forced>::plan(n, u.data(), r.data(), ends.data(), 1000);
  EXPECT_EQ(Q.strategy(), sparsead::strategy::local);
  std::vector<double> v(6), w(6);
  P.values(v, n, u.data(), r.data(), ends.data(), 1000);
  Q.values(w, n, u.data(), r.data(), ends.data(), 1000);
  for (std::size_t k = 0; k < v.size(); ++k)
    EXPECT_DOUBLE_EQ(v[k], w[k]);
}

//===-- Shadows: a work array and two outputs in one struct -------------------------------------------------------===//

struct pair_of {
  double a;
  float b;
};
void staged(int n, const double *u, pair_of *r, double *t) {
  for (int i = 0; i < n; ++i)
    t[i] = u[i] * u[(i + 1) % n];
  for (int i = 0; i < n; ++i) {
    r[i].a = t[i] * t[i];
    r[i].b = float(u[i]);
  }
}
void staged_tangent(void *const *, void *const *, void *, void *, void *) { std::abort(); }
void staged_inspect(void *const *args, void *const *shadows, void *, void *, void *inspector) {
  const int n = get<int>(args, 0);
  double *u = shadow_of(shadows, 1), *t = shadow_of(shadows, 3);
  pair_of *r = *static_cast<pair_of **>(shadows[2]);
  for (int i = 0; i < n; ++i) {
    const sparsead_mark marks[] = {mark(u + i), mark(u + (i + 1) % n)};
    sparsead_rt_site(inspector, 0, t + i, 0, marks);
    mark(t + i) = sparsead_rt_union(inspector, marks, 2);
  }
  for (int i = 0; i < n; ++i) {
    sparsead_mark marks[2];
    sparsead_rt_row_load(inspector, t + i, 0, marks, 2);
    sparsead_rt_site(inspector, 1, &r[i].a, 0, marks);
    mark(&r[i].a) = mark(t + i);
    sparsead_rt_site(inspector, 2, &r[i].b, 0, &mark(u + i));
    mark(&r[i].b) = mark(u + i);
  }
}
void staged_local(void *const *args, void *const *shadows, void *, void *, void *, double *values,
                  const std::int32_t *stream, double *buffer, std::int64_t, std::int64_t) {
  const int n = get<int>(args, 0);
  const double *u = get<const double *>(args, 1), *t = get<double *>(args, 3);
  double *const rows = shadow_of(shadows, 3);
  staged(n, u, get<pair_of *>(args, 2), get<double *>(args, 3));
  for (int i = 0; i < n; ++i) {
    rows[2 * i] = u[(i + 1) % n];
    rows[2 * i + 1] = u[i];
  }
  reader in{values, stream, buffer};
  for (int i = 0; i < n; ++i) {
    in.add(2 * t[i] * rows[2 * i]);
    in.add(2 * t[i] * rows[2 * i + 1]);
    in.add(1);
  }
}
const rtabi::path_step n_pairs[] = {{rtabi::step_deref, 0, 0, nullptr, nullptr, nullptr},
                                    {rtabi::step_index, 0, sizeof(pair_of), nullptr, argument_0, "n"}};
const rtabi::leaf leaf_a[] = {{0, 8, 0}}, leaf_b[] = {{8, 4, 0}};
const rtabi::object staged_objects[] = {array("u", rtabi::role_input, 1),
                                        {"r.a", rtabi::role_output, 2, 0, 2, 1, 0, n_pairs, leaf_a},
                                        {"r.b", rtabi::role_output, 2, 0, 2, 1, 0, n_pairs, leaf_b},
                                        array("t", rtabi::role_work, 3)};
const char *const staged_names[] = {"n", "u", "r", "t"};
const rtabi::tangent_kernel staged_kernels[] = {{1, 0, &staged_tangent}};
const rtabi::local_site staged_sites[] = {{rtabi::local_row, 2, -1, 0, nullptr},
                                          {rtabi::local_assign, 2, -1, 0, nullptr},
                                          {rtabi::local_assign, 1, -1, 0, nullptr}};
const rtabi::local_descriptor staged_form{2, 1, 3, 0, staged_sites, &staged_local};

} // namespace

template <>
const rtabi::jacobian_descriptor sparsead::jacobian<&staged>::descriptor = describe(
    "staged", staged_objects, staged_names, both, staged_kernels, staged_inspect, &staged_form, rtabi::mode_local);

namespace {

TEST(LocalPlan, ShadowsOfWorkArraysAndRowsInStructs) {
  const int n = 7;
  std::vector<double> u = ramp(n), t(n);
  std::vector<pair_of> r(n);
  const auto P = sparsead::jacobian<&staged>::plan(n, nullptr, r.data(), nullptr);
  EXPECT_EQ(P.rows(), 2 * n);
  std::vector<double> v(std::size_t(P.nnz()), 9.0);
  auto workspace = P.workspace();
  for (int repeat = 0; repeat < 2; ++repeat) {
    P.values(workspace, v, n, u.data(), r.data(), t.data());
    const std::vector<double> J = dense(P, v);
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < n; ++j) {
        const std::size_t k = std::size_t(i), next = std::size_t((i + 1) % n);
        const double expected = j == i ? 2 * t[k] * u[next] : j == int(next) ? 2 * t[k] * u[k] : 0.0;
        EXPECT_DOUBLE_EQ(J[std::size_t(i * n + j)], expected);
        EXPECT_EQ(J[std::size_t((n + i) * n + j)], i == j ? 1.0 : 0.0);
      }
    EXPECT_EQ(r[3].a, t[3] * t[3]);
    u[2] = 4;
  }
  const auto report = P.check(n, u.data(), r.data(), t.data());
  EXPECT_TRUE(report.ok) << report.text;
}

} // namespace
