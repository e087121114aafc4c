# Installs the build tree, moves it, and builds a project of another directory against it.
# Wants BUILD_DIR, SOURCE_DIR, WORK_DIR, CXX, MAJOR.

function(run)
  cmake_parse_arguments(PARSE_ARGV 0 ARG "FAILS" "WANT" "COMMAND")
  execute_process(COMMAND ${ARG_COMMAND} RESULT_VARIABLE status OUTPUT_VARIABLE out ERROR_VARIABLE out)
  if((ARG_FAILS AND status EQUAL 0) OR (NOT ARG_FAILS AND NOT status EQUAL 0))
    message(FATAL_ERROR "status ${status}: ${ARG_COMMAND}\n${out}")
  endif()
  string(REGEX REPLACE "[ \n]+" " " flat "${out}")
  if(ARG_WANT AND NOT flat MATCHES "${ARG_WANT}")
    message(FATAL_ERROR "'${ARG_WANT}' is not in the output of ${ARG_COMMAND}\n${out}")
  endif()
endfunction()

file(REMOVE_RECURSE "${WORK_DIR}")
file(MAKE_DIRECTORY "${WORK_DIR}")
run(COMMAND ${CMAKE_COMMAND} --install "${BUILD_DIR}" --prefix "${WORK_DIR}/installed")
file(RENAME "${WORK_DIR}/installed" "${WORK_DIR}/prefix")

set(configure ${CMAKE_COMMAND} -S "${SOURCE_DIR}" -G Ninja "-DCMAKE_PREFIX_PATH=${WORK_DIR}/prefix")
set(line "Jacobian 49×50, nnz=98, sparsity 96.0%, forward, 2 colors")

run(COMMAND ${configure} -B "${WORK_DIR}/build" "-DCMAKE_CXX_COMPILER=${CXX}" -DCMAKE_BUILD_TYPE=Release)
run(COMMAND ${CMAKE_COMMAND} --build "${WORK_DIR}/build")
run(COMMAND "${WORK_DIR}/build/app" WANT "^${line} $")

# A newer plugin means newer objects, of the annotated source alone.
run(COMMAND ${CMAKE_COMMAND} --build "${WORK_DIR}/build" WANT "no work to do")
file(TOUCH "${WORK_DIR}/prefix/lib/sparsead.so")
run(COMMAND ${CMAKE_COMMAND} --build "${WORK_DIR}/build" -- -n -v WANT "model.cpp.o")

# The wrong compiler, and what does not exist yet, are said at configure time.
find_program(GXX g++)
if(GXX)
  run(FAILS COMMAND ${configure} -B "${WORK_DIR}/gxx" "-DCMAKE_CXX_COMPILER=${GXX}" WANT "is for Clang ${MAJOR}")
endif()
run(FAILS COMMAND ${configure} -B "${WORK_DIR}/generate" "-DCMAKE_CXX_COMPILER=${CXX}" -DWITH_GENERATE=ON
  WANT "GENERATE is not available yet")

# The same without CMake.
execute_process(COMMAND "${WORK_DIR}/prefix/bin/sparsead-config" --cxxflags OUTPUT_VARIABLE cxxflags
  OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${WORK_DIR}/prefix/bin/sparsead-config" --ldflags OUTPUT_VARIABLE ldflags
  OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
separate_arguments(cxxflags)
separate_arguments(ldflags)
run(COMMAND ${CXX} -O2 -Wall -Wextra -Werror -Weverything -Wno-c++98-compat -Wno-c++98-compat-pedantic
  -Wno-unsafe-buffer-usage -Wno-unsafe-buffer-usage-in-libc-call -Wno-sign-conversion -Wno-missing-prototypes
  -Wno-float-equal -Wno-padded ${cxxflags} "${SOURCE_DIR}/model.cpp" "${SOURCE_DIR}/main.cpp"
  -o "${WORK_DIR}/by-hand" ${ldflags})
run(COMMAND "${WORK_DIR}/by-hand" WANT "^${line} $")
message(STATUS "consumer: PASS")
