#pragma once
#include <string>
#include <vector>

/// First line of the printed Jacobian, or what is wrong with its values.
std::string summary(int n);
