// For the tests of plans on disk: a function with all forms of its derivative, in versions, and files.
#pragma once
#include <cstring>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <sparsead/rt/plan_file.hpp>
#include <sparsead/sparsead.hpp>
#include <string>
#include <unistd.h>
#include <vector>

namespace rtabi = sparsead::abi;
namespace fs = std::filesystem;

namespace {

//===-- r[i] = u[i]^2 + 3 u[i-1] + u[i] u[i+1], in all forms that the compiler makes ------------------------------===//

template <class T> const T &get(void *const *args, int k) { return *static_cast<const T *>(args[k]); }
double *shadow_of(void *const *shadows, int k) { return *static_cast<double **>(shadows[k]); }
std::int32_t &number_at(void *shadow) { return *static_cast<std::int32_t *>(shadow); }

void stencil(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = u[i] * u[i] + (i > 0 ? 3 * u[i - 1] : 0.0) + (i + 1 < n ? u[i] * u[i + 1] : 0.0);
}
template <int W> void tangent(void *const *args, void *const *shadows, void *, void *, void *) {
  const int n = get<int>(args, 0);
  const double *u = get<const double *>(args, 1), *ut = shadow_of(shadows, 1);
  double *rt = shadow_of(shadows, 2);
  for (int i = 0; i < n; ++i)
    for (int l = 0; l < W; ++l)
      rt[i * W + l] = 2 * u[i] * ut[i * W + l] + (i > 0 ? 3 * ut[(i - 1) * W + l] : 0.0) +
                      (i + 1 < n ? ut[i * W + l] * u[i + 1] + u[i] * ut[(i + 1) * W + l] : 0.0);
  stencil(n, u, get<double *>(args, 2));
}
void inspect(void *const *args, void *const *shadows, void *, void *, void *inspector) {
  const int n = get<int>(args, 0);
  double *u = shadow_of(shadows, 1), *r = shadow_of(shadows, 2);
  for (int i = 0; i < n; ++i) {
    const sparsead_mark marks[] = {number_at(u + i), i > 0 ? number_at(u + i - 1) : 0,
                                   i + 1 < n ? number_at(u + i + 1) : 0};
    sparsead_rt_site(inspector, 0, r + i, 0, marks);
    number_at(r + i) = sparsead_rt_union(inspector, marks, 3);
  }
}
void record(void *const *args, void *const *shadows, void *, void *, void *tape) {
  const int n = get<int>(args, 0);
  const double *u = get<const double *>(args, 1);
  double *un = shadow_of(shadows, 1), *rn = shadow_of(shadows, 2);
  for (int i = 0; i < n; ++i) {
    std::int32_t node = sparsead_rt_record2(tape, 2 * u[i] + (i + 1 < n ? u[i + 1] : 0.0), number_at(un + i),
                                            i > 0 ? 3.0 : 0.0, i > 0 ? number_at(un + i - 1) : 0);
    if (i + 1 < n)
      node = sparsead_rt_record2(tape, 1.0, node, u[i], number_at(un + i + 1));
    number_at(rn + i) = node;
  }
  stencil(n, u, get<double *>(args, 2));
}
void local(void *const *args, void *const *, void *, void *, void *, double *, const std::int32_t *, double *buffer,
           std::int64_t, std::int64_t) {
  const int n = get<int>(args, 0);
  const double *u = get<const double *>(args, 1);
  for (int i = 0; i < n; ++i)
    for (const double partial : {2 * u[i] + (i + 1 < n ? u[i + 1] : 0.0), 3.0, u[i]})
      *buffer++ = partial;
  stencil(n, u, get<double *>(args, 2));
}

//===-- r[0] = sum of u[j]^2, r[i] = u[0] u[i]: by columns and rows -----------------------------------------------===//

void arrow(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = 0;
  for (int i = 0; i < n; ++i) {
    r[0] += u[i] * u[i];
    if (i > 0)
      r[i] = u[0] * u[i];
  }
}
template <int W> void arrow_tangent(void *const *args, void *const *shadows, void *, void *, void *) {
  const int n = get<int>(args, 0);
  const double *u = get<const double *>(args, 1), *ut = shadow_of(shadows, 1);
  double *rt = shadow_of(shadows, 2);
  for (int l = 0; l < W && n > 0; ++l)
    rt[l] = 0;
  for (int i = 0; i < n; ++i)
    for (int l = 0; l < W; ++l) {
      rt[l] += 2 * u[i] * ut[i * W + l];
      if (i > 0)
        rt[i * W + l] = ut[l] * u[i] + u[0] * ut[i * W + l];
    }
  arrow(n, u, get<double *>(args, 2));
}
void arrow_inspect(void *const *args, void *const *shadows, void *, void *, void *inspector) {
  const int n = get<int>(args, 0);
  double *u = shadow_of(shadows, 1), *r = shadow_of(shadows, 2);
  for (int i = 0; i < n; ++i) {
    number_at(r) = i == 0 ? number_at(u) : sparsead_rt_union2(inspector, number_at(r), number_at(u + i));
    if (i > 0)
      number_at(r + i) = sparsead_rt_union2(inspector, number_at(u), number_at(u + i));
  }
}
void arrow_record(void *const *args, void *const *shadows, void *, void *, void *tape) {
  const int n = get<int>(args, 0);
  const double *u = get<const double *>(args, 1);
  double *un = shadow_of(shadows, 1), *rn = shadow_of(shadows, 2);
  for (int i = 0; i < n; ++i) {
    number_at(rn) = sparsead_rt_record2(tape, 1.0, i == 0 ? 0 : number_at(rn), 2 * u[i], number_at(un + i));
    if (i > 0)
      number_at(rn + i) = sparsead_rt_record2(tape, u[i], number_at(un), u[0], number_at(un + i));
  }
  arrow(n, u, get<double *>(args, 2));
}

const std::int64_t argument_0[] = {rtabi::op_argument, 0, rtabi::op_load_i32, rtabi::op_end};
const std::int64_t one_more[] = {rtabi::op_argument, 0, rtabi::op_load_i32, rtabi::op_const, 0, rtabi::op_add,
                                 rtabi::op_end};
const rtabi::leaf one_double[] = {{0, 8, 0}};
const rtabi::path_step n_doubles[] = {{rtabi::step_deref, 0, 0, nullptr, nullptr, nullptr},
                                      {rtabi::step_index, 0, 8, nullptr, argument_0, "n"}};
const rtabi::path_step other_doubles[] = {{rtabi::step_deref, 0, 0, nullptr, nullptr, nullptr},
                                          {rtabi::step_index, 0, 8, nullptr, one_more, "n"}};
const rtabi::object objects[] = {{"u", rtabi::role_input, 1, 0, 2, 1, 0, n_doubles, one_double},
                                 {"r", rtabi::role_output, 2, 0, 2, 1, 0, n_doubles, one_double}};
const rtabi::object other_objects[] = {{"u", rtabi::role_input, 1, 0, 2, 1, 0, other_doubles, one_double},
                                       {"r", rtabi::role_output, 2, 0, 2, 1, 0, n_doubles, one_double}};
const std::int32_t first[] = {0}, second[] = {1};
const std::int64_t sizes[] = {4, 8, 8};
const char *const names[] = {"n", "u", "r"};
const rtabi::tangent_kernel kernels[] = {{1, 0, &tangent<1>}, {4, 0, &tangent<4>}};
const rtabi::tangent_kernel arrow_kernels[] = {{1, 0, &arrow_tangent<1>}, {4, 0, &arrow_tangent<4>}};
const rtabi::local_site sites[] = {{rtabi::local_assign, 3, -1, 0, nullptr}};
const rtabi::local_site other_sites[] = {{rtabi::local_add, 3, -1, 0, nullptr}};
const rtabi::local_descriptor local_form{1, 0, 1, 0, sites, &local}, other_form{1, 0, 1, 0, other_sites, &local};

rtabi::jacobian_descriptor describe(rtabi::mode mode) {
  return {rtabi::version,
          sizeof(rtabi::jacobian_descriptor),
          "stencil",
          "r[n] <- u[n]",
          4711,
          3,
          2,
          1,
          1,
          objects,
          first,
          second,
          names,
          sizes,
          0,
          mode,
          0,
          0,
          2,
          kernels,
          &inspect,
          &record,
          &local_form};
}
template <class Change> rtabi::jacobian_descriptor changed(Change &&change) {
  rtabi::jacobian_descriptor d = describe(rtabi::mode_local);
  change(d);
  return d;
}

struct Forward;
struct Reverse;
struct Both;
struct Local;
struct ForwardOnly;
struct Renamed;
struct Respecified;
struct Edited;
struct OtherExtent;
struct OtherSites;

} // namespace

using D = rtabi::jacobian_descriptor;
template <class Tag> using Of = sparsead::jacobian<&stencil, Tag>;
template <> const D Of<Forward>::descriptor = describe(rtabi::mode_forward);
template <> const D Of<Reverse>::descriptor = describe(rtabi::mode_reverse);
template <> const D Of<Both>::descriptor = describe(rtabi::mode_bidirectional);
template <>
const D sparsead::jacobian<&arrow>::descriptor = changed([](D &d) {
  d.function = "arrow";
  d.mode = rtabi::mode_bidirectional;
  d.kernels = arrow_kernels;
  d.inspect = &arrow_inspect;
  d.record = &arrow_record;
  d.local = nullptr;
});
template <>
const D Of<ForwardOnly>::descriptor = changed([](D &d) {
  d.mode = rtabi::mode_forward;
  d.record = nullptr;
});
template <> const D Of<Local>::descriptor = describe(rtabi::mode_local);
template <> const D Of<Renamed>::descriptor = changed([](D &d) { d.function = "stencils"; });
template <> const D Of<Respecified>::descriptor = changed([](D &d) { d.specification = "r[n] <- u[n+0]"; });
template <> const D Of<Edited>::descriptor = changed([](D &d) { d.fingerprint = 4712; });
template <> const D Of<OtherExtent>::descriptor = changed([](D &d) { d.objects = other_objects; });
template <> const D Of<OtherSites>::descriptor = changed([](D &d) { d.local = &other_form; });

namespace {

//===-- Files -----------------------------------------------------------------------------------------------------===//

using Bytes = std::vector<char>;

Bytes content(const fs::path &path) {
  std::ifstream file(path, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(file), {});
}
void put(const fs::path &path, const Bytes &bytes) {
  fs::remove(path); // a file that is cut off and written again is flushed by some file systems, which takes long
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

/// As someone would who knows how the sums are made.
void forge(Bytes &bytes) {
  sparsead::rt::plan_file_header header;
  if (bytes.size() < sizeof header || bytes.size() % 8 != 0)
    return;
  std::memcpy(&header, bytes.data(), sizeof header);
  header.file_bytes = bytes.size();
  sparsead::rt::word_checksum content, of_header;
  content.add(bytes.data() + sizeof header, bytes.size() - sizeof header);
  header.content = content.value();
  of_header.add(&header, sizeof header - 8);
  header.header = of_header.value();
  std::memcpy(bytes.data(), &header, sizeof header);
}

template <class Op> std::string message(Op &&op) {
  try {
    op();
  } catch (const sparsead::plan_file_error &e) {
    return e.what();
  }
  return "no plan_file_error";
}

class PlanFile : public testing::Test {
protected:
  PlanFile() : directory(fs::temp_directory_path() / ("plan_file_test." + std::to_string(::getpid()))) {
    fs::create_directory(directory);
    path = (directory / "plan").string();
  }
  ~PlanFile() override { fs::remove_all(directory); }

  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
  }
  template <class Op> void expect_error(Op &&op, const char *reason) {
    const std::string text = message(op);
    EXPECT_NE(text.find(reason), std::string::npos) << text;
    EXPECT_NE(text.find("'" + path + "'"), std::string::npos) << text;
  }

  fs::path directory;
  std::string path;
};

/// Without rounding here and in the stencil, whatever is contracted.
std::vector<double> ramp(int n) {
  std::vector<double> u;
  for (int i = 0; i < n; ++i)
    u.push_back(0.375 + 0.75 * i);
  return u;
}

} // namespace
