// The plan of a Hessian behind the typed entry points: structure, coloring, evaluations on packed arguments.
#pragma once
#include "../check_report.hpp"
#include "../strategy.hpp"
#include "abi.hpp"
#include "acyclic_coloring.hpp"
#include "coloring.hpp"
#include "layout.hpp"
#include "packed_call.hpp"
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace sparsead::rt {

class binding;
template <class Index> class hessian_products;
class object_map;
template <class Index> class plan_core;
class workspace_state;

/// Immutable; every member may be called from many threads, each with its own workspace.
template <class Index> class hessian_core {
public:
  /// read_only: as plan_core. `full`: both triangles, else the lower one.
  /// Throws  std::invalid_argument (extents, null tables), std::length_error (counts), std::out_of_range (subscripts).
  static std::shared_ptr<const hessian_core> make(const abi::hessian_descriptor &descriptor, void *const *args,
                                                  const int *read_only, bool full);
  /// The plan that `save` left in a file. Throws  plan_file_error (errors.hpp).
  static std::shared_ptr<const hessian_core> load(const abi::hessian_descriptor &descriptor, const int *read_only,
                                                  const std::string &path);
  /// Throws  plan_file_error; the file is then what it was.
  void save(const std::string &path) const;
  ~hessian_core();

  const csr_pattern<Index> &pattern() const { return pattern_; }
  /// A star coloring, or an acyclic one; of a local plan, which uses none, computed on first request.
  const coloring_result &coloring() const;
  strategy chosen() const { return local_ ? strategy::local : strategy::forward; }
  bool full() const { return full_; }
  /// Outputs, each of which has a weight; a function with one may leave it out.
  std::int64_t outputs() const;
  std::int64_t inputs() const { return static_cast<std::int64_t>(pattern_.cols); }
  const char *function() const { return descriptor_.function; }
  std::string summary() const;

  /// v = the second derivatives of sum lambda_i g_i, in CSR order. `lambda` null: of the one output. Sizes: -1 not
  /// known. Throws std::invalid_argument: extents, null arrays, overlaps, lengths; weights missing; nothing is written.
  /// Cost   a local plan: about one evaluation of the gradient with the second derivatives of its terms; else the
  /// gradient with four tangents for each four colors, or, where the gradient is not compiled, one recorded call and
  /// two sweeps of the record for each four.
  void values(workspace_state &workspace, const packed_call &call, double *v, std::ptrdiff_t size, const double *lambda,
              std::ptrdiff_t lambda_size, bool has_lambda) const;
  /// w = H direction.
  void hvp(workspace_state &workspace, const packed_call &call, double *w, std::ptrdiff_t size, const double *direction,
           std::ptrdiff_t direction_size, const double *lambda, std::ptrdiff_t lambda_size, bool has_lambda) const;

  /// Compares with finite differences of the gradient that a record of the function gives; of a sum with weights of its
  /// own, where there are several outputs. The arguments are left as they were.
  check_report check(workspace_state &workspace, const packed_call &call) const;

private:
  hessian_core(const abi::hessian_descriptor &descriptor, const int *read_only, bool full);
  const csr_pattern<Index> &lower() const;
  bool has_products() const;
  void begin(workspace_state &workspace, const packed_call &call, const char *result, double *v, std::int64_t count,
             const double *lambda, std::ptrdiff_t lambda_size, bool has_lambda) const;
  void record(workspace_state &workspace, const packed_call &call, const double *lambda) const;
  bool make_local(void *const *args, const int *read_only);
  void make_compressed(const csr_pattern<Index> &full_pattern);
  void use_recovery();
  void make_record_reads(const symmetric_recovery<Index> &read) const;
  bool product_values(workspace_state &workspace, const packed_call &call, double *v, const double *lambda) const;
  void record_values(workspace_state &workspace, const packed_call &call, double *v, const double *lambda) const;
  packed_call gradient_call(workspace_state &workspace, const packed_call &call, const double *lambda) const;

  const abi::hessian_descriptor &descriptor_;
  std::vector<int> read_only_; // per argument
  std::uint64_t id_;
  bool full_ = false;
  std::unique_ptr<const object_map> map_;
  csr_pattern<Index> pattern_;
  mutable coloring_result coloring_;
  mutable std::once_flag coloring_once_;              // local
  std::shared_ptr<const plan_core<Index>> local_;     // the Jacobian of the gradient; null: not local
  csr_pattern<Index> lower_;                          // full_: the lower triangle, which is computed; else empty
  std::vector<Index> from_;                           // full_: places in it
  std::unique_ptr<hessian_products<Index>> products_; // null: local, or a record is swept
  substitution<Index> recovery_;                      // not local: of the lower triangle
  /// Entries by sweep: place in the values, and place (row * lanes + lane) in the products of the sweep.
  struct entry {
    Index position;
    std::int64_t place;
  };
  mutable std::once_flag record_once_; // products_: only where they go wrong
  mutable std::vector<entry> entries_;
  mutable std::vector<std::size_t> sweep_ptr_;
  mutable std::vector<std::vector<Index>> seeds_; // columns by color
};

extern template class hessian_core<std::int32_t>;
extern template class hessian_core<std::int64_t>;

template <class Index> class lagrangian_core {
public:
  /// sigma f + sum lambda_i g_i. Throws  std::invalid_argument where f has not one output, or the inputs are of other
  /// numbers.
  static std::shared_ptr<const lagrangian_core> make(std::shared_ptr<const hessian_core<Index>> f,
                                                     std::shared_ptr<const hessian_core<Index>> g);

  const csr_pattern<Index> &pattern() const { return pattern_; }
  std::string summary() const;
  void values(workspace_state &of_f, workspace_state &of_g, const packed_call &f, const packed_call &g, double *v,
              std::ptrdiff_t size, double sigma, const double *lambda, std::ptrdiff_t lambda_size) const;
  void hvp(workspace_state &of_f, workspace_state &of_g, const packed_call &f, const packed_call &g, double *w,
           std::ptrdiff_t size, const double *direction, std::ptrdiff_t direction_size, double sigma,
           const double *lambda, std::ptrdiff_t lambda_size) const;
  const hessian_core<Index> &objective() const { return *f_; }
  const hessian_core<Index> &constraints() const { return *g_; }

private:
  std::shared_ptr<const hessian_core<Index>> f_, g_;
  csr_pattern<Index> pattern_;
  std::vector<Index> of_f_, of_g_; // places of their entries
};

extern template class lagrangian_core<std::int32_t>;
extern template class lagrangian_core<std::int64_t>;

} // namespace sparsead::rt
