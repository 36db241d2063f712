// Modules of the test driver: the PTX that the real driver would get names the kernels and the
// sizes of their parameters; the code comes from the libraries beside the driver, NAME.host.so.
#pragma once

#include <algorithm>
#include <dirent.h>
#include <dlfcn.h>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "interface.h"

namespace host {

struct Function {
  const Kernel *kernel;
  const Library *library;
  size_t max_dynamic_shared = 48 * 1024;
  unsigned max_threads = 1024;
};

struct Module {
  std::map<std::string, std::unique_ptr<Function>> functions;
};

class Modules {
 public:
  // Returns a module, or null and says why in `problem`.
  Module *load(const std::string &ptx, std::string &problem) {
    open_libraries(problem);
    auto module = std::make_unique<Module>();
    for (size_t at = 0; problem.empty() && (at = ptx.find(".entry", at)) != std::string::npos;) {
      at = ptx.find_first_not_of(" \t\n", at + 6);
      size_t open = ptx.find('(', at), close = ptx.find(')', open);
      std::string name = ptx.substr(at, ptx.find_first_of("( \n", at) - at);
      bind(*module, name, sizes(ptx.substr(open + 1, close - open - 1)), problem);
      size_t limit = ptx.find(".maxntid ", close);  // of __launch_bounds__
      if (limit < ptx.find('{', close) && problem.empty()) {
        module->functions[name]->max_threads = std::atoi(ptx.c_str() + limit + 9);
      }
      at = close;
    }
    return problem.empty() ? module.release() : nullptr;
  }

 private:
  std::vector<const Library *> libraries;

  // All libraries in the driver's own folder.
  void open_libraries(std::string &problem) {
    if (!libraries.empty()) return;
    Dl_info self;
    dladdr((void *)&marker, &self);
    std::string file = self.dli_fname, folder = file.substr(0, file.rfind('/'));
    std::vector<std::string> names;
    if (DIR *directory = opendir(folder.c_str())) {
      while (dirent *entry = readdir(directory)) {
        std::string name = entry->d_name, suffix = ".host.so";
        if (name.size() > suffix.size() && name.rfind(suffix) == name.size() - suffix.size()) {
          names.push_back(name);
        }
      }
      closedir(directory);
    }
    std::sort(names.begin(), names.end());
    for (auto &name : names) {
      void *handle = dlopen((folder + "/" + name).c_str(), RTLD_NOW | RTLD_LOCAL);
      auto library = handle ? (const Library *)dlsym(handle, "facet_kernels") : nullptr;
      if (library) {
        libraries.push_back(library);
      } else {
        problem = dlerror();
      }
    }
  }

  void bind(Module &module, const std::string &name, const std::vector<int> &sizes,
            std::string &problem) {
    for (auto library : libraries) {
      for (auto kernel = library->kernels; kernel->name; kernel++) {
        if (name != kernel->name) continue;
        if ((int)sizes.size() != kernel->parameters ||
            !std::equal(sizes.begin(), sizes.end(), kernel->sizes)) {
          problem = "the parameters of " + name + " in the PTX are not those of its source";
        }
        auto function = std::make_unique<Function>();
        function->kernel = kernel;
        function->library = library;
        module.functions[name] = std::move(function);
        return;
      }
    }
    problem = "kernel " + name + " is in the PTX but in no source";
  }

  // The sizes of parameters such as `.param .u64 .ptr .align 1 name`.
  static std::vector<int> sizes(const std::string &parameters) {
    std::vector<int> result;
    for (size_t at = 0; (at = parameters.find(".param", at)) != std::string::npos;) {
      size_t end = std::min(parameters.find(',', at), parameters.size());
      std::string text = parameters.substr(at, end - at);
      size_t type = text.find_first_of("usfb", text.find(" .") + 2);
      result.push_back(std::atoi(text.c_str() + type + 1) / 8);
      at = end;
    }
    return result;
  }

  static const int marker;
};

inline const int Modules::marker = 0;

}  // namespace host
