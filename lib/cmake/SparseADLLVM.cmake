# MLIR, LLVM and Clang of the version in llvm-version.txt, shared libraries only.

if(NOT EXISTS "${SPARSEAD_LLVM_PREFIX}/lib/cmake/mlir/MLIRConfig.cmake")
  message(FATAL_ERROR
    "MLIR ${SPARSEAD_LLVM_MAJOR} is not installed under ${SPARSEAD_LLVM_PREFIX} (llvm-version.txt asks for "
    "${SPARSEAD_LLVM_VERSION}). Run `bash tools/setup.sh`, or set SPARSEAD_LLVM_PREFIX.")
endif()
if(NOT EXISTS "${SPARSEAD_LLVM_PREFIX}/include/clang/AST/AST.h")
  message(FATAL_ERROR
    "the headers of Clang ${SPARSEAD_LLVM_MAJOR} are not installed under ${SPARSEAD_LLVM_PREFIX}. "
    "Run `bash tools/setup.sh`.")
endif()
if(NOT EXISTS "${SPARSEAD_LLVM_PREFIX}/bin/mlir-tblgen")
  message(FATAL_ERROR
    "mlir-tblgen ${SPARSEAD_LLVM_MAJOR} is not installed (package mlir-${SPARSEAD_LLVM_MAJOR}-tools). "
    "Run `bash tools/setup.sh`.")
endif()

# No version argument: MLIR's config refuses a bare major version.
find_package(MLIR REQUIRED CONFIG PATHS "${SPARSEAD_LLVM_PREFIX}/lib/cmake/mlir" NO_DEFAULT_PATH)
find_package(Clang REQUIRED CONFIG PATHS "${SPARSEAD_LLVM_PREFIX}/lib/cmake/clang" NO_DEFAULT_PATH)
if(NOT LLVM_VERSION_MAJOR EQUAL SPARSEAD_LLVM_MAJOR)
  message(FATAL_ERROR "${SPARSEAD_LLVM_PREFIX} holds LLVM ${LLVM_PACKAGE_VERSION}; llvm-version.txt asks for "
    "${SPARSEAD_LLVM_VERSION}")
elseif(NOT LLVM_PACKAGE_VERSION VERSION_EQUAL SPARSEAD_LLVM_VERSION)
  message(WARNING "LLVM ${LLVM_PACKAGE_VERSION} found; sparsead is tested with ${SPARSEAD_LLVM_VERSION}")
endif()
message(STATUS "sparsead: LLVM ${LLVM_PACKAGE_VERSION} in ${SPARSEAD_LLVM_PREFIX}")

# Installed tools and the plugin find the packages' shared libraries where the build found them.
set(CMAKE_INSTALL_RPATH "${SPARSEAD_LLVM_PREFIX}/lib")

list(APPEND CMAKE_MODULE_PATH "${MLIR_CMAKE_DIR}" "${LLVM_CMAKE_DIR}")
include(TableGen)
include(AddLLVM)
include(AddMLIR)

# Directory properties, because mlir_tablegen reads its include paths from there. (AddLLVM sets none of ours.)
include_directories(BEFORE "${PROJECT_SOURCE_DIR}/include" "${PROJECT_BINARY_DIR}/include"
                    "${PROJECT_SOURCE_DIR}/runtime/include")
include_directories(SYSTEM ${MLIR_INCLUDE_DIRS} ${LLVM_INCLUDE_DIRS})
separate_arguments(SPARSEAD_LLVM_DEFINITIONS NATIVE_COMMAND "${LLVM_DEFINITIONS}")
add_definitions(${SPARSEAD_LLVM_DEFINITIONS})
