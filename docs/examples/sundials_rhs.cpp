// Right-hand sides as SUNDIALS users write them: `N_Vector`, accessor macros, a `void *user_data` context, and an error
// code. Robertson's kinetics (CVODE's first example) and advection-diffusion on a grid with index macros. (No SUNDIALS
// is needed here: its vector is below.)
#include "compare.hpp"

using realtype = double;
using sunindextype = long;

struct NVectorContentSerial {
  sunindextype length;
  realtype *data;
};
struct NVectorSerial {
  NVectorContentSerial *content;
  void *ops;
};
using N_Vector = NVectorSerial *;

#define NV_DATA_S(v) ((v)->content->data)
#define Ith(v, i) (NV_DATA_S(v)[(i) - 1]) // i = 1 ... NEQ
#define IJth(vdata, my, i, j) ((vdata)[((j) - 1) + ((i) - 1) * (my)])
#define RCONST(x) x

struct Rates {
  realtype k1, k2, k3;
};

SPARSEAD_JACOBIAN("ydot->content->data[3] <- y->content->data[3]")
int robertson(realtype t, N_Vector y, N_Vector ydot, void *user_data) {
  (void)t;
  const Rates *data = (Rates *)user_data;
  realtype y1 = Ith(y, 1), y2 = Ith(y, 2), y3 = Ith(y, 3);
  realtype yd1 = Ith(ydot, 1) = -data->k1 * y1 + data->k2 * y2 * y3;
  realtype yd3 = Ith(ydot, 3) = data->k3 * y2 * y2;
  Ith(ydot, 2) = -yd1 - yd3;
  return 0;
}

typedef struct {
  int mx, my;
  realtype hdcoef, hacoef, vdcoef;
} *UserData;

// u_t = u_xx + 0.5 u_x + u_yy + exp(-u), zero on the boundary; columns of the grid are contiguous.
SPARSEAD_JACOBIAN("udot->content->data[udot->content->length] <- u->content->data[u->content->length]")
int advection_diffusion(realtype t, N_Vector u, N_Vector udot, void *user_data) {
  (void)t;
  realtype uij, udn, uup, ult, urt, hdiff, hadv, vdiff;
  realtype *udata = NV_DATA_S(u), *dudata = NV_DATA_S(udot);
  UserData data = (UserData)user_data;
  const int MX = data->mx, MY = data->my;

  if (!(data->hdcoef > RCONST(0.0)))
    return -1;
  for (int j = 1; j <= MY; j++) {
    for (int i = 1; i <= MX; i++) {
      uij = IJth(udata, MY, i, j);
      udn = (j == 1) ? RCONST(0.0) : IJth(udata, MY, i, j - 1);
      uup = (j == MY) ? RCONST(0.0) : IJth(udata, MY, i, j + 1);
      ult = (i == 1) ? RCONST(0.0) : IJth(udata, MY, i - 1, j);
      urt = (i == MX) ? RCONST(0.0) : IJth(udata, MY, i + 1, j);
      hdiff = data->hdcoef * (ult - RCONST(2.0) * uij + urt);
      hadv = data->hacoef * (urt - ult);
      vdiff = data->vdcoef * (uup - RCONST(2.0) * uij + udn);
      IJth(dudata, MY, i, j) = hdiff + hadv + vdiff + std::exp(-uij);
    }
  }
  return 0;
}

static int kinetics() {
  Rates rates{0.04, 1.0e4, 3.0e7};
  std::vector<double> y{0.9, 2e-5, 0.1}, ydot(3);
  NVectorContentSerial yc{3, y.data()}, dc{3, ydot.data()};
  NVectorSerial yv{&yc, nullptr}, dv{&dc, nullptr};

  const auto plan = sparsead::jacobian<&robertson>::plan(0.0, &yv, &dv, &rates);
  std::vector<double> values(plan.nnz());
  if (plan.values(values, 0.0, &yv, &dv, &rates) != 0)
    return 1;
  const double a = rates.k1, b = rates.k2, c = rates.k3;
  return compare(plan, values,
                 {{0, 0, -a},
                  {0, 1, b * y[2]},
                  {0, 2, b * y[1]},
                  {1, 0, a},
                  {1, 1, -b * y[2] - 2 * c * y[1]},
                  {1, 2, -b * y[1]},
                  {2, 1, 2 * c * y[1]}},
                 plan.check(0.0, &yv, &dv, &rates));
}

static int grid() {
  std::remove_pointer_t<UserData> data{10, 5, 121.0, 2.75, 36.0};
  const int n = data.mx * data.my;
  std::vector<double> u(n), udot(n);
  for (int k = 0; k < n; ++k)
    u[k] = std::sin(0.3 * k);
  NVectorContentSerial uc{n, u.data()}, dc{n, udot.data()};
  NVectorSerial uv{&uc, nullptr}, dv{&dc, nullptr};

  const auto plan = sparsead::jacobian<&advection_diffusion>::plan(0.0, &uv, &dv, &data);
  std::vector<double> values(plan.nnz());
  if (plan.values(values, 0.0, &uv, &dv, &data) != 0)
    return 1;

  std::vector<entry> hand;
  for (int i = 0; i < data.mx; ++i)
    for (int j = 0; j < data.my; ++j) {
      const int k = j + i * data.my;
      hand.push_back({k, k, -2 * data.hdcoef - 2 * data.vdcoef - std::exp(-u[k])});
      if (j > 0)
        hand.push_back({k, k - 1, data.vdcoef});
      if (j < data.my - 1)
        hand.push_back({k, k + 1, data.vdcoef});
      if (i > 0)
        hand.push_back({k, k - data.my, data.hdcoef - data.hacoef});
      if (i < data.mx - 1)
        hand.push_back({k, k + data.my, data.hdcoef + data.hacoef});
    }
  if (int code = compare(plan, values, hand, plan.check(0.0, &uv, &dv, &data)))
    return code;

  // The error code of the function is that of the evaluation.
  data.hdcoef = 0.0;
  return plan.values(values, 0.0, &uv, &dv, &data) == -1 ? 0 : 1;
}

int main() {
  if (int code = kinetics())
    return code;
  return grid();
}
