//===- Fingerprint.h - has a function changed? -----------------*- C++ -*-----//

#ifndef SPARSEAD_FRONTEND_FINGERPRINT_H
#define SPARSEAD_FRONTEND_FINGERPRINT_H

#include <cstdint>

namespace llvm {
class Function;
}

namespace sparsead {

/// A hash of the function, of all functions that it reaches and of the constants that these read: plans on disk belong
/// to one. Equal for equal source under the same compiler and options; functions without a body count by name.
uint64_t fingerprintOf(const llvm::Function &root);

} // namespace sparsead

#endif // SPARSEAD_FRONTEND_FINGERPRINT_H
