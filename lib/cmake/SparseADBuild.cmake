# Flags of the whole build, and the functions that need no LLVM.

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

set(SPARSEAD_COMPILER_OPTIMIZATION "-O1" CACHE STRING
    "Optimisation of the compiler's own code in Release builds (the runtime is always -O2)")

find_program(SPARSEAD_CCACHE ccache)
if(SPARSEAD_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${SPARSEAD_CCACHE}")
endif()

include(CheckLinkerFlag)
check_linker_flag(CXX "-fuse-ld=lld" SPARSEAD_HAVE_LLD)
if(SPARSEAD_HAVE_LLD)
  add_link_options(-fuse-ld=lld)
endif()

# The build tree is laid out as the installed prefix is: bin/, lib/.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib")
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib")

add_compile_options(-Wall -Wextra -Wno-unused-parameter)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  add_compile_options(-fcolor-diagnostics)
endif()

# For work in progress on several rooms at once; off for everybody else.
option(SPARSEAD_PARTIAL "Leave out source files that do not exist yet instead of refusing to configure" OFF)

# A room takes part in the build once it has a CMakeLists.txt.
function(sparsead_add_subdirectory dir)
  if(SPARSEAD_PARTIAL)
    file(GLOB watched CONFIGURE_DEPENDS "${dir}/CMakeLists.txt")
  endif()
  if(EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${dir}/CMakeLists.txt")
    add_subdirectory(${dir})
  endif()
endfunction()

# What holds for the runtime's target wherever it is defined: file name, include directories, alias.
function(sparsead_finish_runtime)
  if(NOT TARGET sparsead_rt)
    message(STATUS "sparsead: no runtime in this tree yet")
    return()
  endif()
  set_target_properties(sparsead_rt PROPERTIES OUTPUT_NAME sparsead EXPORT_NAME runtime POSITION_INDEPENDENT_CODE ON)
  target_compile_features(sparsead_rt PUBLIC cxx_std_17)
  target_include_directories(sparsead_rt PUBLIC
    "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/runtime/include>"
    "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  if(NOT TARGET SparseAD::runtime)
    add_library(SparseAD::runtime ALIAS sparsead_rt)
  endif()
endfunction()
