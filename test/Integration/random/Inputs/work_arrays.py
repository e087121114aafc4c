"""Functions whose loops assign and add to work arrays under subscripts that meet again, each twice: as the compiler
chooses and in forward mode. usage: work_arrays.py SEED COUNT > file.cpp"""

import random
import sys

SUBSCRIPTS = ["i", "i / 2", "i % 3", "n - 1 - i", "q[i]", "(i * 2) % n", "i & 1", "(i + 1) % n", "0"]
INPUTS = ["i", "n - 1 - i", "q[i]", "(i + 1) % n"]
ROWS = ["i", "i", "n - 1 - i", "q[i]", "i / 2"]


def expression(depth=0):
    kind = random.random()
    if kind < 0.35:
        return f"u[{random.choice(INPUTS)}]"
    if kind < 0.7:
        return f"{random.choice('ab')}[{random.choice(SUBSCRIPTS)}]"
    if depth > 1:
        return "0.5"
    return f"({expression(depth + 1)} {random.choice('+*-')} {expression(depth + 1)})"


def statement():
    target = random.choice("ababr")
    subscript = random.choice(ROWS if target == "r" else SUBSCRIPTS)
    return f"{target}[{subscript}] {random.choice(['=', '+=', '+='])} {expression()};"


def body():
    start = random.choice(["0", "u[i]", "u[i] * u[i]"])
    lines = [f"for (int i = 0; i < n; ++i) {{ a[i] = 0; b[i] = {start}; r[i] = 0; }}"]
    for _ in range(random.randint(1, 4)):
        loop = "for (int i = 0; i < n; ++i) { " + " ".join(statement() for _ in range(random.randint(1, 3))) + " }"
        lines.append(("for (int t = 0; t < 2; ++t) " if random.random() < 0.25 else "") + loop)
    end = random.choice(["a[i]", "b[i]", "a[i] * b[i]", "a[i / 2] + b[i]"])
    lines.append(f"for (int i = 0; i < n; ++i) r[i] += {end};")
    return "\n  ".join(lines)


def main():
    random.seed(int(sys.argv[1]))
    count = int(sys.argv[2])
    print('#include "work_arrays.hpp"')
    for k in range(count):
        text = body()
        for mode in ("auto", "forward"):
            print(f'SPARSEAD_JACOBIAN("r[n] <- u[n]; a[n], b[n]", "mode={mode}")')
            print(f"void f{k}_{mode}(int n, const int *q, const double *u, double *a, double *b, double *r) {{")
            print(f"  {text}\n}}")
    print("int main() {")
    for k in range(count):
        print(f'  compare<sparsead::jacobian<&f{k}_auto>, sparsead::jacobian<&f{k}_forward>>("f{k}");')
    print("  return report();\n}")


main()
