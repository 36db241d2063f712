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

// A float4 between those that are aligned.
extern "C" __global__ void bug_not_aligned(const float *x, float *y) {
  y[0] = reinterpret_cast<const float4 *>(x + 1)->x;
}

extern "C" __global__ void bug_dynamic_shared(int n, float *y) {
  DYNAMIC_SHARED(float, values);
  values[n] = 1;
  y[0] = values[0];
}
