// Diffusion on an unstructured mesh, assembled edge by edge. The plan reads the edge list; after a change of the mesh
// it is made again.
#include "compare.hpp"
#include <random>

struct Mesh {
  int nodes, edges;
  const int *from, *to;
  const double *weight;
};

SPARSEAD_JACOBIAN("r[mesh.nodes] <- u[mesh.nodes]")
void diffusion(const Mesh &mesh, const double *u, double *r) {
  for (int i = 0; i < mesh.nodes; ++i)
    r[i] = 0.0;
  for (int e = 0; e < mesh.edges; ++e) {
    const int a = mesh.from[e], b = mesh.to[e];
    const double mean = 0.5 * (u[a] + u[b]);
    const double flow = mesh.weight[e] * (u[b] - u[a]) * (1.0 + mean * mean);
    r[a] += flow;
    r[b] -= flow;
  }
}

int main() {
  // A grid of triangles with a random diagonal in each square and nodes in random order.
  const int side = 20, n = side * side;
  std::mt19937 random(7);
  std::vector<int> name(n), from, to;
  for (int i = 0; i < n; ++i)
    name[i] = i;
  for (int i = n - 1; i > 0; --i)
    std::swap(name[i], name[random() % (i + 1)]);
  auto connect = [&](int i, int j, int k, int l) {
    from.push_back(name[j * side + i]);
    to.push_back(name[l * side + k]);
  };
  for (int j = 0; j < side; ++j)
    for (int i = 0; i < side; ++i) {
      if (i + 1 < side)
        connect(i, j, i + 1, j);
      if (j + 1 < side)
        connect(i, j, i, j + 1);
      if (i + 1 < side && j + 1 < side) {
        if (random() % 2)
          connect(i, j, i + 1, j + 1);
        else
          connect(i + 1, j, i, j + 1);
      }
    }
  std::vector<double> weight(from.size()), u(n), r(n);
  for (std::size_t e = 0; e < weight.size(); ++e)
    weight[e] = 0.5 + 0.001 * static_cast<double>(random() % 1000);
  for (double &value : u)
    value = 0.2 + 0.001 * static_cast<double>(random() % 1000);
  const Mesh mesh{n, static_cast<int>(from.size()), from.data(), to.data(), weight.data()};

  const auto plan = sparsead::jacobian<&diffusion>::plan(mesh, nullptr, nullptr);
  std::vector<double> values(plan.nnz());
  plan.values(values, mesh, u.data(), r.data());

  std::vector<entry> hand;
  for (int e = 0; e < mesh.edges; ++e) {
    const int a = from[e], b = to[e];
    const double m = 0.5 * (u[a] + u[b]), k = 1 + m * m, t = m * (u[b] - u[a]);
    hand.push_back({a, a, weight[e] * (t - k)});
    hand.push_back({a, b, weight[e] * (t + k)});
    hand.push_back({b, a, -weight[e] * (t - k)});
    hand.push_back({b, b, -weight[e] * (t + k)});
  }
  return compare(plan, values, hand, plan.check(mesh, u.data(), r.data()));
}
