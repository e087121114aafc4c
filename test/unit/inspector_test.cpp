// The inspector's memory and journal. Random programs with unknown branches and loops run through the ABI as generated
// code would run them, and are held against an interpreter that runs both sides on copies of its memory.
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <memory>
#include <random>
#include <set>
#include <stdexcept>

#include "sparsead/rt/inspector.hpp"

using sparsead::rt::inspector;

namespace {

std::vector<int> columns(inspector &i, int mark) {
  std::vector<int> out;
  i.flatten(mark, out);
  return out;
}

int mark_at(const void *shadow) {
  int m;
  std::memcpy(&m, shadow, 4);
  return m;
}
void put_mark(void *shadow, int m) { std::memcpy(shadow, &m, 4); }

std::uint64_t bits_of(double x) {
  std::uint64_t b;
  std::memcpy(&b, &x, 8);
  return b;
}

/// Shadow of an array of doubles with marks first, first + 1, …
std::vector<double> shadow_array(int n, int first, bool same = false) {
  std::vector<double> shadow(std::size_t(n), 0.0);
  for (int i = 0; i < n; ++i)
    put_mark(&shadow[std::size_t(i)], same ? first : first + i);
  return shadow;
}

// --- random programs -------------------------------------------------------------------------------------------------

constexpr int num_doubles = 6, num_floats = 4, num_ints = 4, num_bytes = 4, num_pointers = 3, num_outputs = 4,
              num_columns = 7;

/// What a program works on, as a local struct; and a specified array of outputs, of which no values are kept.
struct cells {
  double d[num_doubles];
  float f[num_floats];
  int i[num_ints];
  char c[num_bytes];
  void *p[num_pointers];
};

struct float_value {
  bool known = true;
  double value = 0;
  std::set<int> columns;
  bool operator==(const float_value &o) const {
    return known == o.known && columns == o.columns && (!known || value == o.value);
  }
};
struct int_value {
  bool known = true;
  int value = 0;
  bool operator==(const int_value &o) const { return known == o.known && (!known || value == o.value); }
};
struct pointer_value {
  int target = -1; ///< double cell; -1: null, -2: unknown, -3: unknown but inactive
  bool operator==(const pointer_value &o) const { return target == o.target; }
};
struct reference_memory {
  std::array<float_value, num_doubles> d;
  std::array<float_value, num_floats> f;
  std::array<int_value, num_ints> i;
  std::array<int_value, num_bytes> c;
  std::array<pointer_value, num_pointers> p;
  std::array<std::set<int>, num_outputs> out;
  bool operator==(const reference_memory &o) const {
    return d == o.d && f == o.f && i == o.i && c == o.c && p == o.p && out == o.out;
  }
};

float_value join(const float_value &a, const float_value &b) {
  float_value r = a;
  r.known = a.known && b.known && a.value == b.value;
  r.columns.insert(b.columns.begin(), b.columns.end());
  return r;
}
int_value join(const int_value &a, const int_value &b) { return {a.known && b.known && a.value == b.value, a.value}; }
pointer_value join(const pointer_value &a, const pointer_value &b) {
  if (a == b)
    return a;
  const bool inactive = (a.target == -1 || a.target == -3) && (b.target == -1 || b.target == -3);
  return {inactive ? -3 : -2};
}
std::set<int> join(std::set<int> a, const std::set<int> &b) {
  a.insert(b.begin(), b.end());
  return a;
}
reference_memory join(const reference_memory &a, const reference_memory &b) {
  reference_memory r;
  auto each = [](auto &to, const auto &x, const auto &y) {
    for (std::size_t k = 0; k < to.size(); ++k)
      to[k] = join(x[k], y[k]);
  };
  each(r.d, a.d, b.d);
  each(r.f, a.f, b.f);
  each(r.i, a.i, b.i);
  each(r.c, a.c, b.c);
  each(r.p, a.p, b.p);
  each(r.out, a.out, b.out);
  return r;
}

enum class kind {
  d_input,
  d_sum,
  d_const,
  f_from_d,
  f_const,
  i_const,
  i_add,
  c_const,
  p_set,
  out_set,
  branch,
  loop,
  scope
};
struct statement {
  kind what;
  int to = 0, a = 0, b = 0, value = 0;
  std::vector<statement> first, second;
};

std::vector<statement> random_block(std::mt19937 &random, int depth, int length) {
  std::vector<statement> block;
  for (int n = 1 + int(random() % unsigned(length)); n-- > 0;) {
    statement s;
    s.what = kind(random() % (depth > 0 ? 13 : 10));
    s.a = int(random());
    s.b = int(random());
    s.to = int(random() & 0xffff);
    s.value = int(random() % 3);
    s.a &= 0xffff;
    s.b &= 0xffff;
    if (s.what >= kind::branch) {
      s.first = random_block(random, depth - 1, 4);
      if (random() % 4)
        s.second = random_block(random, depth - 1, 4);
    }
    block.push_back(s);
  }
  return block;
}

void interpret(const std::vector<statement> &block, reference_memory &m) {
  for (const statement &s : block) {
    switch (s.what) {
    case kind::d_input:
      m.d[s.to % num_doubles] = {false, 0, {s.a % num_columns}};
      break;
    case kind::d_sum: {
      const float_value &a = m.d[s.a % num_doubles], &b = m.d[s.b % num_doubles];
      float_value r{a.known && b.known, a.value == b.value ? 1.0 : 0.0, join(a.columns, b.columns)};
      m.d[s.to % num_doubles] = r;
      break;
    }
    case kind::d_const:
      m.d[s.to % num_doubles] = {true, double(s.value), {}};
      break;
    case kind::f_from_d:
      m.f[s.to % num_floats] = m.d[s.a % num_doubles];
      break;
    case kind::f_const:
      m.f[s.to % num_floats] = {true, double(s.value), {}};
      break;
    case kind::i_const:
      m.i[s.to % num_ints] = {true, s.value};
      break;
    case kind::i_add: {
      const int_value &a = m.i[s.a % num_ints], &b = m.i[s.b % num_ints];
      m.i[s.to % num_ints] = {a.known && b.known, a.known && b.known ? (a.value ^ b.value) : 0};
      break;
    }
    case kind::c_const:
      m.c[s.to % num_bytes] = {true, s.value};
      break;
    case kind::p_set:
      m.p[s.to % num_pointers] = {s.a % 4 == 0 ? -1 : s.b % num_doubles};
      break;
    case kind::out_set:
      m.out[s.to % num_outputs] = m.d[s.a % num_doubles].columns;
      break;
    case kind::branch: {
      reference_memory other = m;
      interpret(s.first, m);
      interpret(s.second, other);
      m = join(m, other);
      break;
    }
    case kind::loop:
      for (;;) {
        reference_memory after = m;
        interpret(s.first, after);
        after = join(m, after);
        if (after == m)
          break;
        m = after;
      }
      break;
    case kind::scope:
      interpret(s.first, m);
      break;
    }
  }
}

/// What generated code does: writes by itself outside unknown control flow, through the runtime inside it.
struct machine {
  inspector state{num_columns};
  cells primal{};
  char *shadow = nullptr;
  std::vector<double> outputs = shadow_array(num_outputs, 1, true);
  int deepest = 0;

  machine() {
    state.follow_paths(false); // the reference joins at once
    state.add_object("r", outputs.data(), num_outputs * 8, true, false);
    shadow = static_cast<char *>(sparsead_rt_local(&state, &primal, sizeof primal));
  }
  template <class T> char *shadow_of(T &cell) {
    return shadow + (reinterpret_cast<char *>(&cell) - reinterpret_cast<char *>(&primal));
  }

  void store_float(char *s, void *p, int bytes, double value, int mark) {
    std::uint64_t bits = bits_of(value);
    if (bytes == 4) {
      const float f = float(value);
      bits = 0;
      std::memcpy(&bits, &f, 4);
    }
    if (state.journal > 0) {
      sparsead_rt_store_float(&state, s, p, bytes, bits, mark);
      return;
    }
    put_mark(s, p || mark > 1 ? mark : 1);
    if (p)
      std::memcpy(p, &bits, std::size_t(bytes));
  }
  template <class T> void store_int(T &cell, T value, int mark) {
    if (state.journal > 0) {
      sparsead_rt_store_int(&state, shadow_of(cell), &cell, sizeof(T), std::uint64_t(value), mark);
      return;
    }
    *shadow_of(cell) = char(mark);
    cell = value;
  }

  void run(const std::vector<statement> &block) {
    deepest = std::max(deepest, int(state.journal));
    for (const statement &s : block) {
      double *d = primal.d;
      switch (s.what) {
      case kind::d_input:
        store_float(shadow_of(d[s.to % num_doubles]), &d[s.to % num_doubles], 8, 9.0, 2 + s.a % num_columns);
        break;
      case kind::d_sum: {
        double &a = d[s.a % num_doubles], &b = d[s.b % num_doubles];
        const int m = sparsead_rt_union2(&state, mark_at(shadow_of(a)), mark_at(shadow_of(b)));
        store_float(shadow_of(d[s.to % num_doubles]), &d[s.to % num_doubles], 8, a == b ? 1.0 : 0.0, m);
        break;
      }
      case kind::d_const:
        store_float(shadow_of(d[s.to % num_doubles]), &d[s.to % num_doubles], 8, s.value, 0);
        break;
      case kind::f_from_d: {
        double &a = d[s.a % num_doubles];
        float &f = primal.f[s.to % num_floats];
        store_float(shadow_of(f), &f, 4, a, mark_at(shadow_of(a)));
        break;
      }
      case kind::f_const: {
        float &f = primal.f[s.to % num_floats];
        store_float(shadow_of(f), &f, 4, s.value, 0);
        break;
      }
      case kind::i_const:
        store_int(primal.i[s.to % num_ints], s.value, 0);
        break;
      case kind::i_add: {
        int &a = primal.i[s.a % num_ints], &b = primal.i[s.b % num_ints];
        store_int(primal.i[s.to % num_ints], a ^ b, *shadow_of(a) | *shadow_of(b));
        break;
      }
      case kind::c_const:
        store_int(primal.c[s.to % num_bytes], char(s.value), 0);
        break;
      case kind::p_set: {
        void *&p = primal.p[s.to % num_pointers];
        void *value = s.a % 4 == 0 ? nullptr : &d[s.b % num_doubles];
        void *value_shadow = value ? shadow_of(d[s.b % num_doubles]) : nullptr;
        if (state.journal > 0) {
          sparsead_rt_store_ptr(&state, shadow_of(p), &p, value, value_shadow, 0);
        } else {
          std::memcpy(shadow_of(p), &value_shadow, 8);
          p = value;
        }
        break;
      }
      case kind::out_set: {
        store_float(reinterpret_cast<char *>(&outputs[std::size_t(s.to % num_outputs)]), nullptr, 8, 0,
                    mark_at(shadow_of(d[s.a % num_doubles])));
        break;
      }
      case kind::branch:
        sparsead_rt_branch_begin(&state);
        run(s.first);
        sparsead_rt_branch_other(&state);
        run(s.second);
        sparsead_rt_branch_end(&state);
        break;
      case kind::loop:
        sparsead_rt_loop_begin(&state);
        do
          run(s.first);
        while (sparsead_rt_loop_iterate(&state, 0, 1));
        sparsead_rt_loop_end(&state);
        break;
      case kind::scope: {
        // Memory that lives for a while only, and goes through the journal too.
        double temporary[3] = {};
        const auto token = sparsead_rt_scope_begin(&state);
        char *t = static_cast<char *>(sparsead_rt_local(&state, temporary, sizeof temporary));
        auto *block_memory = new double[2]();
        char *h = static_cast<char *>(sparsead_rt_heap(&state, block_memory, 16));
        for (int k = 0; k < 3; ++k)
          store_float(t + 8 * k, &temporary[k], 8, k, 2 + k);
        store_float(h + 8, &block_memory[1], 8, 1, 3);
        run(s.first);
        EXPECT_EQ(mark_at(t + 16), 4);
        EXPECT_EQ(mark_at(h + 8), 3);
        delete[] block_memory;
        sparsead_rt_release(&state, h, nullptr, 0);
        sparsead_rt_scope_end(&state, token);
        break;
      }
      }
    }
  }

  float_value read_float(char *s, double value) {
    const int m = mark_at(s);
    const std::vector<int> set = columns(state, m);
    return {m == 0, value, {set.begin(), set.end()}};
  }
  reference_memory result() {
    reference_memory r;
    for (int k = 0; k < num_doubles; ++k)
      r.d[std::size_t(k)] = read_float(shadow_of(primal.d[k]), primal.d[k]);
    for (int k = 0; k < num_floats; ++k)
      r.f[std::size_t(k)] = read_float(shadow_of(primal.f[k]), primal.f[k]);
    for (int k = 0; k < num_ints; ++k)
      r.i[std::size_t(k)] = {*shadow_of(primal.i[k]) == 0, primal.i[k]};
    for (int k = 0; k < num_bytes; ++k)
      r.c[std::size_t(k)] = {*shadow_of(primal.c[k]) == 0, primal.c[k]};
    for (int k = 0; k < num_pointers; ++k) {
      std::uint64_t word;
      std::memcpy(&word, shadow_of(primal.p[k]), 8);
      int target = -1;
      if (word == 2 || word == 4)
        target = word == 2 ? -2 : -3;
      else if (primal.p[k])
        target = int(static_cast<double *>(primal.p[k]) - primal.d);
      if (target >= 0)
        EXPECT_EQ(word, reinterpret_cast<std::uintptr_t>(shadow_of(primal.d[target])));
      r.p[std::size_t(k)] = {target};
    }
    for (int k = 0; k < num_outputs; ++k) {
      EXPECT_GE(mark_at(&outputs[std::size_t(k)]), 1);
      const std::vector<int> set = columns(state, mark_at(&outputs[std::size_t(k)]));
      r.out[std::size_t(k)] = {set.begin(), set.end()};
    }
    return r;
  }
};

TEST(Journal, RandomProgramsAgreeWithAnInterpreter) {
  std::mt19937 random(2024);
  int deepest = 0;
  for (int round = 0; round < 3000; ++round) {
    const std::vector<statement> program = random_block(random, 4, 8);
    reference_memory expected;
    interpret(program, expected);
    machine m;
    m.run(program);
    const reference_memory found = m.result();
    deepest = std::max(deepest, m.deepest);
    ASSERT_EQ(m.state.journal, 0);
    ASSERT_TRUE(found.d == expected.d) << "doubles, program " << round;
    ASSERT_TRUE(found.f == expected.f) << "floats, program " << round;
    ASSERT_TRUE(found.i == expected.i) << "ints, program " << round;
    ASSERT_TRUE(found.c == expected.c) << "bytes, program " << round;
    ASSERT_TRUE(found.p == expected.p) << "pointers, program " << round;
    ASSERT_TRUE(found.out == expected.out) << "outputs, program " << round;
    m.state.finish();
  }
  EXPECT_GE(deepest, 3);
}

/// Copies carry no types: what is joined then may be less known than it is, never more.
TEST(Journal, BlockCopiesAreSound) {
  std::mt19937 random(5);
  struct item {
    double x;
    int k, l;
    void *p;
    float a, b;
    char text[8];
  };
  for (int round = 0; round < 400; ++round) {
    inspector state(9);
    item source[2] = {}, target = {}, before;
    auto *ss = static_cast<char *>(sparsead_rt_local(&state, source, sizeof source));
    auto *ts = static_cast<char *>(sparsead_rt_local(&state, &target, sizeof target));
    static int inactive[2];
    auto randomize = [&](item &it, char *s) {
      it = item();
      std::memset(s, 0, sizeof it);
      it.x = double(random() % 2);
      if (random() % 2)
        put_mark(s, 2 + int(random() % 9));
      it.k = int(random() % 2);
      it.l = int(random() % 2);
      it.a = float(random() % 2);
      it.b = float(random() % 2);
      if (random() % 2)
        put_mark(s + offsetof(item, a), 2 + int(random() % 9));
      if (random() % 4 == 0)
        s[offsetof(item, k)] = 1;
      it.text[0] = char(random() % 2);
      it.text[5] = char(random() % 2);
      void *shadow = nullptr;
      if (random() % 2) {
        it.p = &source[random() % 2].x;
        shadow = ss + (static_cast<char *>(it.p) - reinterpret_cast<char *>(source));
      } else {
        it.p = &inactive[random() % 2];
      }
      std::memcpy(s + offsetof(item, p), &shadow, 8);
    };
    randomize(source[0], ss);
    randomize(source[1], ss + sizeof(item));
    randomize(target, ts);
    before = target;
    std::vector<char> old_shadow(ts, ts + sizeof(item));
    const bool two_sides = random() % 2;
    sparsead_rt_branch_begin(&state);
    sparsead_rt_copy(&state, ts, &target, 1, ss, &source[0], 1, sizeof(item), 0);
    EXPECT_EQ(std::memcmp(ts, ss, sizeof(item)), 0);
    sparsead_rt_branch_other(&state);
    EXPECT_EQ(std::memcmp(ts, old_shadow.data(), sizeof(item)), 0);
    EXPECT_EQ(std::memcmp(&target, &before, sizeof(item)), 0);
    if (two_sides)
      sparsead_rt_copy(&state, ts, &target, 1, ss + sizeof(item), &source[1], 1, sizeof(item), 0);
    sparsead_rt_branch_end(&state);

    const item &a = source[0], &b = two_sides ? source[1] : before;
    const char *as = ss, *bs = two_sides ? ss + sizeof(item) : old_shadow.data();
    auto check_float = [&](std::size_t offset, double x, double y) {
      const int m = mark_at(ts + offset), ma = mark_at(as + offset), mb = mark_at(bs + offset);
      for (int part : {ma, mb})
        if (part > 1) {
          const auto set = columns(state, m);
          EXPECT_TRUE(std::count(set.begin(), set.end(), part - 2)) << offset;
        }
      if (ma || mb || x != y)
        EXPECT_GE(m, 1) << offset;
    };
    auto check_int = [&](std::size_t offset, int x, int y) {
      if (as[offset] || bs[offset] || x != y)
        EXPECT_NE(ts[offset], 0) << offset;
    };
    check_float(offsetof(item, x), a.x, b.x);
    check_float(offsetof(item, a), a.a, b.a);
    check_float(offsetof(item, b), a.b, b.b);
    check_int(offsetof(item, k), a.k, b.k);
    check_int(offsetof(item, l), a.l, b.l);
    check_int(offsetof(item, text), a.text[0], b.text[0]);
    check_int(offsetof(item, text) + 5, a.text[5], b.text[5]);
    std::uint64_t pa, pb, pt;
    std::memcpy(&pa, as + offsetof(item, p), 8);
    std::memcpy(&pb, bs + offsetof(item, p), 8);
    std::memcpy(&pt, ts + offsetof(item, p), 8);
    if (pa == pb && a.p == b.p)
      EXPECT_EQ(pt, pa);
    else
      EXPECT_EQ(pt, pa == 0 && pb == 0 ? 4u : 2u);
  }
}

// for (i = 0; i < n; ++i) { t = u[i]; if (t < 0) break; r[i] = t; }: what is written on the way keeps its own column,
// and a cell that is overwritten joins everything it held at an exit.
TEST(Journal, PathsJoinExitsOnly) {
  inspector state(3);
  std::vector<double> r = shadow_array(3, 1, true);
  state.add_object("r", r.data(), 3 * 8, true, false);
  double last = 0;
  char *cell = static_cast<char *>(sparsead_rt_local(&state, &last, sizeof last));
  sparsead_rt_loop_begin(&state);
  for (int i = 0; i < 3; ++i) {
    if (i > 0)
      sparsead_rt_loop_exit(&state);
    sparsead_rt_store_float(&state, &r[std::size_t(i)], nullptr, 8, 0, 2 + i);
    sparsead_rt_store_float(&state, cell, &last, 8, 0, 2 + i);
    EXPECT_EQ(sparsead_rt_loop_iterate(&state, 0, i < 2), i < 2 ? 1 : 0);
  }
  sparsead_rt_loop_end(&state);
  auto columns = [&](const void *at) {
    std::int32_t m;
    std::memcpy(&m, at, sizeof m);
    std::vector<int> list;
    state.flatten(m, list);
    return list;
  };
  EXPECT_EQ(columns(&r[0]), std::vector<int>({0}));
  EXPECT_EQ(columns(&r[2]), std::vector<int>({2}));
  EXPECT_EQ(columns(cell), std::vector<int>({0, 1, 2}));
}

TEST(Journal, PlainWritesAreUndone) {
  inspector state(3);
  state.follow_paths(false);
  int user[4] = {10, 20, 30, 40};
  sparsead_rt_store_plain(&state, &user[0], 4, 11, 0);
  sparsead_rt_store_plain(&state, &user[0], 4, 12, 0);
  EXPECT_EQ(user[0], 12);
  sparsead_rt_store_plain(&state, &user[0], 4, 13, 1);
  EXPECT_EQ(user[0], 12) << "an unknown value is not written";
  sparsead_rt_branch_begin(&state);
  sparsead_rt_store_plain(&state, &user[1], 4, 21, 0);
  sparsead_rt_loop_begin(&state);
  int rounds = 0;
  do
    sparsead_rt_store_plain(&state, &user[2], 4, std::uint64_t(31 + ++rounds), 0);
  while (sparsead_rt_loop_iterate(&state, 0, 1));
  sparsead_rt_loop_end(&state);
  EXPECT_EQ(rounds, 1);
  sparsead_rt_branch_other(&state);
  EXPECT_EQ(user[1], 20);
  EXPECT_EQ(user[2], 30);
  sparsead_rt_store_plain(&state, &user[3], 4, 41, 0);
  sparsead_rt_branch_end(&state);
  EXPECT_EQ(user[3], 41);
  char text[5] = "abcd";
  sparsead_rt_fill(&state, nullptr, text, 0, 'x', 4, 0);
  EXPECT_STREQ(text, "xxxx");
  state.finish();
  EXPECT_STREQ(text, "abcd");
  for (int k = 0; k < 4; ++k)
    EXPECT_EQ(user[k], 10 * (k + 1));
}

TEST(Journal, LongLoopsInABranchStayLinear) {
  const int n = 20000;
  inspector state(n);
  auto outputs = shadow_array(n, 1, true);
  state.add_object("r", outputs.data(), n * 8, true, false);
  sparsead_rt_branch_begin(&state);
  for (int round = 0; round < 20; ++round)
    for (int i = 0; i < n; ++i) {
      sparsead_rt_branch_begin(&state);
      sparsead_rt_store_float(&state, &outputs[std::size_t(i)], nullptr, 8, 0, 2 + i);
      sparsead_rt_branch_other(&state);
      sparsead_rt_branch_end(&state);
    }
  sparsead_rt_branch_other(&state);
  sparsead_rt_branch_end(&state);
  for (int i = 0; i < n; ++i)
    ASSERT_EQ(mark_at(&outputs[std::size_t(i)]), 2 + i);
}

// --- memory ----------------------------------------------------------------------------------------------------------

struct arrays {
  std::vector<double> memory = std::vector<double>(100, 0.0);
  double *u = &memory[10], *r = &memory[50];
  arrays(inspector &state, int n = 10) {
    for (int i = 0; i < n; ++i) {
      put_mark(u + i, 2 + i);
      put_mark(r + i, 1);
    }
    state.add_object("u", u, n * 8, true, true);
    state.add_object("r", r, n * 8, true, false);
  }
};

std::string error_of(inspector &state) {
  try {
    state.finish();
  } catch (const std::out_of_range &e) {
    return e.what();
  }
  return "none";
}

TEST(Memory, SubscriptsAreChecked) {
  inspector state(10);
  arrays a(state);
  EXPECT_EQ(sparsead_rt_check(&state, a.u, 8, "u", nullptr, 0, 0), 1);
  EXPECT_EQ(sparsead_rt_check(&state, a.u + 9, 8, "u", nullptr, 0, 0), 1);
  sparsead_rt_branch_begin(&state);
  EXPECT_EQ(sparsead_rt_check(&state, a.u + 10, 8, "u", nullptr, 0, 0), 0);
  sparsead_rt_branch_end(&state);
  EXPECT_EQ(error_of(state), "none");
  EXPECT_EQ(sparsead_rt_check(&state, a.u + 99, 8, "u", "col", 3, 99), 0);
  EXPECT_EQ(sparsead_rt_check(&state, a.u + 10, 8, "u", nullptr, 0, 0), 0);
  EXPECT_EQ(error_of(state), "index array 'col' at position 3 holds 99: subscript outside 'u' (extent 10)");
  EXPECT_EQ(sparsead_rt_check(&state, a.u + 12, 8, "u", nullptr, 0, 0), 0);
  EXPECT_EQ(error_of(state), "subscript 12 outside 'u' (extent 10)");
  EXPECT_EQ(sparsead_rt_check(&state, a.u - 1, 8, "u", nullptr, 0, 0), 0);
  EXPECT_EQ(error_of(state), "subscript -1 outside 'u' (extent 10)");
}

TEST(Memory, TrapsAndTheirConditions) {
  inspector state(1);
  sparsead_rt_branch_begin(&state);
  sparsead_rt_trap(&state, "assertion 'x > 0'");
  sparsead_rt_branch_end(&state);
  EXPECT_NO_THROW(state.finish());
  sparsead_rt_trap(&state, "assertion 'n > 0'");
  EXPECT_THROW(state.finish(), std::runtime_error);
  EXPECT_NO_THROW(state.finish());
}

TEST(Memory, LocalsComeAndGo) {
  inspector state(4);
  double outer[4];
  const auto first = sparsead_rt_scope_begin(&state);
  auto *o = static_cast<char *>(sparsead_rt_local(&state, outer, sizeof outer));
  std::vector<char *> seen;
  for (int round = 0; round < 3; ++round) {
    const auto token = sparsead_rt_scope_begin(&state);
    std::vector<char *> blocks;
    for (int k = 0; k < 3000; ++k) {
      auto *s = static_cast<char *>(sparsead_rt_local(&state, outer, 24 + k % 5 * 8));
      for (int b = 0; b < 24; ++b)
        ASSERT_EQ(s[b], 0);
      std::memset(s, 7, 24);
      blocks.push_back(s);
    }
    for (int k = 0; k < 3000; k += 7) {
      ASSERT_EQ(sparsead_rt_check(&state, blocks[std::size_t(k)] + 16, 8, "t", nullptr, 0, 0), 1);
      state.journal = 1;
      ASSERT_EQ(sparsead_rt_check(&state, blocks[std::size_t(k)] + 24 + k % 5 * 8, 1, "t", nullptr, 0, 0), 0);
      ASSERT_EQ(sparsead_rt_check(&state, blocks[std::size_t(k)] - 1, 1, "t", nullptr, 0, 0), 0);
      state.journal = 0;
    }
    sparsead_rt_scope_end(&state, token);
    state.journal = 1;
    EXPECT_EQ(sparsead_rt_check(&state, blocks[0], 8, "t", nullptr, 0, 0), 0);
    state.journal = 0;
    EXPECT_EQ(sparsead_rt_check(&state, o + 24, 8, "outer", nullptr, 0, 0), 1);
    seen.push_back(blocks[2999]);
  }
  EXPECT_EQ(seen[0], seen[2]) << "memory is used again";
  sparsead_rt_scope_end(&state, first);
  EXPECT_EQ(error_of(state), "none");
}

TEST(Memory, UnknownSubscriptsReadTheExtent) {
  inspector state(10);
  arrays a(state);
  EXPECT_EQ(columns(state, sparsead_rt_load_any(&state, a.u + 3, 8, 8, 1)).size(), 10u);
  EXPECT_EQ(columns(state, sparsead_rt_load_any(&state, a.u + 3, 16, 8, 1)), (std::vector<int>{1, 3, 5, 7, 9}));
  EXPECT_EQ(columns(state, sparsead_rt_load_any(&state, a.u, -1, 8, 1)).size(), 10u);
  EXPECT_EQ(sparsead_rt_load_any(&state, a.u, -2, 8, 1), 1);
  EXPECT_EQ(sparsead_rt_load_any(&state, nullptr, 8, 8, 1), 1);
  EXPECT_EQ(sparsead_rt_load_any(&state, a.r, 8, 8, 1), 1);
  EXPECT_EQ(sparsead_rt_load_any(&state, a.u, 8, 4, 0), 1);
  const auto words = state.sets.words();
  for (int k = 0; k < 100; ++k)
    sparsead_rt_load_any(&state, a.u + 3, 8, 8, 1);
  EXPECT_EQ(state.sets.words(), words);
}

/// A specified object that holds shadow pointers (a struct, a table of rows) lends no columns by its addresses.
TEST(Memory, PointersAreNoMarks) {
  const int n = 1 << 20;
  inspector state(n);
  std::vector<double> table(8, 0.0), u(4, 0.0);
  void *row = u.data();
  std::memcpy(&table[2], &row, 8);
  put_mark(&table[4], 2 + 77);
  state.add_object("table", table.data(), 64, true, false);
  state.add_object("u", u.data(), 32, true, true);
  for (int k = 0; k < 4; ++k)
    put_mark(&u[std::size_t(k)], 2 + k);
  EXPECT_EQ(columns(state, sparsead_rt_load_any(&state, nullptr, -1, 8, 1)), (std::vector<int>{0, 1, 2, 3, 77}));
  sparsead_rt_store_any(&state, nullptr, -1, 8, 2, 1);
  void *after;
  std::memcpy(&after, &table[2], 8);
  EXPECT_EQ(after, row);
  EXPECT_EQ(columns(state, mark_at(&table[4])), (std::vector<int>{0, 77}));
}

TEST(Memory, UnknownSubscriptsWriteWeakly) {
  inspector state(10);
  arrays a(state);
  double local[4] = {1, 2, 3, 4};
  auto *s = static_cast<char *>(sparsead_rt_local(&state, local, sizeof local));
  put_mark(s, 5);
  sparsead_rt_branch_begin(&state);
  sparsead_rt_store_any(&state, s + 8, 8, 8, 7, 1);
  EXPECT_EQ(columns(state, mark_at(s)), (std::vector<int>{3, 5}));
  sparsead_rt_branch_other(&state);
  EXPECT_EQ(mark_at(s), 5);
  EXPECT_EQ(mark_at(s + 8), 0);
  sparsead_rt_branch_end(&state);
  EXPECT_EQ(columns(state, mark_at(s)), (std::vector<int>{3, 5}));
  EXPECT_EQ(columns(state, mark_at(s + 24)), std::vector<int>{5});
  sparsead_rt_store_any(&state, a.r, -1, 8, 3, 1);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(mark_at(a.r + i), 3);
    EXPECT_EQ(mark_at(reinterpret_cast<char *>(a.r + i) + 4), 0);
    EXPECT_EQ(mark_at(a.u + i), 2 + i) << "inputs are not written";
  }
  EXPECT_EQ(columns(state, mark_at(s)), (std::vector<int>{1, 3, 5}));
  int flags[4] = {};
  auto *f = static_cast<char *>(sparsead_rt_local(&state, flags, sizeof flags));
  sparsead_rt_store_any(&state, f + 4, 8, 4, 0, 0);
  EXPECT_EQ(f[0], 0);
  EXPECT_EQ(f[4], 1);
  EXPECT_EQ(f[8], 0);
  EXPECT_EQ(f[12], 1);
}

TEST(Memory, CopiesBetweenKindsOfMemory) {
  inspector state(10);
  arrays a(state);
  double local[10] = {};
  auto *s = static_cast<char *>(sparsead_rt_local(&state, local, sizeof local));
  // Specified to local, without reading the user's array.
  sparsead_rt_copy(&state, s, local, 1, a.u, nullptr, 0, 80, 0);
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(mark_at(s + 8 * i), 2 + i);
  // Overlapping, within local memory.
  sparsead_rt_copy(&state, s + 8, local + 1, 1, s, local, 1, 40, 0);
  EXPECT_EQ(mark_at(s + 40), 6);
  EXPECT_EQ(mark_at(s + 48), 8);
  // Local to specified; overlapping there.
  sparsead_rt_copy(&state, a.r, nullptr, 0, s, local, 1, 80, 0);
  EXPECT_EQ(mark_at(a.r + 5), 6);
  sparsead_rt_copy(&state, a.r + 1, nullptr, 0, a.r, nullptr, 0, 72, 0);
  EXPECT_EQ(mark_at(a.r + 6), 6);
  EXPECT_EQ(mark_at(a.r + 9), 10);
  // Known values: to local, to specified.
  const double constants[2] = {3, 4};
  sparsead_rt_copy(&state, s, local, 1, nullptr, constants, 0, 16, 0);
  EXPECT_EQ(mark_at(s), 0);
  EXPECT_EQ(local[1], 4);
  sparsead_rt_copy(&state, a.r, nullptr, 0, nullptr, constants, 0, 16, 0);
  EXPECT_EQ(mark_at(a.r + 1), 1);
  // Fills.
  sparsead_rt_fill(&state, a.r, nullptr, 0, 0, 80, 0);
  EXPECT_EQ(mark_at(a.r + 6), 1);
  local[3] = 5;
  sparsead_rt_fill(&state, s, local, 1, 0, 80, 0);
  EXPECT_EQ(mark_at(s + 72), 0);
  EXPECT_EQ(local[3], 0);
  // Unknown places: weak.
  put_mark(s + 8, 4);
  sparsead_rt_copy(&state, s, local, 1, a.u, nullptr, 0, 8, 1);
  EXPECT_EQ(columns(state, mark_at(s + 16)).size(), 10u);
  // Values that depend on inputs have no place in memory without shadow.
  double user = 7;
  sparsead_rt_copy(&state, nullptr, &user, 0, s + 8, local + 1, 1, 8, 0);
  EXPECT_EQ(user, 7);
  EXPECT_THROW(state.finish(), std::runtime_error);
}

TEST(Memory, PointersMeet) {
  inspector state(10);
  arrays a(state);
  double p[10];
  EXPECT_EQ(sparsead_rt_join_ptr(&state, p, a.u, 0, p, a.u, 0), 0);
  // Two addresses are listed; the list is the same for the same distances.
  const int two = sparsead_rt_join_ptr(&state, p, a.u, 0, p + 3, a.u + 3, 0);
  EXPECT_LE(two, -16);
  EXPECT_EQ(sparsead_rt_join_ptr(&state, p, a.u + 1, 0, p + 4, a.u + 4, 0), two);
  EXPECT_EQ(sparsead_rt_join_ptr(&state, p, a.u, two, p + 3, a.u + 3, 0), two);
  EXPECT_EQ(sparsead_rt_join_ptr(&state, p, a.u, 16, p + 3, a.u + 3, 0), 8);
  EXPECT_LE(sparsead_rt_join_ptr(&state, p, a.u, 0, p, a.r, 0), -16) << "in two objects";
  // Nine addresses in one object are multiples; in two, anything.
  int many = 0;
  for (int k = 1; k < 9; ++k)
    many = sparsead_rt_join_ptr(&state, p, a.u, many, p + k, a.u + k, 0);
  EXPECT_EQ(many, 8);
  EXPECT_EQ(sparsead_rt_join_ptr(&state, p, nullptr, 0, p + 1, nullptr, 0), -2);
  EXPECT_EQ(sparsead_rt_join_ptr(&state, p, a.u, 0, p, nullptr, 0), -1);
  EXPECT_EQ(sparsead_rt_join_ptr(&state, p, a.u, -1, p, a.u, 0), -1);
}

} // namespace
