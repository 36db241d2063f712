// Kernels that touch memory which is not theirs, or too early: each must be caught
// (TestDriverTest).
#include "common.cuh"

extern "C" __global__ void bug_write_behind(int n, float *y) { y[n + threadIdx.x] = 1; }

extern "C" __global__ void bug_read_before(float *y) { y[0] = y[-1 - (int)threadIdx.x]; }

// Behind the array, but within the gap that alignment leaves.
extern "C" __global__ void bug_write_into_gap(int n, float *y) { y[n] = 1; }

extern "C" __global__ void bug_shared_index(int n, float *y) {
  __shared__ float values[32];
  values[threadIdx.x + n] = threadIdx.x;
  __syncthreads();
  y[threadIdx.x] = values[31 - threadIdx.x];
}

// Reverses 256 values, without waiting for the other threads.
extern "C" __global__ void bug_missing_barrier(const float *x, float *y) {
  __shared__ float values[256];
  values[threadIdx.x] = x[threadIdx.x];
  y[threadIdx.x] = values[255 - threadIdx.x];
}

// The last one to come wins.
extern "C" __global__ void bug_race(int *y) { y[0] = threadIdx.x; }
