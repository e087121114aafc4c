# Functions with which the rooms declare themselves.

# Flags of the compiler's own code (not of the runtime). Debian's LLVM has RTTI and no exceptions.
function(sparsead_compiler_flags target)
  target_compile_options(${target} PRIVATE
    $<$<CONFIG:Release>:${SPARSEAD_COMPILER_OPTIMIZATION}> -fno-exceptions -fvisibility-inlines-hidden)
  target_compile_definitions(${target} PRIVATE
    SPARSEAD_LLVM_VERSION="${LLVM_PACKAGE_VERSION}" SPARSEAD_LLVM_MAJOR=${SPARSEAD_LLVM_MAJOR}
    SPARSEAD_VERSION="${PROJECT_VERSION}")
  if(TARGET sparsead-headers)
    add_dependencies(${target} sparsead-headers)
  endif()
endfunction()

# The sources that exist, under SPARSEAD_PARTIAL; else all that are listed.
function(sparsead_sources out)
  set(sources ${ARGN})
  if(SPARSEAD_PARTIAL)
    file(GLOB watched CONFIGURE_DEPENDS "*.cpp")
    foreach(source IN LISTS ARGN)
      if(NOT EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${source}" AND NOT IS_ABSOLUTE "${source}")
        message(STATUS "sparsead: left out: ${CMAKE_CURRENT_SOURCE_DIR}/${source}")
        list(REMOVE_ITEM sources "${source}")
      endif()
    endforeach()
    if(NOT sources)
      file(WRITE "${PROJECT_BINARY_DIR}/empty.cpp" "")
      set(sources "${PROJECT_BINARY_DIR}/empty.cpp")
    endif()
  endif()
  set(${out} "${sources}" PARENT_SCOPE)
endfunction()

# add_sparsead_library(NAME source... [DEPENDS tablegen-target...] [LINK library...])
# A static PIC library of compiler code. All TableGen output of include/ is generated before it is compiled.
function(add_sparsead_library name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;LINK" ${ARGN})
  sparsead_sources(sources ${ARG_UNPARSED_ARGUMENTS})
  add_library(${name} STATIC ${sources})
  sparsead_compiler_flags(${name})
  target_link_libraries(${name} PUBLIC ${ARG_LINK} MLIR LLVM)
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
endfunction()

# add_sparsead_tool(NAME source... [LINK library...]): an executable of compiler code in bin/, installed.
function(add_sparsead_tool name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;LINK" ${ARGN})
  sparsead_sources(sources ${ARG_UNPARSED_ARGUMENTS})
  add_executable(${name} ${sources})
  sparsead_compiler_flags(${name})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} MLIR LLVM)
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
  install(TARGETS ${name} RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endfunction()

# add_sparsead_plugin(TARGET source... [LINK library...]): lib/sparsead.so, to be loaded by clang. Nothing of Clang is
# linked: its symbols come from the compiler that loads the plugin.
function(add_sparsead_plugin name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;LINK" ${ARGN})
  sparsead_sources(sources ${ARG_UNPARSED_ARGUMENTS})
  add_library(${name} MODULE ${sources})
  sparsead_compiler_flags(${name})
  set_target_properties(${name} PROPERTIES PREFIX "" OUTPUT_NAME sparsead SUFFIX ".so")
  target_link_libraries(${name} PRIVATE ${ARG_LINK} MLIR LLVM)
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
  set_property(GLOBAL PROPERTY SPARSEAD_PLUGIN_TARGET ${name})
  install(TARGETS ${name} LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}")
endfunction()

# All targets of the directories under `dir` whose names end in IncGen.
function(sparsead_collect_generated dir out)
  get_property(targets DIRECTORY "${dir}" PROPERTY BUILDSYSTEM_TARGETS)
  list(FILTER targets INCLUDE REGEX "IncGen$")
  get_property(subdirs DIRECTORY "${dir}" PROPERTY SUBDIRECTORIES)
  foreach(sub IN LISTS subdirs)
    sparsead_collect_generated("${sub}" more)
    list(APPEND targets ${more})
  endforeach()
  set(${out} "${targets}" PARENT_SCOPE)
endfunction()
