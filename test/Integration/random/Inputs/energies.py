"""Random sums of terms over grids and index arrays, whose Hessians are compared: energies.py SEED COUNT."""

import random
import sys

random.seed(int(sys.argv[1]))
count = int(sys.argv[2])


def subscript(dims, offsets):
    """Of an element near the current one; sizes m x n."""
    if dims == 1:
        return f"i + {offsets[0]}"
    return f"(j + {offsets[1]}) * n + i + {offsets[0]}"


def operand(names):
    kind = random.randrange(6)
    if kind == 0:
        return f"{random.choice([0.5, 1.25, 2.0])}"
    if kind == 1:
        return "c[i]"
    return random.choice(names)


def expression(names, depth=0):
    kind = random.randrange(10 if depth < 3 else 2)
    if kind < 2:
        return operand(names)
    a, b = expression(names, depth + 1), expression(names, depth + 1)
    if kind < 4:
        return f"({a} + {b})"
    if kind < 5:
        return f"({a} - {b})"
    if kind < 7:
        return f"{a} * {b}"
    if kind == 7:
        return f"std::sin({a})"
    if kind == 8:
        return f"std::sqrt(1.5 + {a} * {a})"
    return f"({random.choice(names)} > 0.4 ? {a} : {b})"


def term(dims, active):
    """Statements of one body, and the offsets that they reach: low, high per direction."""
    points = random.randrange(1, 4)
    reach = [(0, 0), (0, 0)]
    lines, names = [], []
    for p in range(points):
        offsets = [random.randrange(-2, 3), random.randrange(-1, 2)]
        for d in range(dims):
            reach[d] = (min(reach[d][0], offsets[d]), max(reach[d][1], offsets[d]))
        load = f"{active}[{subscript(dims, offsets)}]"
        if random.random() < 0.15:
            load = f"(i {random.choice(['>', '<'])} 4 ? {load} : 0.75)"
        lines.append(f"const double t{p} = {load};")
        names.append(f"t{p}")
    if dims == 1 and random.random() < 0.3:
        lines.append(f"const double t{points} = {active}[e[i]];")
        names.append(f"t{points}")
    value = expression(names)
    statement = f"f += {value};"
    choice = random.random()
    if choice < 0.15:
        statement = f"if (mask[i]) {{ {statement} }}"
    elif choice < 0.25:
        statement = f"if (i % 3 == 1) {{ {statement} }} else {{ f -= {random.choice(names)} * {random.choice(names)}; }}"
    elif choice < 0.35:
        statement = f"const double s = {value}; f += s * s; f += s * {random.choice(names)};"
    lines.append(statement)
    return lines, reach


def loops(dims, reach, lines):
    inner = "\n      ".join(lines)
    low, high = -reach[0][0], reach[0][1]
    low += random.randrange(3)
    if random.random() < 0.3:
        head = f"for (int i = n - 1 - {high}; i >= {low}; --i)"
    else:
        head = f"for (int i = {low}; i + {high} < n; i += {random.choice([1, 1, 1, 2])})"
    if dims == 1:
        return f"{head} {{\n      {inner}\n  }}"
    outer = f"for (int j = {-reach[1][0]}; j + {reach[1][1]} < m; ++j)"
    if random.random() < 0.3:
        outer, head = head, outer
    return f"{outer}\n    {head} {{\n      {inner}\n  }}"


def main():
    print('#include "compare_hessians.hpp"')
    for k in range(count):
        dims = random.choice([1, 1, 2])
        print(f'BOTH("return <- x[m*n]") double f{k}(int m, int n, const int *e, const int *mask, const double *c, '
              f"const double *x) {{")
        print("  double f = 0;")
        for _ in range(random.choice([1, 1, 2, 3])):
            lines, reach = term(dims, "x")
            print("  " + loops(dims, reach, lines))
        if random.random() < 0.2:
            print("  f += x[0] * x[m * n - 1];")
        print("  return f + 0.0 * (m + e[0] + mask[0]) * c[0];\n}")
    print("int main() {")
    print("  for (const int n : {13, 6, 30}) {")
    print("    const int m = 5;")
    print("    std::vector<double> x(m * n), c(m * n);")
    print("    std::vector<int> e(m * n), mask(m * n);")
    print("    for (int i = 0; i < m * n; ++i) {")
    print("      c[i] = 0.5 + 0.1 * (i % 7);")
    print("      e[i] = (7 * i + 3) % (m * n);")
    print("      mask[i] = i % 4 != 2;")
    print("    }")
    for k in range(count):
        print(f'    compare<&f{k}>("f{k}", x, 1, m, n, (const int *)e.data(), (const int *)mask.data(), '
              "(const double *)c.data(), (const double *)x.data());")
    print("  }")
    print('  std::printf("done %d\\n", failures);')
    print("  return failures != 0;\n}")


main()
