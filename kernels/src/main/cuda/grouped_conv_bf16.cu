// Convolution in groups over bf16 images; see grouped_conv.cuh.
#define TENSOR bf16
#define NAME(kernel) kernel##_bf16
#include "grouped_conv.cuh"
