#include "sparsead/rt/explain.hpp"
#include "sparsead/rt/evaluate.hpp"
#include <algorithm>
#include <cstddef>

namespace sparsead::rt {
namespace {

/// Linear forms are rows of integers: constant, factors of the sizes, factors of the variables.
class conditions {
public:
  conditions(const abi::relation_table &table, const abi::relation_piece &piece, const std::vector<std::int64_t> &sizes,
             std::vector<std::int64_t> out, std::vector<std::int64_t> in)
      : values_(std::move(out)) {
    const std::size_t known = values_.size();
    values_.resize(known + static_cast<std::size_t>(piece.num_unknowns));
    is_known_.assign(values_.size(), 0);
    std::fill_n(is_known_.begin(), known, 1);
    const std::size_t width = 1 + static_cast<std::size_t>(table.num_sizes) + values_.size();
    const std::int64_t *row = piece.conditions;
    auto read = [&](std::int32_t count, std::vector<form> &to) {
      for (std::int32_t k = 0; k < count; ++k, row += width) {
        form f;
        f.constant = row[0];
        for (std::size_t s = 0; s < sizes.size(); ++s)
          f.constant += row[1 + s] * sizes[s];
        f.factors.assign(row + 1 + sizes.size(), row + width);
        to.push_back(std::move(f));
      }
    };
    read(piece.num_equal, equal_);
    read(piece.num_at_least, at_least_);
    std::vector<form> input;
    read(piece.num_in, input);
    for (std::size_t k = 0; k < input.size(); ++k) {
      input[k].constant -= in[k];
      equal_.push_back(input[k]);
    }
  }

  bool hold() { return search(); }

private:
  struct form {
    std::int64_t constant;
    std::vector<std::int64_t> factors;
  };
  /// The known part, and the unknowns that are left.
  std::int64_t known_part(const form &f, std::vector<std::size_t> &unknowns) const {
    unknowns.clear();
    std::int64_t sum = f.constant;
    for (std::size_t v = 0; v < f.factors.size(); ++v)
      if (is_known_[v])
        sum += f.factors[v] * values_[v];
      else if (f.factors[v] != 0)
        unknowns.push_back(v);
    return sum;
  }

  bool search() {
    std::vector<std::size_t> unknowns, solved;
    bool good = true;
    for (bool again = true; again && good;) {
      again = false;
      for (const form &f : equal_) {
        const std::int64_t sum = known_part(f, unknowns);
        if (unknowns.empty()) {
          good &= sum == 0;
        } else if (unknowns.size() == 1) {
          const std::int64_t factor = f.factors[unknowns[0]];
          good &= sum % factor == 0;
          values_[unknowns[0]] = -sum / factor;
          is_known_[unknowns[0]] = 1;
          solved.push_back(unknowns[0]);
          again = true;
        }
        if (!good)
          break;
      }
    }
    good = good && rest();
    for (const std::size_t v : solved)
      is_known_[v] = 0;
    return good;
  }

  bool rest() {
    std::vector<std::size_t> unknowns;
    const auto first = std::find(is_known_.begin(), is_known_.end(), 0);
    for (const form &f : at_least_)
      if (known_part(f, unknowns) < 0 && unknowns.empty())
        return false;
    if (first == is_known_.end())
      return true;
    // The first unknown that has bounds by itself.
    for (auto v = static_cast<std::size_t>(first - is_known_.begin()); v < is_known_.size(); ++v) {
      if (is_known_[v])
        continue;
      std::int64_t low = INT64_MIN, high = INT64_MAX;
      for (const form &f : at_least_) {
        const std::int64_t sum = known_part(f, unknowns);
        if (unknowns.size() != 1 || unknowns[0] != v)
          continue;
        const std::int64_t factor = f.factors[v]; // factor * x >= -sum
        if (factor > 0)
          low = std::max(low, -sum / factor - 1);
        else
          high = std::min(high, sum / -factor + 1);
      }
      if (low == INT64_MIN || high == INT64_MAX)
        continue;
      is_known_[v] = 1;
      bool found = false;
      for (values_[v] = low; values_[v] <= high && !found && budget_ > 0; ++values_[v], --budget_)
        found = search();
      is_known_[v] = 0;
      return found || budget_ == 0;
    }
    return true; // no bounds: it may hold
  }

  std::vector<std::int64_t> values_;
  std::vector<char> is_known_;
  std::vector<form> equal_, at_least_;
  std::int64_t budget_ = 1000000;
};

/// Number to indices: extents of the second and further ones are given as forms of the sizes.
std::vector<std::int64_t> indices(const abi::relation_table &table, const std::int64_t *extents, std::int32_t count,
                                  const std::vector<std::int64_t> &sizes, std::int64_t number) {
  std::vector<std::int64_t> result(static_cast<std::size_t>(count));
  for (std::int32_t k = count - 1; k > 0; --k) {
    const std::int64_t *form = extents + (k - 1) * (1 + table.num_sizes);
    std::int64_t extent = form[0];
    for (std::size_t s = 0; s < sizes.size(); ++s)
      extent += form[1 + s] * sizes[s];
    extent = std::max<std::int64_t>(extent, 1);
    result[static_cast<std::size_t>(k)] = number % extent;
    number /= extent;
  }
  if (count > 0)
    result[0] = number;
  return result;
}

} // namespace

std::vector<std::int64_t> relation_sizes(const abi::relation_table &table, void *const *args) {
  std::vector<std::int64_t> sizes;
  for (std::int32_t k = 0; k < table.num_sizes; ++k)
    sizes.push_back(evaluate(table.sizes[k], args, "explain", nullptr));
  return sizes;
}

bool maps(const abi::relation_table &table, const abi::relation_piece &piece, const std::vector<std::int64_t> &sizes,
          std::int64_t out, std::int64_t in) {
  return conditions(table, piece, sizes, indices(table, piece.out_extents, piece.num_out, sizes, out),
                    indices(table, piece.in_extents, piece.num_in, sizes, in))
      .hold();
}

std::string explain(const abi::jacobian_descriptor &descriptor, const std::vector<std::int64_t> &sizes,
                    const item_element &output, const item_element &input, std::int64_t row, std::int64_t col,
                    bool in_pattern) {
  std::string text = "entry (" + std::to_string(row) + ", " + std::to_string(col) + ") of the Jacobian of '" +
                     descriptor.function + "': ";
  if (!in_pattern)
    return text + output.name + " does not depend on " + input.name + "\n";
  text += output.name + " depends on " + input.name + "\n";
  const abi::relation_table *const table = descriptor.relation;
  if (!table)
    return text +
           "  through which statements is not known: the compiler has found no chain (-Rpass-analysis=sparsead)\n";
  int found = 0;
  for (std::int32_t k = 0; k < table->num_pieces; ++k) {
    const abi::relation_piece &piece = table->pieces[k];
    if (piece.output != output.item || piece.input != input.item)
      continue;
    if (table->exact != 0 && !maps(*table, piece, sizes, output.number, input.number))
      continue;
    ++found;
    for (std::int32_t l = 0; l < piece.num_places; ++l)
      text += std::string(l == 0 ? "  " : "    ") + piece.places[l] + ": " +
              (l == 0                      ? output.name + " is stored"
               : l + 1 == piece.num_places ? input.name + " is loaded"
               : l % 2 == 1                ? std::string("from a value that is loaded here")
                                           : std::string("and was stored here")) +
              "\n";
  }
  if (found == 0)
    text += "  the compiler's relation does not name a statement for it\n";
  else if (table->exact == 0)
    text += "  (one of these, or several: subscripts are not affine, so that the compiler cannot tell which)\n";
  return text;
}

} // namespace sparsead::rt
