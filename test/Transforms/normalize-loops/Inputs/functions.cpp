#include "forms.hpp"
#define FORM(name, ...)                                                                                                \
  extern "C" double NAME(PREFIX, name)(int n, int m, const double *u, double *out, const Context *c, const int *p,     \
                                       const int *rp, const std::vector<double> &v) {                                  \
    double sum = 0;                                                                                                    \
    __VA_ARGS__                                                                                                        \
    return sum;                                                                                                        \
  }
#include "forms.inc"
