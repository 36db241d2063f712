// The optimiser (UpdateKernels): one launch over all parameters, whatever their number and sizes.
#include "common.cuh"

// A parameter tensor. The blocks from first_block on are its own, CHUNK elements each.
struct Slot {
  float *value;
  const float *gradient;
  float *momentum;
  float *squares;  // null for an optimiser without a second moment
  int length;
  int first_block;
  float weight_decay;
  int unused;  // 48 bytes, a multiple of the alignment
};

#define CHUNK 2048

// The elements of this block: its slot by binary search, and their range.
struct Piece {
  Slot slot;
  int from, to;
};
static __device__ Piece piece_of_block(int slots, const Slot *table) {
  int low = 0, high = slots - 1;  // the last slot with first_block <= blockIdx.x
  while (low < high) {
    int middle = (low + high + 1) / 2;
    if (table[middle].first_block <= (int)blockIdx.x) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  Slot slot = table[low];
  int from = ((int)blockIdx.x - slot.first_block) * CHUNK;
  return {slot, from, min(slot.length, from + CHUNK)};
}

// partial[b] = the sum of the squares of block b's gradients.
extern "C" __global__ void squared_norm(int slots, const Slot *table, float *partial) {
  Piece piece = piece_of_block(slots, table);
  float sum = 0;
  for (int i = piece.from + threadIdx.x; i < piece.to; i += blockDim.x) {
    float g = piece.slot.gradient[i];
    sum = fmaf(g, g, sum);
  }
  sum = block_sum(sum);
  if (threadIdx.x == 0) partial[blockIdx.x] = sum;
}

// y[0] = the sum of the partial sums, by one block.
extern "C" __global__ void squared_norm_total(int n, const float *partial, float *y) {
  float sum = 0;
  for (int i = threadIdx.x; i < n; i += blockDim.x) sum += partial[i];
  sum = block_sum(sum);
  if (threadIdx.x == 0) y[0] = sum;
}

// v = momentum * v + g + weight_decay * w, w -= rate * v, with g clipped by the norm of all
// gradients unless squared_norm is null.
extern "C" __global__ void sgd(int slots, const Slot *table, float rate, float momentum, const float *squared_norm,
                               float max_norm) {
  Piece piece = piece_of_block(slots, table);
  float clipping = squared_norm ? fminf(1.0f, max_norm / (sqrtf(squared_norm[0]) + 1e-6f)) : 1.0f;
  for (int i = piece.from + threadIdx.x; i < piece.to; i += blockDim.x) {
    float w = piece.slot.value[i];
    float g = clipping * piece.slot.gradient[i] + piece.slot.weight_decay * w;
    float v = fmaf(momentum, piece.slot.momentum[i], g);
    piece.slot.momentum[i] = v;
    piece.slot.value[i] = fmaf(-rate, v, w);
  }
}

// Adam with decoupled weight decay; `fresh` are 1 - beta, which floats would cut short, `factor` and `shift`
// hold the corrections of the moments.
extern "C" __global__ void adam_w(int slots, const Slot *table, float rate, float beta1, float beta2, float fresh1, float fresh2,
                                  float factor, float shift, const float *squared_norm, float max_norm) {
  Piece piece = piece_of_block(slots, table);
  float clipping = squared_norm ? fminf(1.0f, max_norm / (sqrtf(squared_norm[0]) + 1e-6f)) : 1.0f;
  float kept = 1 - rate * piece.slot.weight_decay;
  for (int i = piece.from + threadIdx.x; i < piece.to; i += blockDim.x) {
    float g = clipping * piece.slot.gradient[i];
    float m = beta1 * piece.slot.momentum[i] + fresh1 * g;
    float v = beta2 * piece.slot.squares[i] + fresh2 * g * g;
    piece.slot.momentum[i] = m;
    piece.slot.squares[i] = v;
    piece.slot.value[i] = kept * piece.slot.value[i] - factor * m / (sqrtf(v) + shift);
  }
}
