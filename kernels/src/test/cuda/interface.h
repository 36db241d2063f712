// What the test driver and the libraries of kernels know of each other.
#pragma once

#include <cstddef>

namespace host {

enum Order { FORWARD, REVERSE, SHUFFLED };

struct Config {
  int order = FORWARD;
  unsigned seed = 1;
};

struct Launch {
  unsigned grid[3], block[3];
  size_t shared;
  void (*body)(void *);
  void *arguments;  // void *[], as cuLaunchKernel takes them
};

struct Kernel {
  const char *name;
  int parameters;
  const int *sizes;  // bytes of each parameter
  void (*body)(void *);
};

// What a library exports as facet_kernels.
struct Library {
  const Kernel *kernels;  // up to one without a name
  const char *(*run)(const Launch *, const Config *);
  size_t (*static_shared)();
};

}  // namespace host
