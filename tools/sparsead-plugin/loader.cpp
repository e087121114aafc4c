//===- loader.cpp - sparsead.so: checks the host, then loads the plugin ---===//
//
// The AST and the IR have no stable binary interface: only the Clang that the plugin was built against will do, and any
// other would refuse it with an undefined symbol of our code. This library uses nothing of Clang but its version, by
// name.
//
//===----------------------------------------------------------------------===//

#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <string>

namespace {

[[noreturn]] void refuse(const std::string &why) {
  std::fprintf(stderr, "error: sparsead.so %s\n", why.c_str());
  std::exit(1);
}

/// "Debian clang version 22.1.8 (…)", or empty where the host is no Clang.
std::string hostVersion() {
  // clang::getClangFullVersion[abi:cxx11]()
  using Function = std::string (*)();
  auto function = reinterpret_cast<Function>(dlsym(RTLD_DEFAULT, "_ZN5clang19getClangFullVersionB5cxx11Ev"));
  return function ? function() : std::string();
}

struct Loader {
  Loader() {
    std::string host = hostVersion();
    if (host.empty())
      refuse("is a plugin of clang " SPARSEAD_LLVM_VERSION " and was loaded into another program");
    if (host.find(" version " SPARSEAD_LLVM_VERSION " ") == std::string::npos &&
        host.find(" version " SPARSEAD_LLVM_VERSION "-") == std::string::npos &&
        (host + "$").find(" version " SPARSEAD_LLVM_VERSION "$") == std::string::npos)
      refuse("is for clang " SPARSEAD_LLVM_VERSION " and cannot be loaded into " + host);
    Dl_info self;
    if (!dladdr(reinterpret_cast<void *>(&refuse), &self) || !self.dli_fname)
      refuse("does not know where it was loaded from");
    std::string path = self.dli_fname;
    size_t slash = path.rfind('/');
    path = (slash == std::string::npos ? std::string() : path.substr(0, slash + 1)) + "sparsead-clang.so";
    if (!dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL))
      refuse(std::string("cannot load its other half: ") + dlerror());
  }
} loader;

} // namespace
