// Elementwise kernels, and those that broadcast along or sum over rows (PointwiseKernels).
// A kernel over n elements is a loop that strides over the grid, so that any grid will do.
#include "common.cuh"

extern "C" __global__ void fill(int n, float value, float *y) {
  for (int i = grid_thread(); i < n; i += grid_threads()) y[i] = value;
}
