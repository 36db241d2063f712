// Batch normalisation of float32 tensors; see norm.cuh.
#define TENSOR float
#define NAME(kernel) kernel
#include "norm.cuh"

extern "C" __global__ void norm_inverse_std(int channels, const float *var, float eps, float *inv_std) {
  for (int c = grid_thread(); c < channels; c += grid_threads()) inv_std[c] = 1 / sqrtf(var[c] + eps);
}
