// A product on tensor cores whose factors are copied asynchronously, without one of the steps that it needs:
// each must be caught (TestDriverTest).
#include "wgmma.cuh"

enum Missing { NOTHING, COPY_WAIT, FENCE, BARRIER, BEGIN, PRODUCT_WAIT };

// y [64, 64] = x x^T for x [64, 64] by 128 threads, `missing` one of Missing. With `overwritten` x is copied
// once more while it is multiplied.
extern "C" __global__ void bug_products(int missing, int overwritten, const bf16 *x, float *y) {
  DYNAMIC_SHARED(char, memory);
  char *tile = memory + (1024 - (size_t)memory % 1024) % 1024;
  int row = threadIdx.x / 2, first = threadIdx.x % 2 * 4;
  for (int p = first; p < first + 4; p++) copy_async(tile + row * 128 + ((p ^ row % 8) << 4), x + row * 64 + p * 8, x);
  copy_async_commit();
  if (missing != COPY_WAIT) copy_async_wait<0>();
  if (missing != FENCE) fence_for_wgmma();
  if (missing != BARRIER) __syncthreads();
  if (missing != BEGIN) wgmma_begin();
  float sum[32] = {};
  for (int i = 0; i < 4; i++) {
    SharedMatrix sixteen = shared_matrix(tile + i * 32, 0);
    wgmma<0, 0>(sum, sixteen, sixteen);
  }
  wgmma_commit();
  if (overwritten) copy_async(tile + threadIdx.x * 16, x, x);
  if (missing != PRODUCT_WAIT) wgmma_wait<0>();
  int lane = threadIdx.x % 32;
  float *to = y + (threadIdx.x / 32 * 16 + lane / 4) * 64 + lane % 4 * 2;
  for (int i = 0; i < 32; i++) to[i / 2 % 2 * 8 * 64 + i / 4 * 8 + i % 2] = sum[i];
}
