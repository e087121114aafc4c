"""Functions of loops that hand work arrays on, over lines and planes, each twice: as the compiler chooses and in forward
mode. Arrays are zero at first, or filled by a loop; loops read elements before and behind their own, write arrays that
earlier loops read, and single elements are stored between them. usage: chains.py SEED COUNT > file.cpp"""

import random
import sys

PAD = 3  # elements around each array


class Line:
    """for (i) x[i + PAD + shift]"""

    plane = False
    size = f"n + {2 * PAD}"

    def subscript(self, shift):
        text = f"i + {PAD + shift}"
        return f"S * ({text})" if self.scaled else text

    def __init__(self):
        self.scaled = random.random() < 0.15
        self.index = random.choice(["int", "int", "long", "std::size_t"])
        if self.scaled:
            self.index = "int"
            self.size = f"3 * (n + {2 * PAD})"

    def loop(self, low, high, body):
        body = body.replace("S *", "3 *")
        end = f"i + {high} < {self.index}(n)" if high else f"i < {self.index}(n)"
        return f"for ({self.index} i = {low}; {end}; ++i) {{ {body} }}"

    def everywhere(self, body):
        return f"for (int t = 0; t < {self.size}; ++t) {{ {body} }}"

    def some(self):
        element = random.choice([f"{PAD}", f"{PAD - 1}", f"n + {PAD - 1}", f"n + {PAD}", f"k + {PAD}"])
        return f"3 * ({element})" if self.scaled else element

    def shift(self):
        return random.randint(-PAD, PAD)

    def guard(self):
        return random.choice(["i > 2", "i < 5", "i + 4 < n", "i == 1"]).replace("n", f"{self.index}(n)")

    own = "i"


class Plane:
    """for (j) for (i) x[(j + PAD + dj) * W + i + PAD + di]"""

    plane = True
    scaled = False
    size = f"(n + {2 * PAD}) * (m + {2 * PAD})"

    def subscript(self, shift):
        dj, di = shift
        return f"(j + {PAD + dj}) * (m + {2 * PAD}) + i + {PAD + di}"

    def loop(self, low, high, body):
        inner = f"for (int i = 0; i < m; ++i) {{ {body} }}"
        return f"for (int j = {low}; j < n - {high}; ++j) {inner}"

    def everywhere(self, body):
        return f"for (int t = 0; t < {self.size}; ++t) {{ {body} }}"

    def some(self):
        return random.choice([f"{PAD} * (m + {2 * PAD}) + {PAD}", f"(n + {PAD}) * (m + {2 * PAD}) + {PAD}"])

    def shift(self):
        return random.randint(-2, 2), random.choice([-1, 0, 0, 1])

    def guard(self):
        return random.choice(["j > 1", "i > 2 && j < n - 2", "j == 0", "i + 1 < m"])

    own = "j * m + i"


def expression(shape, readable, depth=0):
    kind = random.random()
    if kind < 0.3 or not readable:
        return f"u[{shape.own}]"
    if kind < 0.75:
        return f"{random.choice(readable)}[{shape.subscript(shape.shift())}]"
    if depth > 1:
        return "0.7"
    a, b = (expression(shape, readable, depth + 1) for _ in range(2))
    return random.choice([f"({a} + {b})", f"({a} - {b})", f"({a} * {b})", f"0.5 * {a} * {b}"])


def function(shape):
    names = ["a", "b", "c", "d"][: random.randint(1, 4)]
    lines = []
    for name in names:
        if random.random() < 0.6:
            lines.append(f"double *{name} = static_cast<double *>(std::calloc({shape.size}, sizeof(double)));")
        else:
            lines.append(f"double *{name} = static_cast<double *>(std::malloc(({shape.size}) * sizeof(double)));")
            lines.append(shape.everywhere(f"{name}[t] = {random.choice(['0', '0.25'])};"))
    made = []
    for _ in range(random.randint(1, 4)):
        target = random.choice(names)
        readable = [x for x in made if x != target]
        if random.random() < 0.35:
            lines.append(f"{random.choice(names)}[{shape.some()}] = {random.choice(['u[0]', 'u[0] * u[k]', '0.5', 'u[n - 1]'])};")
        value = expression(shape, readable)
        if random.random() < 0.3:
            value = f"{shape.guard()} ? {value} : {expression(shape, readable)}"
        where = shape.shift() if random.random() < 0.4 else ((0, 0) if shape.plane else 0)
        low, high = random.choice([(0, 0), (0, 0), (1, 0), (0, 1), (2, 3)])
        lines.append(shape.loop(low, high, f"{target}[{shape.subscript(where)}] = {value};".replace("S *", "3 *")))
        if target not in made:
            made.append(target)
    value = expression(shape, made, -1)
    lines.append(shape.loop(0, 0, f"r[{shape.own}] = {value} + {random.choice(made)}[{shape.subscript(shape.shift())}];"))
    if random.random() < 0.2:
        lines.append(shape.loop(0, 0, f"r[{shape.own}] += {random.choice(made)}[{shape.subscript(shape.shift())}];"))
    lines += [f"std::free({name});" for name in names]
    return "\n  ".join(lines).replace("S *", "3 *")


def main():
    random.seed(int(sys.argv[1]))
    count = int(sys.argv[2])
    print('#include "chains.hpp"')
    shapes = []
    for k in range(count):
        shape = Plane() if random.random() < 0.4 else Line()
        shapes.append(shape)
        text = function(shape)
        for mode in ("auto", "forward"):
            print(f'SPARSEAD_JACOBIAN("r[n*m] <- u[n*m]", "mode={mode}")')
            print(f"void f{k}_{mode}(int n, int m, int k, const double *u, double *r) {{")
            print(f"  {text}\n}}")
    print("int main() {")
    for k, shape in enumerate(shapes):
        flag = "true" if shape.plane else "false"
        print(f'  compare<sparsead::jacobian<&f{k}_auto>, sparsead::jacobian<&f{k}_forward>>("f{k}", {flag});')
    print("  return report();\n}")


main()
