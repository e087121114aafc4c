// What a derivative function calls where the user's function would not go on: a failed assertion, a throw, an exit.
#include <stdexcept>

extern "C" void sparsead_rt_fail(const char *what) { throw std::runtime_error(what); }
