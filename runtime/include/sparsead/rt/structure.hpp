// The pattern of a Jacobian, from the compiled inspector.
#pragma once
#include "binding.hpp"
#include "layout.hpp"
#include "object_map.hpp"

namespace sparsead::rt {

class local_recorder;
class run_recorder;

/// Runs the inspector: inputs marked by their columns, all other active elements by "unknown, depends on nothing";
/// reads the rows from the marks of the outputs. `recorder`: may be null; learns what stores the entries come from (of
/// a matrix with rows and columns). Requires  bound for planning (or for a call). Throws std::length_error
/// where the entries do not fit Index; std::out_of_range (subscripts); std::bad_alloc.
template <class Index>
csr_pattern<Index> inspect(const object_map &map, const binding &bound, void *result,
                           local_recorder *recorder = nullptr);

/// The structure of the Hessian of a sum of all outputs, each with a weight: of descriptors whose `inspect` is an
/// inspector of second order. `full`: both triangles, else the lower one. Throws as above.
template <class Index>
csr_pattern<Index> inspect_interactions(const object_map &map, const binding &bound, void *result, bool full);

/// Runs the structure program, which has no marks; of a matrix with rows and columns. False: the recorder says why not.
/// Throws    what the function's planning throws, and then inspect throws it too.
bool record_runs(const object_map &map, const binding &bound, void *result, run_recorder &recorder);

} // namespace sparsead::rt
