//===- DifferentiableOpInterface.cpp --------------------------------------===//

#include "sparsead/Interfaces/DifferentiableOpInterface.h"

#include "sparsead/Interfaces/DifferentiableOpInterface.cpp.inc"
