"""Random functions with affine subscripts: the relation at compile time, the inspector's pattern, and a run of the same
function on sets must agree at several sizes.

usage: random_programs.py SEED COUNT DIRECTORY COMPILER [FLAGS] -- [LINK FLAGS]
"""
import itertools
import os
import random
import re
import subprocess
import sys


class Generator:
    """One function over arrays of n (or n*m) elements: inputs u and v, a work array w, an output r, and x in place."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.planar = self.random.random() < 0.4
        self.species = 2 if self.random.random() < 0.2 else 1

    def pick(self, *choices):
        return self.random.choice(choices)

    def index(self, name, size):
        """A subscript below size, for 0 <= name < size."""
        c = self.pick(1, 1, 2)
        return self.pick(
            name, name, name,
            f"std::max({name} - {c}, 0)", f"std::min({name} + {c}, {size} - 1)",
            f"({name} + 1) % {size}", f"({name} + {size} - 1) % {size}",
            f"({name} == 0 ? {size} - 1 : {name} - 1)", f"({name} == {size} - 1 ? 0 : {name} + 1)",
            f"{size} - 1 - {name}")

    def element(self, array, names):
        if self.planar:
            i, j = names
            flat = f"({self.index(i, 'n')}) * m + ({self.index(j, 'm')})"
        else:
            flat = self.index(names[0], "n")
        if self.species == 2:
            flat = f"2 * ({flat}) + {self.pick('0', '1', 's' if 's' in self.loops else '0')}"
        return f"{array}[{flat}]"

    def guarded(self, array, names):
        """(condition, element): beyond the index, and a test that keeps it inside."""
        i = names[0]
        c = self.pick(1, 1, 2)
        up = self.pick(True, False)
        flat, condition = (f"{i} + {c}", f"{i} < n - {c}") if up else (f"{i} - {c}", f"{i} >= {c}")
        if self.planar:
            flat = f"({flat}) * m + {names[1]}"
        if self.species == 2:
            flat = f"2 * ({flat})"
        return condition, f"{array}[{flat}]"

    def value(self, names, arrays):
        terms = []
        for _ in range(self.random.randint(1, 3)):
            a, b = (self.element(self.pick(*arrays), names) for _ in range(2))
            kind = self.random.random()
            if kind < 0.4:
                terms.append(a)
            elif kind < 0.7:
                terms.append(f"{a} * {b}")
            else:
                condition, inside = self.guarded(self.pick(*arrays), names)
                terms.append(f"({condition} ? {inside} : {b})")
        return " + ".join(terms)

    def statement(self, names, indent):
        reads = self.pick(["u"], ["u", "v"], ["u", "w"], ["u", "v", "w"], ["u", "x"])
        target = self.pick("r", "r", "w", "x")
        kind = self.random.random()
        if kind < 0.15:  # a sum over a row
            inner = "p"
            condition = self.pick("", f"if (p < {names[0]}) ")
            return [f"{indent}{{", f"{indent}  T s1 = {self.element('u', names)};",
                    f"{indent}  for (int p = 0; p < n; ++p) {condition}s1 = s1 + "
                    f"{self.element('v', (inner, names[-1]) if self.planar else (inner,))};",
                    f"{indent}  {self.element(target, names)} = s1;", f"{indent}}}"]
        lines = [f"{indent}{self.element(target, names)} {self.pick('=', '=', '+=')} {self.value(names, reads)};"]
        if kind > 0.75:
            condition, _ = self.guarded(target, names)
            lines = [f"{indent}if ({condition})", "  " + lines[0]]
        return lines

    def function(self, number):
        lines = [f"template <class T> void body{number}(int n, int m, const T *u, const T *v, T *r, T *w, T *x) {{"]
        for _ in range(self.random.randint(1, 3)):
            names, indent = ["i"], "  "
            self.loops = ["i"]
            low, high = self.pick(("0", "n"), ("0", "n"), ("1", "n"), ("0", "n - 1"), ("1", "n - 1"))
            lines.append(f"{indent}for (int i = {low}; i < {high}; ++i) {{")
            if self.planar:
                lines.append(f"{indent}  for (int j = 0; j < m; ++j) {{")
                names.append("j")
                indent += "  "
            if self.species == 2 and self.random.random() < 0.5:
                lines.append(f"{indent}  for (int s = 0; s < 2; ++s) {{")
                self.loops.append("s")
                indent += "  "
            for _ in range(self.random.randint(1, 2)):
                lines += self.statement(tuple(names), indent + "  ")
            while indent:
                lines.append(indent + "}")
                indent = indent[2:]
        lines.append("}")
        size = ("2*" if self.species == 2 else "") + ("n*m" if self.planar else "n")
        lines.append(f'SPARSEAD_JACOBIAN("r[{size}], x[{size}] <- u[{size}], v[{size}], x[{size}]; w[{size}]", "mode=forward")')
        lines.append(f"void f{number}(int n, int m, const double *u, const double *v, double *r, double *w, double *x) {{")
        lines.append(f"  body{number}(n, m, u, v, r, w, x);")
        lines.append("}")
        return lines, size


HEAD = """#include <sparsead/sparsead.hpp>
#include <algorithm>
#include <cstdio>
#include <iterator>
#include <set>
#include <vector>
struct Traced {
  std::set<int> from;
  Traced &operator+=(const Traced &o) { from.insert(o.from.begin(), o.from.end()); return *this; }
};
inline Traced operator+(Traced a, const Traced &b) { return a += b; }
inline Traced operator*(Traced a, const Traced &b) { return a += b; }
"""

TAIL = """
template <auto F, class Body> void compare(int number, int n, int m, int size, Body body) {
  std::vector<Traced> u(size), v(size), r(size), w(size), x(size);
  for (int k = 0; k < size; ++k) { u[k].from = {k}; v[k].from = {size + k}; x[k].from = {2 * size + k}; }
  body(n, m, u.data(), v.data(), r.data(), w.data(), x.data());
  std::vector<double> a(size), b(size), c(size), d(size), e(size);
  auto plan = sparsead::jacobian<F>::plan(n, m, a.data(), b.data(), c.data(), d.data(), e.data());
  std::printf("%d %d %d %d |", number, n, m, size);
  for (auto *rows : {&r, &x})
    for (int k = 0; k < size; ++k)
      for (int j : (*rows)[k].from) std::printf(" %d,%d", int((rows == &r ? 0 : size) + k), j);
  std::printf(" |");
  for (int i = 0; i < plan.rows(); ++i)
    for (int k = plan.row_ptr()[i]; k < plan.row_ptr()[i + 1]; ++k) std::printf(" %d,%d", i, plan.col_ind()[k]);
  std::printf("\\n");
}
"""


def linear(text, values):
    """Value of a sum of products."""
    return eval(text, {"__builtins__": {}}, values)


def split_formula(text):
    shapes = {}
    head, body = ("", text) if text.startswith("{") else text.split(" : {", 1)
    for name, extents in re.findall(r"(\w+)\[_((?:, [^\]]*)?)\]", head):
        shapes[name] = [e for e in extents.split(", ") if e]
    pieces = body.strip().lstrip("{").rstrip("}").strip()
    return shapes, [p.strip() for p in pieces.split(";")] if pieces else []


def at_sizes(text, sizes, size):
    """The relation's pairs at given sizes, by trying all indices: slow, and independent of the compiler's own code."""
    shapes, pieces = split_formula(text)
    found = set()
    order_out, order_in = {"r": 0, "x": 1}, {"u": 0, "v": 1, "x": 2}
    for piece in pieces:
        match = re.match(r"(\w+)\[([^\]]*)\] -> (\w+)\[([^\]]*)\](?: : (.*))?$", piece)
        out, out_index, inp, in_index, condition = match.groups()
        names = out_index.split(", ")
        extents = [linear(e, sizes) for e in shapes.get(out, [])]
        in_extents = [linear(e, sizes) for e in shapes.get(inp, [])]
        quantified = []
        if condition and condition.startswith("exists"):
            quantified, condition = condition[7:].split(" : ", 1)
            quantified = quantified.split(", ")
        condition = condition.replace(" = ", " == ") if condition else "True"
        in_code = compile("(" + in_index + ",)", "index", "eval")
        code = compile(condition, "condition", "eval")
        for row in range(size):
            rest, index = row, []
            for extent in reversed(extents):
                index.insert(0, rest % extent)
                rest //= extent
            values = dict(sizes)
            values.update(zip(names, [rest] + index))
            for extra in itertools.product(range(-2, 2 * size + 2), repeat=len(quantified)):
                values.update(zip(quantified, extra))
                if eval(code, {"__builtins__": {}}, values):
                    column = 0
                    for k, i in enumerate(eval(in_code, {"__builtins__": {}}, values)):
                        column = column * (in_extents[k - 1] if k else 0) + i
                    found.add((order_out[out] * size + row, order_in[inp] * size + column))
    return found


def main():
    seed, count, directory, compiler = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
    flags = sys.argv[5:sys.argv.index("--")]
    link = sys.argv[sys.argv.index("--") + 1:]
    os.makedirs(directory, exist_ok=True)
    source = os.path.join(directory, "random.cpp")
    lines, begins, calls = HEAD.splitlines(), [], []
    for number in range(count):
        begins.append(len(lines))
        body, size = Generator(seed * 1000 + number).function(number)
        lines += body
        for n, m in ((1, 1), (2, 1), (3, 2), (4, 3), (5, 4)):
            calls.append(f"  compare<&f{number}>({number}, {n}, {m}, {eval(size, {}, dict(n=n, m=m))}, "
                         f"[](auto... a) {{ body{number}(a...); }});")
    with open(source, "w") as file:
        file.write("\n".join(lines) + TAIL + "int main() {\n" + "\n".join(calls) + "\n}\n")
    binary = os.path.join(directory, "random")
    built = subprocess.run([compiler, *flags, "-std=c++17", "-O1", "-fplugin-arg-sparsead-dump=pattern",
                            "-Rpass-analysis=sparsead", source, "-o", binary, *link], capture_output=True, text=True)
    if built.returncode:
        sys.exit("FAIL: " + built.stderr)
    formulas = {}
    for line in built.stdout.splitlines():
        match = re.match(r"Jacobian of 'f(\d+)' \(.*?\): (.*)$", line)
        formulas[int(match.group(1))] = match.group(2)
    remarked = set()
    for line, text in re.findall(r"random\.cpp:(\d+):\d+: remark: (.*)", built.stderr):
        if "may be too large" in text:
            remarked.add(max(k for k in range(count) if begins[k] < int(line)))
    missing = {k for k in formulas if formulas[k].startswith("no relation")}
    wide, failed = set(), []
    run = subprocess.run([binary], capture_output=True, text=True, timeout=300)
    if run.returncode:
        sys.exit("FAIL: " + run.stderr)
    for line in run.stdout.splitlines():
        head, traced, inspected = line.split("|")
        number, n, m, size = map(int, head.split())
        truth = {tuple(map(int, p.split(","))) for p in traced.split()}
        pattern = {tuple(map(int, p.split(","))) for p in inspected.split()}
        if pattern != truth:
            failed.append(f"f{number} at n={n} m={m}: the inspector's pattern differs: {sorted(pattern ^ truth)[:4]}")
        if number in missing:
            continue
        relation = at_sizes(formulas[number], dict(n=n, m=m), size)
        if truth - relation:
            failed.append(f"f{number} at n={n} m={m}: the relation lacks {sorted(truth - relation)[:4]}: {formulas[number]}")
        elif relation != truth:
            wide.add(number)
            if number not in remarked:
                failed.append(f"f{number} at n={n} m={m}: the relation has {sorted(relation - truth)[:4]} too many, "
                              f"without a remark: {formulas[number]}")
    for text in failed[:10]:
        print("FAIL:", text)
    print(f"{count} functions, {len(missing)} without a relation, {len(wide)} larger than necessary, "
          f"{len(failed)} failures")


main()
