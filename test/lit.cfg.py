# lit's configuration; loaded by lit.site.cfg.py of the build tree, which gives the paths.
import os
import shutil
import subprocess
import sys

import lit.formats

config.name = "sparsead"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".cpp", ".test", ".ll"]
config.excludes = ["Inputs", "consumer", "unit", "benchmarks", "CMakeLists.txt"]
config.test_source_root = os.path.join(config.sparsead_source_dir, "test")
config.test_exec_root = config.sparsead_test_exec_root

build_bin = os.path.join(config.sparsead_build_dir, "bin")
llvm_bin = os.path.join(config.llvm_prefix, "bin")
config.environment["PATH"] = os.pathsep.join([build_bin, llvm_bin, os.environ.get("PATH", "")])
for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "CCACHE_DIR", "HOME", "TMPDIR"):
    if name in os.environ:
        config.environment[name] = os.environ[name]

clang = os.path.join(llvm_bin, "clang++")
sparsead_config = os.path.join(build_bin, "sparsead-config")


def ask(option):
    return subprocess.check_output([sparsead_config, option], text=True).strip()


# Longest names first: lit replaces in order, and `%s` last.
substitutions = {
    "%sparsead_clang": f"{clang} {ask('--cxxflags')}",
    "%sparsead_ldflags": ask("--ldflags"),
    "%sparsead_runtime_include": ask("--includedir"),
    "%sparsead_plugin": ask("--plugin"),
    "%sparsead_config": sparsead_config,
    "%sparsead_source": config.sparsead_source_dir,
    "%sparsead-opt": os.path.join(build_bin, "sparsead-opt"),
    # The same compiler without the plugin, and another compiler.
    "%plain_clang": clang,
    "%gxx": shutil.which("g++") or "g++",
    "%python": sys.executable,
    "%FileCheck": os.path.join(llvm_bin, "FileCheck"),
}
for name in sorted(substitutions, key=len, reverse=True):
    config.substitutions.append((name + r"(?![A-Za-z0-9_-])", substitutions[name]))

if shutil.which("g++"):
    config.available_features.add("gxx")
if os.path.isdir("/usr/include/eigen3"):
    config.available_features.add("eigen")
    config.substitutions.append(("%eigen", "-isystem/usr/include/eigen3"))
if os.path.isdir("/usr/include/coin"):
    config.available_features.add("ipopt")
    config.substitutions.append(("%ipopt", "-isystem/usr/include/coin -DHAVE_CSTDDEF"))
if os.path.exists(ask("--plugin")):
    config.available_features.add("plugin")
if os.path.exists(os.path.join(build_bin, "sparsead-opt")):
    config.available_features.add("sparsead-opt")
