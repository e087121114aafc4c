#include "model.hpp"
#include <iostream>

int main() { std::cout << summary(50) << "\n"; }
