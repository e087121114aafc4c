// A lid-driven cavity with heat, written as a PETSc user writes it: a struct of unknowns per node, `Field **x` indexed
// by global node numbers, ghosted on the input side. One process owns a part of the grid; its Jacobian has the owned
// unknowns as rows and the ghosted ones as columns, and needs no communication. (No PETSc is needed here: its types are
// below.)
//
// Velocity u, v, vorticity omega, temperature temp:
//   -lap(u) - d(omega)/dy = 0,  -lap(v) + d(omega)/dx = 0,
//   -lap(omega) + u d(omega)/dx + v d(omega)/dy - Gr d(temp)/dx = 0,  -lap(temp) + Pr (u d(temp)/dx + v d(temp)/dy) = 0
#include "compare.hpp"

using PetscInt = int;
using PetscScalar = double;
using PetscReal = double;
using PetscErrorCode = int;
#define PetscAbsScalar(a) std::fabs(a)
#define PetscMax(a, b) ((a) < (b) ? (b) : (a))

struct Field {
  PetscScalar u, v, omega, temp;
};

struct LocalInfo {             // DMDALocalInfo
  PetscInt mx, my;             // the whole grid
  PetscInt xs, ys, xm, ym;     // owned: xs <= i < xs + xm
  PetscInt gxs, gys, gxm, gym; // owned and ghosts
};

struct AppCtx {
  PetscReal lidvelocity, prandtl, grashof;
};

SPARSEAD_JACOBIAN("f[info->ys : info->ys+info->ym][info->xs : info->xs+info->xm] <- "
                  "x[info->gys : info->gys+info->gym][info->gxs : info->gxs+info->gxm]")
PetscErrorCode FormFunctionLocal(LocalInfo *info, Field **x, Field **f, void *ptr) {
  AppCtx *user = (AppCtx *)ptr;
  const PetscReal grashof = user->grashof, prandtl = user->prandtl, lid = user->lidvelocity;
  const PetscReal dhx = (PetscReal)(info->mx - 1), dhy = (PetscReal)(info->my - 1);
  const PetscReal hx = 1.0 / dhx, hy = 1.0 / dhy, hydhx = hy * dhx, hxdhy = hx * dhy;
  PetscInt xints = info->xs, xinte = info->xs + info->xm, yints = info->ys, yinte = info->ys + info->ym;
  PetscInt i, j;

  if (yints == 0) { // bottom
    j = 0;
    yints = yints + 1;
    for (i = info->xs; i < info->xs + info->xm; i++) {
      f[j][i].u = x[j][i].u;
      f[j][i].v = x[j][i].v;
      f[j][i].omega = x[j][i].omega + (x[j + 1][i].u - x[j][i].u) * dhy;
      f[j][i].temp = x[j][i].temp - x[j + 1][i].temp;
    }
  }
  if (yinte == info->my) { // top: the lid
    j = info->my - 1;
    yinte = yinte - 1;
    for (i = info->xs; i < info->xs + info->xm; i++) {
      f[j][i].u = x[j][i].u - lid;
      f[j][i].v = x[j][i].v;
      f[j][i].omega = x[j][i].omega + (x[j][i].u - x[j - 1][i].u) * dhy;
      f[j][i].temp = x[j][i].temp - x[j - 1][i].temp;
    }
  }
  if (xints == 0) { // left: cold
    i = 0;
    xints = xints + 1;
    for (j = info->ys; j < info->ys + info->ym; j++) {
      f[j][i].u = x[j][i].u;
      f[j][i].v = x[j][i].v;
      f[j][i].omega = x[j][i].omega - (x[j][i + 1].v - x[j][i].v) * dhx;
      f[j][i].temp = x[j][i].temp;
    }
  }
  if (xinte == info->mx) { // right: hot
    i = info->mx - 1;
    xinte = xinte - 1;
    for (j = info->ys; j < info->ys + info->ym; j++) {
      f[j][i].u = x[j][i].u;
      f[j][i].v = x[j][i].v;
      f[j][i].omega = x[j][i].omega - (x[j][i].v - x[j][i - 1].v) * dhx;
      f[j][i].temp = x[j][i].temp - (PetscReal)(grashof > 0);
    }
  }

  for (j = yints; j < yinte; j++) {
    for (i = xints; i < xinte; i++) {
      // convection by first-order upwinding
      const PetscScalar vx = x[j][i].u, avx = PetscAbsScalar(vx), vxp = .5 * (vx + avx), vxm = .5 * (vx - avx);
      const PetscScalar vy = x[j][i].v, avy = PetscAbsScalar(vy), vyp = .5 * (vy + avy), vym = .5 * (vy - avy);
      PetscScalar u, uxx, uyy;

      u = x[j][i].u;
      uxx = (2.0 * u - x[j][i - 1].u - x[j][i + 1].u) * hydhx;
      uyy = (2.0 * u - x[j - 1][i].u - x[j + 1][i].u) * hxdhy;
      f[j][i].u = uxx + uyy - .5 * (x[j + 1][i].omega - x[j - 1][i].omega) * hx;

      u = x[j][i].v;
      uxx = (2.0 * u - x[j][i - 1].v - x[j][i + 1].v) * hydhx;
      uyy = (2.0 * u - x[j - 1][i].v - x[j + 1][i].v) * hxdhy;
      f[j][i].v = uxx + uyy + .5 * (x[j][i + 1].omega - x[j][i - 1].omega) * hy;

      u = x[j][i].omega;
      uxx = (2.0 * u - x[j][i - 1].omega - x[j][i + 1].omega) * hydhx;
      uyy = (2.0 * u - x[j - 1][i].omega - x[j + 1][i].omega) * hxdhy;
      f[j][i].omega = uxx + uyy + (vxp * (u - x[j][i - 1].omega) + vxm * (x[j][i + 1].omega - u)) * hy +
                      (vyp * (u - x[j - 1][i].omega) + vym * (x[j + 1][i].omega - u)) * hx -
                      .5 * grashof * (x[j][i + 1].temp - x[j][i - 1].temp) * hy;

      u = x[j][i].temp;
      uxx = (2.0 * u - x[j][i - 1].temp - x[j][i + 1].temp) * hydhx;
      uyy = (2.0 * u - x[j - 1][i].temp - x[j + 1][i].temp) * hxdhy;
      f[j][i].temp = uxx + uyy +
                     prandtl * ((vxp * (u - x[j][i - 1].temp) + vxm * (x[j][i + 1].temp - u)) * hy +
                                (vyp * (u - x[j - 1][i].temp) + vym * (x[j + 1][i].temp - u)) * hx);
    }
  }
  return 0;
}

/// A two-dimensional array whose row and column numbers begin at ys and xs, as DMDAVecGetArray gives it.
struct GridArray {
  GridArray(PetscInt ys, PetscInt ym, PetscInt xs, PetscInt xm)
      : data(static_cast<std::size_t>(ym) * xm), rows(ym), begin(rows.data() - ys) {
    for (PetscInt j = 0; j < ym; ++j)
      rows[j] = data.data() + static_cast<std::ptrdiff_t>(j) * xm - xs;
  }
  std::vector<Field> data;
  std::vector<Field *> rows;
  Field **begin;
};

/// The entries of the Jacobian, by hand.
static std::vector<entry> by_hand(const LocalInfo &info, const AppCtx &user, Field **x) {
  enum { U, V, OMEGA, TEMP };
  std::vector<entry> list;
  const double dhx = info.mx - 1, dhy = info.my - 1, hx = 1 / dhx, hy = 1 / dhy, cx = hy * dhx, cy = hx * dhy;
  for (int j = info.ys; j < info.ys + info.ym; ++j)
    for (int i = info.xs; i < info.xs + info.xm; ++i) {
      auto add = [&, i, j](int row, int dj, int di, int col, double value) {
        list.push_back({4 * ((j - info.ys) * info.xm + i - info.xs) + row,
                        4 * ((j + dj - info.gys) * info.gxm + i + di - info.gxs) + col, value});
      };
      const bool left = i == 0, right = i == info.mx - 1, bottom = j == 0, top = j == info.my - 1;
      if (left || right || bottom || top) { // the sides win over bottom and top
        add(U, 0, 0, U, 1);
        add(V, 0, 0, V, 1);
        add(OMEGA, 0, 0, OMEGA, 1);
        add(TEMP, 0, 0, TEMP, 1);
        if (left || right) {
          add(OMEGA, 0, left ? 1 : 0, V, -dhx);
          add(OMEGA, 0, left ? 0 : -1, V, dhx);
        } else {
          add(OMEGA, bottom ? 1 : 0, 0, U, dhy);
          add(OMEGA, bottom ? 0 : -1, 0, U, -dhy);
          add(TEMP, bottom ? 1 : -1, 0, TEMP, -1);
        }
        continue;
      }
      const Field &c = x[j][i], &w = x[j][i - 1], &e = x[j][i + 1], &s = x[j - 1][i], &n = x[j + 1][i];
      for (const int k : {U, V, OMEGA, TEMP}) {
        const double convection = k == OMEGA ? 1.0 : k == TEMP ? user.prandtl : 0.0;
        const double xp = convection * hy * std::fmax(c.u, 0), xm = convection * hy * std::fmin(c.u, 0);
        const double yp = convection * hx * std::fmax(c.v, 0), ym = convection * hx * std::fmin(c.v, 0);
        add(k, 0, 0, k, 2 * cx + 2 * cy + xp - xm + yp - ym);
        add(k, 0, -1, k, -cx - xp);
        add(k, 0, 1, k, -cx + xm);
        add(k, -1, 0, k, -cy - yp);
        add(k, 1, 0, k, -cy + ym);
      }
      add(U, 1, 0, OMEGA, -.5 * hx);
      add(U, -1, 0, OMEGA, .5 * hx);
      add(V, 0, 1, OMEGA, .5 * hy);
      add(V, 0, -1, OMEGA, -.5 * hy);
      add(OMEGA, 0, 0, U, hy * (c.u > 0 ? c.omega - w.omega : e.omega - c.omega));
      add(OMEGA, 0, 0, V, hx * (c.v > 0 ? c.omega - s.omega : n.omega - c.omega));
      add(OMEGA, 0, 1, TEMP, -.5 * user.grashof * hy);
      add(OMEGA, 0, -1, TEMP, .5 * user.grashof * hy);
      add(TEMP, 0, 0, U, user.prandtl * hy * (c.u > 0 ? c.temp - w.temp : e.temp - c.temp));
      add(TEMP, 0, 0, V, user.prandtl * hx * (c.v > 0 ? c.temp - s.temp : n.temp - c.temp));
    }
  return list;
}

/// One process's part of the grid.
static int part(LocalInfo info, AppCtx user) {
  GridArray x(info.gys, info.gym, info.gxs, info.gxm), f(info.ys, info.ym, info.xs, info.xm);
  for (std::size_t k = 0; k < x.data.size(); ++k) {
    const double t = static_cast<double>(k);
    x.data[k] = {std::sin(0.9 * t + 0.1), std::cos(1.3 * t), std::sin(0.4 * t), std::cos(0.2 * t)};
  }
  const auto plan = sparsead::jacobian<&FormFunctionLocal>::plan(&info, x.begin, f.begin, &user);
  std::vector<double> values(plan.nnz());
  if (plan.values(values, &info, x.begin, f.begin, &user) != 0)
    return 1;
  return compare(plan, values, by_hand(info, user, x.begin), plan.check(&info, x.begin, f.begin, &user));
}

int main() {
  const AppCtx user{1.0 / 64, 1.0, 100.0};
  std::cout << "one process\n";
  if (int code = part({8, 7, 0, 0, 8, 7, 0, 0, 8, 7}, user))
    return code;
  std::cout << "the upper right of four processes\n";
  return part({8, 7, 4, 3, 4, 4, 3, 2, 5, 5}, user);
}
