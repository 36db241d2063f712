// Batch normalisation of bf16 tensors; see norm.cuh.
#define TENSOR bf16
#define NAME(kernel) kernel##_bf16
#include "norm.cuh"
