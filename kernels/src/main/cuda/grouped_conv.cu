// Convolution in groups over float32 images; see grouped_conv.cuh.
#define TENSOR float
#define NAME(kernel) kernel
#include "grouped_conv.cuh"
