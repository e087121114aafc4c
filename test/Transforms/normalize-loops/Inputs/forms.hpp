#include <cstddef>
#include <vector>
struct Context {
  int n;
  const double *w;
  const double *end;
};
// Compiled twice: PREFIX distinguishes the two.
#define CONCAT(a, b) a##b
#define NAME(a, b) CONCAT(a, b)
