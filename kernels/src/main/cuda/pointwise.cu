// Elementwise kernels over float32 tensors; see pointwise.cuh.
#define TENSOR float
#define NAME(kernel) kernel
#include "pointwise.cuh"
