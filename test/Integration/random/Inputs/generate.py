#!/usr/bin/env python3
"""Writes random functions of one signature, and a main that holds the derivatives of each against each other.

    generate.py SEED COUNT > program.cpp

Function k of a seed is the same whatever the count. All functions are total: subscripts stay in [0, n), quotients and
roots away from zero, so that every size and every data is a test. What each draws from is what users write: loops in
many forms, neighbours at seams, indices through arrays, sums over rows, temporaries of every kind, branches on data
and on switches, helpers, outputs that are stored to in several ways.
"""
import random
import sys

UNSIGNED = ("unsigned", "size_t", "uint16_t", "uint8_t")
WIDE = ("long", "int64_t")


class Writer:
    """One function."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.lines = []
        self.indent = 1
        self.names = 0
        self.variables = []  # induction variables in scope: (name, type)
        self.arrays = []  # temporaries that may be read
        self.scalars = []  # active numbers in scope
        self.release = []
        self.budget = 0  # operations that the current expression may still have
        self.work_used = False
        # Some functions hold what a strategy may refuse; most do not, so that the others are tested too.
        self.wild = self.chance(0.2)

    # Small things.

    def chance(self, p):
        return self.rng.random() < p

    def one_of(self, *choices):
        return self.rng.choice(choices)

    def weighted(self, *pairs):
        return self.rng.choices([value for _, value in pairs], [weight for weight, _ in pairs])[0]

    def line(self, text):
        self.lines.append("  " * self.indent + text)

    def open(self, text):
        self.line(text)
        self.indent += 1

    def close(self, text="}"):
        self.indent -= 1
        self.line(text)

    def name(self, prefix="t"):
        self.names += 1
        return f"{prefix}{self.names}"

    # Subscripts in [0, n).

    def index(self):
        if not self.variables:
            return self.one_of("0", "n - 1", "n / 2")
        name, kind = self.one_of(*(self.variables[-2:] if self.chance(0.85) else self.variables))
        if self.chance(0.4):
            return name
        i = name
        if kind in UNSIGNED:
            if self.chance(0.5):
                i = f"(int){name}"
            else:
                n = "(size_t)n" if kind == "size_t" else "(unsigned)n"
                return self.one_of(
                    f"({i} + 1) % {n}", f"({i} + {n} - 1) % {n}", f"({i} == 0 ? n - 1 : {i} - 1)",
                    f"({i} > 0 ? {i} - 1 : 0)", f"std::min<{kind}>({i} + 1, n - 1)", f"({i} + 1 == {n} ? 0 : {i} + 1)",
                    f"({i} + 1 < {n} ? {i} + 1 : {i})", f"(n - 1 - {i})", f"idx[{i}]", f"idx[({i} + 1) % {n}]")
        elif kind in WIDE:
            if self.chance(0.5):
                i = f"(int){name}"
            else:
                return self.one_of(
                    f"({i} + 1) % n", f"({i} + n - 1) % n", f"std::max<{kind}>({i} - 1, 0)",
                    f"std::min<{kind}>({i} + 2, n - 1)", f"std::clamp<{kind}>({i} + 1, 0, n - 1)",
                    f"({i} == 0 ? n - 1 : {i} - 1)", f"({i} < 2 ? 0 : {i} - 2)", f"idx[{i}]")
        return self.one_of(
            f"({i} + 1) % n", f"({i} + 2) % n", f"({i} + n - 1) % n", f"({i} == 0 ? n - 1 : {i} - 1)",
            f"({i} + 1 == n ? 0 : {i} + 1)", f"std::max({i} - 1, 0)", f"std::min({i} + 1, n - 1)",
            f"std::clamp({i} + 2, 0, n - 1)", f"std::clamp({i} - 2, 0, n - 1)", f"({i} > 0 ? {i} - 1 : 0)",
            f"wrap({i} - 1, n)", f"wrap({i} + 3, n)", f"{i} * 2 % n", f"{i} / 2", f"(n - 1 - {i})", f"idx[{name}]",
            f"idx[({i} + 1) % n]", f"perm[{name}]", "0", "n - 1",
            f"({i} ^ ({i} > 0 && {i} < n - 1 && ({i} ^ 1) < n))",
            f"std::max(0, std::min(n - 1, {i} + c.shift))", f"({i} + c.shift + 4 * n) % n")

    # Expressions.

    def load(self):
        i = self.index()
        if self.arrays and self.chance(0.35):
            return f"{self.one_of(*self.arrays)}[{i}]"
        if self.variables and self.chance(0.06):
            name, kind = self.variables[-1]
            n = f"({kind})n" if kind in UNSIGNED else "n"
            if self.chance(0.5):
                return f"({name} > 0 ? u[{name} - 1] : {self.one_of('0.0', '1.0', 'c.table[0]', 'v[0]')})"
            return f"({name} + 1 < {n} ? v[{name} + 1] : {self.one_of('0.0', 'u[0]', '2.5')})"
        return self.weighted((60, f"u[{i}]"), (20, f"v[{i}]"), (6, f"g[{i}]"), (6, f"s[{i}].{self.one_of('a', 'b')}"),
                             (4, f"c.rows[{self.one_of('0', '1')}][{i}]"))

    def inactive(self):
        return self.one_of("0.5", "2.0", "(-1.25)", "1.0", "c.nu", f"c.table[{self.index()}]",
                           f"c.table[{self.index()}]")

    def known(self):
        """A condition on what is known while planning."""
        choices = ["c.flag", "!c.flag", "c.mode == 1", "c.mode > 0"]
        if self.variables:
            i, kind = self.variables[-1]
            n = f"({kind})n" if kind in UNSIGNED else "n"
            choices += [f"{i} % 2 == 0", f"{i} > 0", f"{i} < {n} / 2", f"idx[{i}] > 2", f"c.table[{i}] > 0",
                        f"{i} != 1", f"({i} == 0 || {i} + 1 == {n})",
                        f"{i} >= 1" if kind in UNSIGNED else f"({i} >= 1 && {i} < n - 1)"]
        return self.one_of(*choices)

    def unknown(self):
        """A condition on active data."""
        return f"{self.load()} {self.one_of('>', '<', '>=')} {self.one_of('0.1', '0.0', self.load())}"

    def condition(self):
        return self.one_of(self.known, self.unknown)()

    def expression(self, depth=3):
        self.budget = 10
        return self.term(depth)

    def term(self, depth):
        self.budget -= 1
        if depth <= 0 or self.budget < 0 or self.chance(0.2):
            if self.scalars and self.chance(0.4):
                return self.one_of(*self.scalars)
            return self.load() if self.chance(0.85) else self.inactive()

        def e():
            return self.term(depth - 1)

        kind = self.weighted(
            (30, "arithmetic"), (15, "scaled"), (5, "quotient"), (10, "smooth"), (3, "gauss"), (3, "root"), (3, "abs"),
            (4, "extremum"), (4, "unknown"), (6, "known"), (4, "mix"), (3, "flux"), (2, "float"), (2, "upwind"),
            (3, "minus"), (4, "square"))
        if kind == "arithmetic":
            return f"({e()} {self.one_of('+', '-', '+', '*')} {e()})"
        if kind == "scaled":
            return f"({self.inactive()} * {e()})"
        if kind == "quotient":
            return f"({e()} / (1.5 + square({e()})))"
        if kind == "smooth":
            return f"std::{self.one_of('sin', 'cos', 'tanh', 'atan')}({e()})"
        if kind == "gauss":
            return f"std::exp(-square({e()}))"
        if kind == "root":
            return f"std::sqrt(1.0 + square({e()}))"
        if kind == "abs":
            return f"std::fabs({e()})"
        if kind == "extremum":
            return f"{self.one_of('std::max<double>', 'std::min<double>', 'fmax', 'fmin')}({e()}, {e()})"
        if kind == "unknown":
            return f"(({self.unknown()}) ? {e()} : {e()})"
        if kind == "known":
            return f"(({self.known()}) ? {e()} : {e()})"
        if kind == "mix":
            return f"mix({e()}, {e()}, {self.inactive()})"
        if kind == "flux":
            return f"flux({e()}, {e()})"
        if kind == "float":
            return f"(double)(float)({e()})"
        if kind == "upwind":
            return f"upwind(u, {self.index()}, n)"
        if kind == "minus":
            return f"(-({e()}))"
        return f"square({e()})"

    # Sums.

    def sum_loop(self, i):
        """Opens a loop; returns the factor of its terms, and what it adds to the variables."""
        k = self.name("k")
        kind = self.weighted((35, "row"), (20, "all"), (10, "few"), (10, "until"), (7, "from"), (8, "near"),
                             (5, "size"), (5, "down"))
        if kind == "row":
            self.open(f"for (int {k} = c.begin[{i}]; {k} < c.begin[{i} + 1]; ++{k}) {{")
            j = self.name("j")
            self.line(f"int {j} = c.column[{k}];")
            return f"c.weight[{k}]", [(k, None), (j, "int")]
        head = {
            "all": f"for (int {k} = 0; {k} < n; ++{k}) {{",
            "few": f"for (int {k} = 0; {k} < 3 && {k} < n; ++{k}) {{",
            "until": f"for (int {k} = 0; {k} <= (int){i}; ++{k}) {{",
            "from": f"for (int {k} = (int){i}; {k} < n; {k} += 2) {{",
            "near": f"for (int {k} = std::max(0, (int){i} - 1); {k} < std::min(n, (int){i} + 2); ++{k}) {{",
            "size": f"for (size_t {k} = 0; {k} < (size_t)std::min(n, 4); ++{k}) {{",
            "down": f"for (int {k} = n - 1; {k} >= 0; --{k}) {{",
        }[kind]
        self.open(head)
        return self.inactive(), [(k, "size_t" if kind == "size" else "int")]

    def reduction(self, nested=False):
        """Writes a loop that makes a sum (or, rarely, something else); returns its name."""
        a, b = self.name("a"), None
        product = self.chance(0.06)
        start = "1.0" if product else self.weighted((2, "0.0"), (1, self.expression(1)), (1, "c.nu"))
        self.line(f"double {a} = {start};")
        if self.chance(0.15):
            b = self.name("b")
            self.line(f"double {b} = {self.one_of('0.0', '1.0', self.expression(0))};")
        outer, outer_scalars = list(self.variables), list(self.scalars)
        factor, more = self.sum_loop(outer[-1][0] if outer else "0")
        self.variables += [v for v in more if v[1]]
        self.scalars = []
        if self.chance(0.15):
            self.line(f"if ({self.known()}) continue;")
        if self.chance(0.04):
            self.line(f"if ({self.known()}) break;")
        if self.chance(0.3):
            t = self.name()
            self.line(f"double {t} = {self.expression(2)};")
            self.scalars.append(t)
        if not nested and self.chance(0.15):
            self.scalars.append(self.reduction(nested=True))
        sign = self.one_of("+", "+", "-")
        if product:
            self.line(f"{a} *= 0.7 + 0.1 * std::tanh({self.load()});")
        else:
            self.line(self.weighted(
                (50, f"{a} {sign}= {factor} * {self.expression(2)};"),
                (25, f"if ({self.condition()}) {a} {sign}= {self.expression(2)};"),
                (10, f"if ({self.condition()}) {a} += {self.expression(2)}; else {a} -= {self.expression(1)};"),
                (5, f"{a} = std::max({a}, {self.expression(1)});"),
                (4, f"{a} = {self.expression(1)} - {a};"),
                (4, f"{a} += {a} * std::tanh({self.load()}) * 0.1;")))
            if self.chance(0.1):
                self.line(f"{a} += {self.expression(1)};")
        if b:
            self.line(f"{b} += {self.one_of(self.expression(1), self.expression(1), a)};")
        self.close()
        self.variables, self.scalars = outer, outer_scalars
        return self.one_of(a, a, f"({a} * {b})", f"({a} + {b})") if b else a

    # Loops over [0, n), or a part of it.

    def loop(self):
        """Returns (variable, type, text that closes it, text that stands for `continue`)."""
        i = self.name("i")
        kind = self.one_of("int", "int", "int", "int", "unsigned", "size_t", "long", "int64_t", "short", "uint16_t",
                           "uint8_t")
        form = self.weighted((50, "all"), (12, "inner"), (5, "down"), (3, "size down"), (4, "even"), (3, "while"),
                             (2, "do"), (3, "until"), (3, "part"), (3, "unequal"), (5, "rows"), (4, "columns"),
                             (3, "order"))
        if form == "all":
            n = f"({kind})n" if kind in UNSIGNED else "n"
            self.open(f"for ({kind} {i} = 0; {i} < {n}; {self.one_of('++' + i, i + '++', i + ' += 1')}) {{")
            return i, kind, "}", "continue;"
        if form == "size down":
            self.open(f"for (size_t {i} = n; {i}-- > 0;) {{")
            return i, "size_t", "}", "continue;"
        if form == "while":
            self.open(f"for (int {i} = 0; {i} < n;) {{")
            return i, "int", f"++{i}; }}", f"{{ ++{i}; continue; }}"
        if form == "do":
            self.open(f"if (n > 0) {{ int {i} = 0; do {{")
            return i, "int", f"}} while (++{i} < n); }}", "continue;"
        if form in ("rows", "columns"):
            x, y = self.name("x"), self.name("y")
            first, last = self.one_of("0", "0", "1"), self.one_of("c.nx", "c.nx - 1")
            outer = f"for (int {y} = 0; {y} < n / c.nx; ++{y})"
            inner = f"for (int {x} = {first}; {x} < {last}; ++{x})"
            if form == "columns":
                outer, inner = inner, outer
            self.open(f"{outer} {inner} {{")
            self.line(f"int {i} = {y} * c.nx + {x};")
            return i, "int", "}", "continue;"
        if form == "order":
            k = self.name("k")
            self.open(f"for (int {k} = 0; {k} < n; ++{k}) {{")
            self.line(f"int {i} = perm[{k}];")
            return i, "int", "}", "continue;"
        self.open({
            "inner": f"for (int {i} = 1; {i} < n - 1; ++{i}) {{",
            "down": f"for (int {i} = n - 1; {i} >= 0; --{i}) {{",
            "even": f"for (int {i} = 0; {i} < n; {i} += 2) {{",
            "until": f"for (int {i} = 0; {i} <= n - 1; ++{i}) {{",
            "part": f"for (int {i} = c.low; {i} < std::min(n, c.high); ++{i}) {{",
            "unequal": f"for (int {i} = 0; {i} != n; ++{i}) {{",
        }[form])
        return i, "int", "}", "continue;"

    # Temporaries.

    def allocate(self):
        t = self.name("T")
        kind = self.weighted((20, "array"), (20, "vector"), (15, "malloc"), (15, "new"), (8, "std::array"),
                             (14, "work"), (8, "unique"))
        if kind == "work" and not self.work_used:
            self.work_used = True
            return "w"
        if kind == "array":
            self.line(f"double {t}[64];")
        elif kind == "vector":
            self.line(f"std::vector<double> {t}(n + 1);")
        elif kind == "malloc":
            self.line(f"double *{t} = (double *)std::malloc(sizeof(double) * (n + 1));")
            self.release.append(f"std::free({t});")
        elif kind == "new":
            self.line(f"double *{t} = new double[n + 1];")
            self.release.append(f"delete[] {t};")
        elif kind == "std::array":
            self.line(f"std::array<double, 64> {t};")
        else:
            self.line(f"auto {t}_ = std::make_unique<double[]>(n + 1);")
            self.line(f"double *{t} = {t}_.get();")
        return t

    def temporary(self):
        t = self.allocate()
        whole = self.chance(0.6)
        if whole:
            i, kind = self.name("i"), self.one_of("int", "size_t", "unsigned")
            self.open(f"for ({kind} {i} = 0; {i} < ({kind})n; ++{i}) {{")
            end = "}"
        else:
            z = self.name("z")
            self.line(self.one_of(
                f"for (int {z} = 0; {z} < n; ++{z}) {t}[{z}] = {self.one_of('0.0', '0.5')};",
                f"std::memset(&{t}[0], 0, sizeof(double) * n);",
                f"std::fill(&{t}[0], &{t}[0] + n, {self.one_of('0.0', '1.5')});",
                f"std::fill_n(&{t}[0], n, 0.0);"))
            i, kind, end, _ = self.loop()
        self.variables.append((i, kind))
        if self.chance(0.2):
            self.statement()
        e = self.reduction() if self.wild and self.chance(0.25) else self.expression(2)
        if whole or self.chance(0.5):
            self.line(f"{t}[{i}] = {e};")
        else:
            c = self.condition() if self.wild else self.known()
            self.line(self.one_of(f"if ({c}) {t}[{i}] = {e};", f"{t}[{i}] += {e};", f"{t}[idx[{i}]] = {e};",
                                  f"{t}[0] = {e};"))
        self.variables.pop()
        self.scalars = []
        self.close(end)
        self.arrays.append(t)
        if self.chance(0.12 if self.wild else 0.03):
            copy, z = self.name("T"), self.name("z")
            self.line(f"double {copy}[64];")
            self.line(self.one_of(f"std::memcpy({copy}, &{t}[0], sizeof(double) * n);",
                                  f"std::copy(&{t}[0], &{t}[0] + n, {copy});",
                                  f"for (int {z} = 0; {z} < n; ++{z}) {copy}[{z}] = {t}[{z}];"))
            self.arrays.append(copy)
        if self.chance(0.05):
            z = self.name("z")
            value = self.one_of(f"v[{z}] * 2", "0.25", f"u[{z}] * v[{z}]", f"{t}[{z}] * 0.5", f"{t}[n - 1 - {z}] + 1")
            self.line(f"for (int {z} = 0; {z} < n; ++{z}) {t}[{z}] = {value};")
        if len(self.arrays) > 1 and self.chance(0.04):
            a, b = self.rng.sample(self.arrays, 2)
            p, q = self.name("p"), self.name("p")
            self.line(f"double *{p} = &{a}[0], *{q} = &{b}[0];")
            self.line(f"{self.one_of('', 'if (c.flag) ')}std::swap({p}, {q});")
            self.arrays.append(p)

    # Statements of a loop's body.

    def statement(self):
        kind = self.weighted((50, "number"), (10, "array"), (7, "pair"), (7, "changed"), (6, "lambda"), (6, "split"),
                             (14, "sum"))
        t = self.name()
        if kind == "number":
            self.line(f"{self.one_of('const double', 'double', 'auto', 'double', 'float')} {t} = {self.expression(2)};")
        elif kind == "array":
            a = self.name("L")
            self.line(f"double {a}[3] = {{{self.expression(1)}, {self.expression(1)}, {self.expression(1)}}};")
            self.line(f"double {t} = {a}[{self.one_of('0', '1', self.variables[-1][0] + ' % 3')}] + {a}[2];")
        elif kind == "pair":
            self.line(f"Pair {t}{{{self.expression(1)}, {self.expression(1)}}};")
            self.scalars += [t + ".a", t + ".b"]
            return
        elif kind == "changed":
            self.line(f"double {t} = {self.expression(1)};")
            self.line(f"if ({self.condition()}) {t} {self.one_of('', '+', '*', '-')}= {self.expression(1)};")
        elif kind == "lambda":
            f = self.name("f")
            self.line(f"auto {f} = [&](double a, double b) {{ return a * b + {self.load()}; }};")
            self.line(f"double {t} = {f}({self.expression(1)}, {self.expression(1)});")
        elif kind == "split":
            self.line(f"double {t} = 0, {t}_ = 0;")
            self.line(f"split({self.expression(1)}, {self.expression(1)}, {t}, {t}_);")
            self.scalars.append(t + "_")
        else:
            t = self.reduction()
        self.scalars.append(t)

    def target(self, i):
        return self.weighted((60, f"r[{i}]"), (25, f"q[{i}]"), (15, f"h[{i}]"))

    def store(self, i, skip, scatters):
        t, e = self.target(i), self.expression(3)
        if scatters:
            self.line(f"{t} {self.one_of('+', '+', '-')}= {e};")
            return
        wild = 1 if self.wild else 0
        kind = self.weighted((40, "plain"), (10, "from zero"), (8, "add"), (4 * wild, "times"), (5, "then add"),
                             (4, "known"), (4 * wild, "unknown"), (3, "known over"), (3 * wild, "unknown over"),
                             (3, "skip"), (3, "switch"), (3 * wild, "read"), (3, "twice"), (3, "call"), (4, "pointer"))
        if kind == "plain":
            self.line(f"{t} = {e};")
        elif kind == "from zero":
            self.line(f"{t} = 0;")
            self.line(f"{t} += {e};")
            self.line(f"{t} {self.one_of('+', '-')}= {self.expression(2)};")
        elif kind == "add":
            self.line(f"{t} += {e};")
        elif kind == "times":
            self.line(f"{t} = {e};")
            self.line(f"{t} *= {self.inactive()};")
        elif kind == "then add":
            self.line(f"{t} = {e};")
            self.line(f"{t} += {self.expression(1)};")
        elif kind in ("known", "unknown"):
            c = self.known() if kind == "known" else self.unknown()
            self.line(f"if ({c}) {t} = {e}; else {t} = {self.expression(2)};")
        elif kind == "known over":
            self.line(f"{t} = {self.inactive()};")
            self.line(f"if ({self.known()}) {t} = {e};")
        elif kind == "unknown over":
            self.line(f"{t} = {e};")
            self.line(f"if ({self.unknown()}) {t} = {self.one_of('-1.0', self.expression(1))};")
        elif kind == "skip":
            self.line(f"if ({self.known()}) {skip}")
            self.line(f"{t} = {e};")
        elif kind == "switch":
            s = self.one_of("c.mode", f"(int){i} % 3")
            self.line(f"switch ({s}) {{ case 0: {t} = {e}; break; case 1: {t} = {self.expression(1)}; "
                      f"{self.one_of('break;', '')} default: {t} = {self.expression(1)}; }}")
        elif kind == "read":
            self.line(f"{t} = {e};")
            self.line(f"{self.target(i)} = {self.one_of(self.expression(1), t)};")
        elif kind == "twice":
            self.line(f"{t} = {e};")
            self.line(f"{t} = {self.expression(1)};")
        elif kind == "call":
            self.line(f"put({t.replace('h[', 'r[')}, {e});")
        else:
            self.line(f"*(&r[0] + {i}) = {e};")

    def phase(self):
        if self.chance(0.12):
            t, z = self.one_of("r", "q"), self.name("z")
            self.line(self.one_of(f"for (int {z} = 0; {z} < n; ++{z}) {t}[{z}] = 0;",
                                  f"std::memset({t}, 0, sizeof(double) * n);",
                                  f"std::fill({t}, {t} + n, {self.one_of('0.0', '1.0')});"))
        i, kind, end, skip = self.loop()
        self.variables.append((i, kind))
        self.scalars = []
        for _ in range(self.one_of(0, 0, 1, 1, 2, 3)):
            self.statement()
        for _ in range(self.one_of(1, 1, 1, 2, 3)):
            scatters = self.chance(0.12)
            signed = kind not in UNSIGNED
            where = self.one_of(f"idx[{i}]", f"({i} + 1) % n" if signed else f"idx[{i}]") if scatters else self.weighted(
                (5, i), (1, f"(n - 1 - {i})"), (1, f"perm[{i}]"))
            self.store(where, skip, scatters)
        self.variables.pop()
        self.scalars = []
        self.close(end)

    def edge(self):
        kind = self.weighted((40, "element"), (15, "leave"), (15, "switch"), (30, "none"))
        if kind == "element":
            self.line(f"if (n > 0) {self.one_of('r', 'q')}[{self.one_of('0', 'n - 1')}] "
                      f"{self.one_of('', '+')}= {self.expression(2)};")
        elif kind == "leave" and not self.release:
            self.line("if (n < 2) return;")
        elif kind == "switch":
            z = self.name("z")
            self.line(f"if ({self.one_of('c.flag', 'c.mode')}) for (int {z} = 0; {z} < n; ++{z}) r[{z}] "
                      f"{self.one_of('', '+')}= {self.one_of(f'u[{z}]', f'v[n - 1 - {z}]', f'square(u[{z}])')};")

    def function(self, name):
        self.line("const int n = c.n, *idx = c.index, *perm = c.order;")
        if self.chance(0.08):
            self.line("if (n == 0) return;")
        if self.chance(0.03):
            self.line("if (c.mode < 0) { r[0] = 1; return; }")
        for _ in range(self.one_of(0, 0, 0, 1, 1, 2, 3)):
            self.temporary()
        for _ in range(self.one_of(1, 1, 2, 3)):
            self.phase()
            if self.chance(0.15):
                self.edge()
            if self.chance(0.1):
                self.temporary()
        for text in self.release:
            self.line(text)
        return "\n".join([f"FUNCTION({name}) {{"] + self.lines + ["}", ""])


def main():
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    names = [f"f{seed * 1000 + k}" for k in range(count)]
    print('#include "drive.hpp"\n')
    for k, name in enumerate(names):
        print(Writer(seed * 1000 + k).function(name))
    print("int main() {")
    for name in names:
        print(f'  drive<{name}, Swept>("{name}", [](auto &&...x) {{ {name}(x...); }});')
    print("  return finish();\n}")


main()
