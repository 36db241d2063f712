// Pooling over bf16 images; see pool.cuh.
#define TENSOR bf16
#define NAME(kernel) kernel##_bf16
#include "pool.cuh"
