// Every function of these instantiations has a normal form; nothing crashes.
// RUN: %sparsead_clang -std=c++17 -O2 -fsyntax-only -fplugin-arg-sparsead-survey %s | %FileCheck %s
// CHECK: lowered {{[1-9][0-9][0-9]+}} of {{[0-9]+}} functions ({{9[0-9]|100}} %)
#include <random>
#include <algorithm>
#include <numeric>
#include <valarray>
#include <vector>
template class std::vector<double>;
template class std::mersenne_twister_engine<uint_fast32_t, 32, 624, 397, 31, 0x9908b0df, 11, 0xffffffff, 7, 0x9d2c5680, 15, 0xefc60000, 18, 1812433253>;
template class std::normal_distribution<double>;
template class std::gamma_distribution<double>;
template class std::poisson_distribution<int>;
template class std::discrete_distribution<int>;
using It = double*;
template void std::sort<It>(It, It);
template void std::stable_sort<It>(It, It);
template void std::partial_sort<It>(It, It, It);
template void std::nth_element<It>(It, It, It);
template double std::accumulate<It,double>(It,It,double);
template It std::rotate<It>(It,It,It);
template void std::reverse<It>(It,It);
template It std::unique<It>(It,It);
template It std::lower_bound<It,double>(It,It,const double&);
template It std::max_element<It>(It,It);
template bool std::next_permutation<It>(It,It);
template It std::partial_sum<It,It>(It,It,It);
template void std::make_heap<It>(It,It);
template void std::sort_heap<It>(It,It);
double va(const double *p, int n) { std::valarray<double> v(p, n), w = v * v + 2.0; w[std::slice(0, n/2, 2)] = v[std::slice(0, n/2, 2)]; w = std::sin(w) * v.shift(1); return w.sum() + w.max(); }
