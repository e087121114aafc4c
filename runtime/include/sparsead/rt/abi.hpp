// The contract between compiled code and the runtime: the tables that the compiler emits as constants, the signatures
// of the functions they point to, and the C functions that a generated inspector calls. No LLVM, no allocation, C++17.
#pragma once
#include <cstddef>
#include <cstdint>

namespace sparsead::abi {

inline constexpr std::uint32_t version = 9;

/// Integer expressions (extents) as programs in reverse Polish notation over int64; addresses are pushed as int64 too.
/// A program is a sequence of int64 words that ends with `end`; the result is the top of the stack.
enum opcode : std::int64_t {
  op_end = 0,
  op_const = 1,    ///< next word: the value
  op_argument = 2, ///< next word: argument index k; pushes the address args[k] of the parameter object
  op_offset = 3,   ///< next word: bytes; adds to the address on top
  op_load_ptr = 4, ///< top = *(void **)top
  op_load_i8 = 5,
  op_load_u8 = 6, ///< also bool
  op_load_i16 = 7,
  op_load_u16 = 8,
  op_load_i32 = 9,
  op_load_u32 = 10,
  op_load_i64 = 11,
  op_load_u64 = 12, ///< a value above INT64_MAX is an overflow
  op_add = 13,
  op_sub = 14,
  op_mul = 15,
  op_div = 16, ///< C++ division; a zero divisor is an error
  op_mod = 17,
  op_neg = 18,
};

/// A step of the way from a parameter object to the elements of an item.
enum step_kind : std::int32_t {
  step_offset = 0, ///< address += bytes
  step_deref = 1,  ///< address = *(void **)address; `bytes`: size of the pointee where no index step follows, else 0
  step_index = 2,  ///< address += i * bytes for lower <= i < upper; `bytes`: stride
};
struct path_step {
  std::int32_t kind;
  std::int32_t reserved;
  std::int64_t bytes;
  const std::int64_t *lower; ///< program; null means 0
  const std::int64_t *upper; ///< program
  const char *text;          ///< the extent as written, "n*N" (index steps)
};

/// An active floating-point member of one element, at `offset` from the element's address.
struct leaf {
  std::int64_t offset;
  std::int32_t bytes; ///< 8 (double) or 4 (float)
  std::int32_t reserved;
};

enum role : std::int32_t { role_input = 1, role_output = 2, role_work = 4 };
enum object_flag : std::int32_t {
  flag_preserve = 1, ///< the function may read the object's old value: its content is restored between two sweeps
};
struct object {
  const char *name; ///< as written: "u", "ctx->w", "return"
  std::int32_t roles;
  std::int32_t argument; ///< index of the parameter the path starts from; -1: the result
  std::int32_t flags;
  std::int32_t num_steps;
  std::int32_t num_leaves;
  std::int32_t reserved;
  const path_step *steps;
  const leaf *leaves;
};

/// One vector-forward kernel: `width` tangents per element. `args[k]` is the address of parameter object k (of the
/// referent, for a reference); `shadows[k]` the address of its shadow, or null where nothing active is reached from it.
/// A shadow has the layout of the primal, scaled: what stands at byte offset o of a block stands at offset width*o of
/// the block's shadow: `width` consecutive doubles (floats) for a double (float), one shadow pointer for a pointer.
/// `result` / `result_shadow`: memory for the function's result (null for void).
struct tangent_kernel {
  std::int32_t width;
  std::int32_t reserved;
  void (*function)(void *const *args, void *const *shadows, void *result, void *result_shadow, void *workspace);
};

/// The pattern's generator. Shadows as for a kernel of width 1, holding a *mark* (int32) for each double or float.
using inspect_function = void (*)(void *const *args, void *const *shadows, void *result, void *result_shadow,
                                  void *inspector);

/// Calls the function and records a tape. Shadows as for a kernel of width 1, holding the number of a tape's node
/// (int32, 0: inactive) for each double or float.
using record_function = void (*)(void *const *args, void *const *shadows, void *result, void *result_shadow,
                                 void *tape);

/// Calls the function, then sweeps backwards. Shadows as for a kernel of width 1. Before: the adjoints of the outputs
/// in their shadows, zero everywhere else. Afterwards: the adjoints of what the inputs were before the call.
/// `workspace`: a rt::reverse_memory.
using adjoint_function = void (*)(void *const *args, void *const *shadows, void *result, void *result_shadow,
                                  void *workspace);

/// The strategy `local`: each output element gets its value from *sites* of the code, whose partials the compiler knows
/// by a static list of loads (slots); docs/design/local.md.
enum local_kind : std::int32_t {
  local_assign = 0, ///< r[..] = v
  local_add = 1,    ///< r[..] += v
  local_row = 2,    ///< a store into a temporary array, whose elements carry partials of their own
};
struct local_site {
  std::int32_t kind;
  std::int32_t num_slots; ///< without the parts of reduction loops
  std::int32_t loop;      ///< the streamed loop whose body holds it; -1: none
  std::int32_t stride;    ///< positions from one iteration of that loop to the next, as far as the compiler can tell
  /// [num_slots]: where each slot's position stands from the iteration's base (a guess, verified by the runtime); equal
  /// numbers: the same position; -1: absent. Of a local_row: the lane in which the slot's partial is kept; slots of one
  /// lane have the same column (null: slot k in lane k). Null where loop == -1.
  const std::int32_t *offsets;
  /// Slots may share partials, with each other and with sites that were executed just before in the same block:
  /// [num_slots]: 2 k: the k-th partial, counted from the first one that this execution writes (k < 0: one of those
  /// before); 2 k + 1: the same with the other sign. Partials are numbered in the order of their first slots. Null:
  /// slot k has partial k.
  const std::int32_t *sources = nullptr;
  std::int32_t num_partials = 0; ///< that an execution writes for its slots; without sources: num_slots
};
struct local_descriptor {
  std::int32_t width;   ///< doubles per element in the shadows of temporaries
  std::int32_t shadows; ///< specified arrays need such shadows too; else all shadows are null
  std::int32_t num_sites;
  std::int32_t num_loops;
  const local_site *sites;
  /// Calls the function. Interiors, as the stream describes them, write values; all other partials go to the buffer,
  /// in the order of execution. A call for which the stream has not exactly `words` words, or the buffer not room for
  /// exactly `partials`, or that leaves an interior, ends in sparsead_rt_structure_changed, and writes nowhere else.
  void (*function)(void *const *args, void *const *shadows, void *result, void *result_shadow, void *workspace,
                   double *values, const std::int32_t *stream, double *buffer, std::int64_t words,
                   std::int64_t partials);
  /// The same without the stores to plain outputs behind pointers, which it does not touch; null where the function
  /// reads what it has stored there.
  void (*values_only)(void *const *args, void *const *shadows, void *result, void *result_shadow, void *workspace,
                      double *values, const std::int32_t *stream, double *buffer, std::int64_t words,
                      std::int64_t partials);
  /// Runs what is known while planning, and reports sites to the sparsead_rt_run functions; null where only marks tell
  /// the structure. Shadows are addresses: nothing is read or written there but shadow pointers.
  inspect_function structure;
};

/// Colorings of columns by a formula; docs/design/relations.md. A form is 1 + num_sizes words: a constant, then a
/// factor for each size.
struct lattice_conflict {
  std::int32_t a, b;              ///< blocks of the group
  const std::int64_t *difference; ///< [num_indices] forms: columns at that distance meet in a row
};
struct lattice_group {
  std::int32_t num_blocks;
  std::int32_t num_indices;
  std::int32_t colors; ///< 0: each column has a color of its own
  std::int32_t num_conflicts;
  const std::int32_t *blocks;  ///< inputs
  const std::int64_t *factors; ///< [num_indices]
  const std::int64_t *shifts;  ///< [num_blocks]
  const std::int64_t *extents; ///< [num_blocks][num_indices - 1] forms: of the second and further indices
  const lattice_conflict *conflicts;
};
struct lattice_descriptor {
  std::int32_t num_sizes;
  std::int32_t num_groups;
  const std::int64_t *const *sizes; ///< programs
  const lattice_group *groups;
};

/// What is known at compile time of which output depends on which input: maps from elements of outputs to elements of
/// inputs, with the lines of source that make them (docs/design/relations.md). A *form* is a row of integers: constant,
/// a factor for each size, and, in conditions, one for each index of the output and each unknown.
struct relation_piece {
  std::int32_t output, input;   ///< ordinals among the outputs, the inputs
  std::int32_t num_out, num_in; ///< indices of their elements
  std::int32_t num_unknowns;    ///< integers that may be anything that fits
  std::int32_t num_equal, num_at_least;
  std::int32_t num_places;
  const std::int64_t *conditions; ///< forms: [num_equal] == 0, [num_at_least] >= 0, [num_in] the input's indices
  const std::int64_t *out_extents, *in_extents; ///< forms of the sizes: extents of the second and further indices
  const char *const *places;                    ///< "model.cpp:7", from the output's store to the input's load
};
struct relation_table {
  std::int32_t num_sizes, num_pieces;
  std::int32_t exact; ///< 0: pieces have no conditions; they are what the function's code may do at some elements
  std::int32_t reserved;
  const std::int64_t *const *sizes; ///< programs
  const relation_piece *pieces;
};

enum mode : std::int32_t { mode_auto = 0, mode_local = 1, mode_forward = 2, mode_reverse = 3, mode_bidirectional = 4 };
enum order : std::int32_t {
  order_natural = 0,
  order_largest_first = 1,
  order_smallest_last = 2,
  order_incidence_degree = 3,
  order_best = 4,
  order_default = 5,
};

struct jacobian_descriptor {
  std::uint32_t version;
  std::uint32_t size;        ///< sizeof(jacobian_descriptor) of the compiler that emitted it
  const char *function;      ///< "residual", "Grid::apply"
  const char *specification; ///< "r[n] <- u[n]"
  std::uint64_t fingerprint;
  std::int32_t num_arguments;
  std::int32_t num_objects;
  std::int32_t num_inputs;
  std::int32_t num_outputs;
  const object *objects;
  const std::int32_t *inputs;  ///< indices into objects, in the order of the specification: column blocks
  const std::int32_t *outputs; ///< row blocks
  const char *const *argument_names;
  const std::int64_t *argument_sizes; ///< sizeof of the parameter object (the referent); 0 where incomplete
  std::int64_t result_size;           ///< 0 for void
  std::int32_t mode;
  std::int32_t order;
  std::int32_t pattern_local;
  std::int32_t num_kernels;
  const tangent_kernel *kernels; ///< ascending widths, the first is 1
  inspect_function inspect;
  record_function record;            ///< null: no reverse mode
  const local_descriptor *local;     ///< null: no local form
  const lattice_descriptor *lattice; ///< null: no coloring is known
  adjoint_function adjoint;          ///< null: what record leaves is swept
  const relation_table *relation;    ///< null: not known
  /// Of a Hessian, else null: the Jacobian, by the inputs, of the gradient of the weighted outputs, whose function has
  /// no result. Its arguments: those of this one (the result as one more, null where there is none), then the shadow of
  /// each, of width 1, with the weights in those of the outputs; its outputs: the shadows of the inputs. Without
  /// `local` it has kernels only, whose workspace is a rt::reverse_memory, and which do not leave the weights as they
  /// are. Null: only a record can be swept.
  const jacobian_descriptor *of_gradient;
};
/// The same table: of a gradient there is one output, no kernel, and nothing to inspect.
using gradient_descriptor = jacobian_descriptor;
/// The same table: of a Hessian, `inspect` is of second order (sparsead_rt_interact), `record` records second partials
/// (sparsead_rt_record_second), and there is no kernel.
using hessian_descriptor = jacobian_descriptor;

} // namespace sparsead::abi

/// Marks: 0 known value; 1 unknown value without dependence; 2+j depends on column j alone; above: a set of columns.
/// An integer's mark is 0 or 1 (one byte in memory). A pointer's mark in registers: 0 known; m > 0: the pointer plus an
/// unknown multiple of m bytes inside its object; -1: anywhere; -2: unknown, but in memory without active data; -16 and
/// below: one of a few addresses at known distances from the pointer.
extern "C" {
typedef std::int32_t sparsead_mark;

/// The part of the inspector that generated code reads. `journal` > 0: inside control flow that depends on active data;
/// memory writes must go through the sparsead_rt_store functions.
struct sparsead_inspector_header {
  std::int32_t journal;
  std::int32_t reserved;
};

/// Union of marks. 0 and 1 are absorbed by larger marks; max(a, b) where both are at most 1.
sparsead_mark sparsead_rt_union2(void *inspector, sparsead_mark a, sparsead_mark b);
sparsead_mark sparsead_rt_union(void *inspector, const sparsead_mark *marks, std::int32_t count);

/// Second order: a mark without columns that carries the pairs columns(a) × columns(b), by which the result of an
/// operation depends on a and b together. Unions carry pairs along.
sparsead_mark sparsead_rt_interact(void *inspector, sparsead_mark a, sparsead_mark b);

/// Shadow for `bytes` bytes of local memory whose primal is `primal` (marks zeroed, registered as an object).
/// Released by sparsead_rt_scope_end of the scope it was made in (scope_begin returns the token), or, for heap memory,
/// by sparsead_rt_release.
std::int64_t sparsead_rt_scope_begin(void *inspector);
void sparsead_rt_scope_end(void *inspector, std::int64_t token);
void *sparsead_rt_local(void *inspector, void *primal, std::int64_t bytes);
void *sparsead_rt_heap(void *inspector, void *primal, std::int64_t bytes);
/// Heap memory is released: 1 if the caller may free the primal now, 0 if that waits until planning ends, because
/// another path may still need it. kind: 0 free, 1 operator delete, 2 operator delete[].
std::int32_t sparsead_rt_release(void *inspector, void *shadow, void *primal, std::int32_t kind);
/// First address and bytes of the registered object around a shadow address; 0 and 0 where there is none.
std::int64_t sparsead_rt_object_begin(void *inspector, const void *shadow);
std::int64_t sparsead_rt_object_size(void *inspector, const void *shadow);

/// Is [shadow, shadow+bytes) inside a registered object? If not: outside speculation (journal == 0) records the first
/// out-of-range error (thrown as std::out_of_range when the inspector returns), naming `name` and, where `index_name`
/// is not null, the index array, the position read and the value found there. Returns 1 inside, 0 outside (skip the
/// access).
std::int32_t sparsead_rt_check(void *inspector, const void *shadow, std::int64_t bytes, const char *name,
                               const char *index_name, std::int64_t position, std::int64_t value);

/// Journaled writes (correct also when journal == 0). `primal` null: no primal value is kept (specified arrays).
/// `external` != 0: the shadow belongs to a specified array, where marks are at least 1.
void sparsead_rt_store_float(void *inspector, void *shadow, void *primal, std::int32_t bytes, std::uint64_t bits,
                             sparsead_mark mark);
void sparsead_rt_store_int(void *inspector, void *shadow, void *primal, std::int32_t bytes, std::uint64_t bits,
                           sparsead_mark mark);
void sparsead_rt_store_ptr(void *inspector, void *shadow, void *primal, void *value, void *value_shadow,
                           sparsead_mark mark);
/// Writes to memory without shadow (the user's inactive data): journaled, undone when planning ends. Skipped when
/// mark != 0.
void sparsead_rt_store_plain(void *inspector, void *primal, std::int32_t bytes, std::uint64_t bits, sparsead_mark mark);
/// An access of [primal, primal + bytes) that the compiler takes as inactive. An error where an element of the
/// specification lies there.
void sparsead_rt_foreign(void *inspector, const void *primal, std::int64_t bytes);
/// Weak writes through a pointer with mark m != 0; reads: union of what may be read (at least 1).
void sparsead_rt_store_any(void *inspector, void *shadow, std::int32_t pointer_mark, std::int32_t bytes,
                           sparsead_mark mark, std::int32_t is_float);
sparsead_mark sparsead_rt_load_any(void *inspector, const void *shadow, std::int32_t pointer_mark, std::int32_t bytes,
                                   std::int32_t is_float);
/// memcpy/memmove and memset on marks and primal. Null shadows: memory without active data. `local_*` != 0: the primal
/// is kept (local memory).
void sparsead_rt_copy(void *inspector, void *dst_shadow, void *dst, std::int32_t dst_local, const void *src_shadow,
                      const void *src, std::int32_t src_local, std::int64_t bytes, std::int32_t unknown);
void sparsead_rt_fill(void *inspector, void *dst_shadow, void *dst, std::int32_t dst_local, std::int32_t byte,
                      std::int64_t bytes, std::int32_t unknown);

/// Control flow on unknown conditions. Branch: begin, first side, other, second side, end: each side starts from the
/// memory before the branch; afterwards a location holds the union of both sides.
void sparsead_rt_branch_begin(void *inspector);
void sparsead_rt_branch_other(void *inspector);
void sparsead_rt_branch_end(void *inspector);
/// Loop with an unknown end: begin, where it may be left for the first time; repeat { body; how = iterate(…); } while
/// (how); end. At first iterations follow each other as if the loop went on (how == 1), while all contents with which
/// it may be left are joined; after many iterations in which no mark changes, iterations are joined too (how == 2: the
/// caller joins carried values) until nothing changes. `stays`: the loop may go on; `carried_changed`: some mark of a
/// carried value or result has changed. 0: stop. `exit` marks a point at which the loop may be left (the beginning is
/// one).
void sparsead_rt_loop_begin(void *inspector);
void sparsead_rt_loop_exit(void *inspector);
std::int32_t sparsead_rt_loop_iterate(void *inspector, std::int32_t carried_changed, std::int32_t stays);
void sparsead_rt_loop_end(void *inspector);

/// Joins of register values at an unknown join. Marks of floats: is `b` contained in `a`? (fixed points)
std::int32_t sparsead_rt_contains(void *inspector, sparsead_mark a, sparsead_mark b);
/// Two pointers: the mark of either (same object: gcd of distance and marks; else -1). *shadow and *primal receive a
/// representative.
std::int32_t sparsead_rt_join_ptr(void *inspector, void *primal_a, void *shadow_a, std::int32_t mark_a, void *primal_b,
                                  void *shadow_b, std::int32_t mark_b);

/// Before and after a recursive call. 0: too deep inside speculation or for the stack, the call is left out.
std::int32_t sparsead_rt_enter(void *inspector);
void sparsead_rt_leave(void *inspector);
/// In place of a call that is left out: everything that it can reach becomes unknown and depends on everything, its
/// `arguments` too. Returns that mark, for its results. `marked`: all of them have one; else planning ends in an error.
sparsead_mark sparsead_rt_skip_call(void *inspector, sparsead_mark arguments, std::int32_t marked);

/// Called when a trap (failed assertion, throw, noreturn call) is reached with a known condition outside speculation.
void sparsead_rt_trap(void *inspector, const char *what);

/// Recording for the strategy `local`; these return at once where nothing is recorded.
///
/// A site's store is executed. shadow: of the element stored to; marks[num_slots]: of the slots (0 or 1: absent, 2+j:
/// column j; a set: not local; ~m, the complement of one of these: optional, a position only where the pattern has the
/// entry). An unknown address (pointer_mark != 0), or for kinds 0 and 1 a shadow that is no
/// output's element: not local.
void sparsead_rt_site(void *inspector, std::int32_t site, void *shadow, std::int32_t pointer_mark,
                      const sparsead_mark *marks);
/// One iteration of a reduction loop that feeds the site's next execution: `count` more slots. In the stream the parts
/// stand before the static slots, groups in descending order, inside one group in the order of execution.
void sparsead_rt_site_part(void *inspector, std::int32_t site, std::int32_t group, const sparsead_mark *marks,
                           std::int32_t count);
/// An element of a temporary is read: writes `width` marks, those with which a site of kind 2 last stored to it.
/// Only the first `lanes` may be more than 0: the kernel reads no others.
void sparsead_rt_row_load(void *inspector, const void *shadow, std::int32_t pointer_mark, sparsead_mark *marks,
                          std::int32_t lanes);
/// Memory of outputs or temporaries is filled with a value without derivative.
void sparsead_rt_site_clear(void *inspector, void *shadow, std::int64_t bytes, std::int32_t pointer_mark);
/// A streamed loop is entered (its interior: begin <= iv < end); before each iteration; left. They do not nest.
void sparsead_rt_stream_begin(void *inspector, std::int32_t loop, std::int64_t begin, std::int64_t end);
void sparsead_rt_stream_iteration(void *inspector, std::int64_t iv);
void sparsead_rt_stream_end(void *inspector);

/// The structure without marks (docs/design/structure.md). What a slot reads is a word: the shadow's address in bits 0
/// to 47, in bits 48 to 55 for a temporary's element 1 + the number of the partial kept with it, `present` in any other
/// than 0 (not read in this execution), `dead` where a choice leaves it out. `resolved`: a column number in bits 0 to
/// 31 instead, made by run_lanes.
///
/// A loop in pieces is entered; its stream (-1: none) and that stream's interior; left.
void sparsead_rt_run_enter(void *inspector, std::int32_t stream, std::int64_t begin, std::int64_t end);
void sparsead_rt_run_leave(void *inspector);
/// Iterations begin <= iv < end of it. table: number of sites, words per row, the sites' numbers; then rows, one per
/// iteration, or where `affine` the first two, which the others continue: for each site the address stored to (0: not
/// executed) and its slots' words. 0: no more is wanted.
std::int32_t sparsead_rt_run_piece(void *inspector, const std::int64_t *table, std::int64_t begin, std::int64_t end,
                                   std::int32_t affine);
/// One execution of a site elsewhere; an iteration of a sum that feeds the next one (as site_part); the partials of a
/// temporary's element as they are now; memory that is filled.
void sparsead_rt_run_site(void *inspector, std::int32_t site, void *shadow, const std::int64_t *words);
void sparsead_rt_run_part(void *inspector, std::int32_t site, std::int32_t group, const std::int64_t *words,
                          std::int32_t count);
void sparsead_rt_run_lanes(void *inspector, const void *shadow, std::int64_t *words, std::int32_t count);
void sparsead_rt_run_clear(void *inspector, void *shadow, std::int64_t bytes);

/// Shadow memory for the tangents of a function's own heap allocations and large local arrays, from the workspace
/// (steady state: no allocation). Not cleared: what it stands for is not either. `workspace` as passed to the kernel.
void *sparsead_rt_tangent_alloc(void *workspace, std::int64_t bytes);
/// Memory of a function that the compiler has made, as operator new and delete.
void *sparsead_rt_terms(std::int64_t bytes);
void sparsead_rt_terms_free(void *memory);
void sparsead_rt_tangent_free(void *workspace, void *shadow);

/// What is kept of an array while loops take turns: a window that only moves up. `window` points at six words, all zero
/// at first but the last two: the memory, the first and the last address of the array that it stands for (exclusive),
/// the bytes from one of its copies to the next, the number of these (the values and each of their partials), and
/// whether elements are zero before they are written. Afterwards it has room for [begin, end), and holds what it has
/// held of that. To be released by sparsead_rt_tangent_free(workspace, window[0]).
void sparsead_rt_window(void *workspace, std::int64_t *window, std::int64_t begin, std::int64_t end);

/// A node of a tape: d result = partial_a d a + partial_b d b. Nodes are numbers above those of the inputs; 0 where all
/// operands are 0.
std::int32_t sparsead_rt_record1(void *tape, double partial, std::int32_t a);
std::int32_t sparsead_rt_record2(void *tape, double partial_a, std::int32_t a, double partial_b, std::int32_t b);

/// The same with second partials: d² result = daa (da)² + 2 dab (da)(db) + dbb (db)².
std::int32_t sparsead_rt_record_second(void *tape, double partial_a, std::int32_t a, double partial_b, std::int32_t b,
                                       double daa, double dab, double dbb);
/// Memory that a forward sweep leaves to its reverse sweep, last in, first out; eight bytes aligned where the size is a
/// multiple of eight. Takes back with the same sizes in the opposite order.
void *sparsead_rt_push(void *workspace, std::int64_t bytes);
void *sparsead_rt_pop(void *workspace, std::int64_t bytes);
/// Memory that the function releases waits until the reverse sweep has ended. kind: 0 free, 1 operator delete, 2
/// operator delete[]; alignment: 0, or that of the aligned forms.
void sparsead_rt_postpone_free(void *workspace, void *pointer, std::int32_t kind, std::int64_t alignment);
/// The reverse of memmove(to, from, bytes), on the shadows: adds the adjoints at `to` to those at `from`, and leaves
/// zero.
void sparsead_rt_adjoint_copy_f64(void *to, void *from, std::int64_t bytes);
void sparsead_rt_adjoint_copy_f32(void *to, void *from, std::int64_t bytes);

/// A marked loop whose steps are run again on the way back (docs/design/checkpoint.md). Before it: its description.
/// `steps`: their number, -1 where it is not known; `slots`: how many snapshots may be held, 0 for the square root of
/// twice the steps; `carried`: bytes of the numbers that the loop carries. Its state: blocks of memory, those that a
/// parameter's items lie in (-1: the result), those that an allocation in the program has made, with their shadows
/// where these hold pointers.
void sparsead_rt_checkpoint_begin(void *workspace, std::int64_t steps, std::int64_t slots, std::int64_t carried);
void sparsead_rt_checkpoint_block(void *workspace, void *data, std::int64_t bytes);
void sparsead_rt_checkpoint_argument(void *workspace, std::int32_t argument);
void sparsead_rt_checkpoint_site(void *workspace, std::int64_t site, std::int32_t with_shadow);
/// Before step n: where to put what the loop carries, if a snapshot is due; else null.
void *sparsead_rt_checkpoint_due(void *workspace, std::int64_t n);
void sparsead_rt_checkpoint_counted(void *workspace, std::int64_t steps);
/// Backwards: the number of steps; for each of them, last first, a state before it (the memory, what the loop carries,
/// the number of the step), from where to go on; at the end memory becomes what it was at the beginning.
std::int64_t sparsead_rt_checkpoint_reverse(void *workspace);
void *sparsead_rt_checkpoint_restore(void *workspace, std::int64_t n);
std::int64_t sparsead_rt_checkpoint_position(void *workspace);
void sparsead_rt_checkpoint_end(void *workspace);
/// What the step allocates, and wants to release, goes when it ends.
void sparsead_rt_step_begin(void *workspace);
void sparsead_rt_step_end(void *workspace);
/// Memory that belongs to such states.
void sparsead_rt_allocated(void *workspace, std::int64_t site, void *data, void *shadow, std::int64_t bytes);

/// Throws where a recursion of the function is about to leave the stack.
void sparsead_rt_check_stack();

/// Derivatives that libm lacks.
double sparsead_rt_digamma(double x);
double sparsead_rt_trigamma(double x);
}
