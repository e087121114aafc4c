# sparsead-config for the build tree and for the installed tree, the CMake package, the headers.

include(CMakePackageConfigHelpers)

# The build tree: headers are read from the source tree.
set(SPARSEAD_CONFIG_LIBDIR lib)
set(SPARSEAD_CONFIG_INCLUDEDIR "${PROJECT_SOURCE_DIR}/runtime/include")
configure_file("${PROJECT_SOURCE_DIR}/tools/sparsead-config.in" "${PROJECT_BINARY_DIR}/bin/sparsead-config"
  FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE @ONLY)

# The installed tree: relative to the script.
set(SPARSEAD_CONFIG_LIBDIR "${CMAKE_INSTALL_LIBDIR}")
set(SPARSEAD_CONFIG_INCLUDEDIR "$prefix/${CMAKE_INSTALL_INCLUDEDIR}")
configure_file("${PROJECT_SOURCE_DIR}/tools/sparsead-config.in" "${PROJECT_BINARY_DIR}/install/sparsead-config" @ONLY)
install(PROGRAMS "${PROJECT_BINARY_DIR}/install/sparsead-config" DESTINATION "${CMAKE_INSTALL_BINDIR}")

install(DIRECTORY "${PROJECT_SOURCE_DIR}/runtime/include/" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/SparseAD")
configure_package_config_file("${PROJECT_SOURCE_DIR}/lib/cmake/SparseADConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/install/SparseADConfig.cmake"
  INSTALL_DESTINATION "${package_dir}" PATH_VARS CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_BINDIR)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/install/SparseADConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/install/SparseADConfig.cmake"
  "${PROJECT_BINARY_DIR}/install/SparseADConfigVersion.cmake"
  "${PROJECT_SOURCE_DIR}/lib/cmake/TargetSparseAD.cmake"
  DESTINATION "${package_dir}")

if(TARGET sparsead_rt)
  install(TARGETS sparsead_rt EXPORT SparseADTargets ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
  install(EXPORT SparseADTargets NAMESPACE SparseAD:: DESTINATION "${package_dir}")
endif()
