// The frozen hand-written kernels (hand.cpp) and structure generators (target/plan.cpp includes it), as they are.
#define main frozen_plan_main
#include "../frozen/target/plan.cpp"
