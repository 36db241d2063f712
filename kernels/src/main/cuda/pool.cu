// Pooling over float32 images; see pool.cuh.
#define TENSOR float
#define NAME(kernel) kernel
#include "pool.cuh"
