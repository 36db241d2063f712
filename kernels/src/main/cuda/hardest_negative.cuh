// The hardest negative of every row (RowKernels), in float32: products of all pairs of rows, of which
// nothing but the best candidates leaves the registers.
//
// The matrix of products is symmetric, and its two halves have the same bits, since columns are added
// in one order. So there are only the tiles of 64 x 64 on the diagonal and above, and each gives the
// best of its rows and the best of its columns. 2,048 rows make 528 tiles, four for each of 132
// multiprocessors.
//
// What limits it: 64 multiply-adds a thread take four loads of 16 bytes from shared memory, and a
// multiprocessor does 128 multiply-adds a clock. So 2,048 rows of 512 cannot take less than 65,536
// clocks, 37 us at 1.755 GHz.
#pragma once
#include "common.cuh"

// HARD_SLICE columns of x at a time, in shared memory as [column][row]. A thread has 8 x 8 products.
enum { HARD_TILE = 64, HARD_THREADS = 64, HARD_SLICE = 16, HARD_STRIDE = HARD_TILE + 4 };

// A candidate: a similarity and its row; none is {NO_SAMPLE, -1}.
struct Candidate {
  float value;
  int row;
};

// The larger; of equal ones the first.
static __device__ __forceinline__ Candidate harder(Candidate a, Candidate b) {
  if (b.row < 0) return a;
  if (a.row < 0 || b.value > a.value) return b;
  return b.value == a.value && b.row < a.row ? b : a;
}

static __device__ __forceinline__ Candidate harder_of_lanes(Candidate mine, int offset) {
  return harder(mine, {__shfl_xor_sync(FULL_WARP, mine.value, offset), __shfl_xor_sync(FULL_WARP, mine.row, offset)});
}

// A slice of 64 rows of x on its way to shared memory: a thread has 4 columns, twice, of 2 rows.
struct RowSlice {
  const float *x;
  int rows, columns, row, column;
  bool vectors;
  float4 piece[4];

  __device__ RowSlice(const float *x, int rows, int columns, int first)
      : x(x), rows(rows), columns(columns), row(first + threadIdx.x / 2), column(threadIdx.x % 2 * 4),
        vectors(columns % 4 == 0 && (size_t)x % 16 == 0) {}

  __device__ __forceinline__ float4 load4(int r, int c) const {
    const float *p = x + (size_t)r * columns + c;
    if (r >= rows || c >= columns) return make_float4(0, 0, 0, 0);
    if (vectors) return *reinterpret_cast<const float4 *>(p);
    return make_float4(p[0], c + 1 < columns ? p[1] : 0, c + 2 < columns ? p[2] : 0, c + 3 < columns ? p[3] : 0);
  }
  __device__ __forceinline__ void load(int from) {
#pragma unroll
    for (int i = 0; i < 4; i++) piece[i] = load4(row + i / 2 * 32, from + column + i % 2 * 8);
  }
  __device__ __forceinline__ void store(float (*slice)[HARD_STRIDE]) const {
#pragma unroll
    for (int i = 0; i < 4; i++) {
      int r = threadIdx.x / 2 + i / 2 * 32, c = column + i % 2 * 8;
      slice[c][r] = piece[i].x;
      slice[c + 1][r] = piece[i].y;
      slice[c + 2][r] = piece[i].z;
      slice[c + 3][r] = piece[i].w;
    }
  }
};

// Block b has the tile of rows [64 x, 64 x + 64) against rows [64 y, 64 y + 64), x <= y, with
// b = y (y + 1) / 2 + x. The best of row i over tile t goes to partial_value[t, i] and
// partial_row[t, i]. Blocks of HARD_THREADS.
extern "C" __global__ void __launch_bounds__(HARD_THREADS, 4) hardest_negative(
    int rows, int columns, const float *x, const int *labels, float *partial_value, int *partial_row) {
  __align__(16) __shared__ float as[2][HARD_SLICE][HARD_STRIDE], bs[2][HARD_SLICE][HARD_STRIDE];
  __shared__ Candidate of_warp[2][HARD_TILE];
  int tileY = (int)((sqrtf(8.0f * blockIdx.x + 1) - 1) / 2);
  while (tileY * (tileY + 1) / 2 > (int)blockIdx.x) tileY--;
  while ((tileY + 1) * (tileY + 2) / 2 <= (int)blockIdx.x) tileY++;
  int tileX = blockIdx.x - tileY * (tileY + 1) / 2;
  // Neighbouring lanes share their rows, every second one its columns: loads of half a warp are one.
  int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  int row = lane / 2 % 8 * 4, column = warp * 32 + (lane % 2 + lane / 16 * 2) * 4;
  RowSlice a(x, rows, columns, tileX * HARD_TILE), b(x, rows, columns, tileY * HARD_TILE);
  float sum[8][8] = {};
  a.load(0);
  b.load(0);
  a.store(as[0]);
  b.store(bs[0]);
  __syncthreads();
  for (int c = 0, now = 0; c < columns; c += HARD_SLICE, now ^= 1) {
    bool more = c + HARD_SLICE < columns;
    if (more) {
      a.load(c + HARD_SLICE);
      b.load(c + HARD_SLICE);
    }
#pragma unroll
    for (int l = 0; l < HARD_SLICE; l++) {
      float u[8], v[8];
#pragma unroll
      for (int g = 0; g < 2; g++) {
        *reinterpret_cast<float4 *>(&u[g * 4]) = *reinterpret_cast<float4 *>(&as[now][l][row + g * 32]);
        *reinterpret_cast<float4 *>(&v[g * 4]) = *reinterpret_cast<float4 *>(&bs[now][l][column + g * 16]);
      }
#pragma unroll
      for (int i = 0; i < 8; i++)
#pragma unroll
        for (int j = 0; j < 8; j++) sum[i][j] = fmaf(u[i], v[j], sum[i][j]);
    }
    if (more) {  // into the slices that were read before the last barrier
      a.store(as[now ^ 1]);
      b.store(bs[now ^ 1]);
      __syncthreads();
    }
  }
  int of_row[8], of_column[8], i0 = tileX * HARD_TILE + row, j0 = tileY * HARD_TILE + column;
#pragma unroll
  for (int e = 0; e < 8; e++) {
    int i = i0 + e % 4 + e / 4 * 32, j = j0 + e % 4 + e / 4 * 16;
    of_row[e] = i < rows ? labels[i] : 0;
    of_column[e] = j < rows ? labels[j] : 0;
  }
#pragma unroll
  for (int p = 0; p < 8; p++) {  // this thread's rows, and its columns as rows of the other half
    Candidate across = {-2.0f, -1}, down = across;
#pragma unroll
    for (int q = 0; q < 8; q++) {
      int i = i0 + p % 4 + p / 4 * 32, j = j0 + q % 4 + q / 4 * 16;
      if (i < rows && j < rows && of_row[p] != of_column[q]) across = harder(across, {sum[p][q], j});
      i = i0 + q % 4 + q / 4 * 32, j = j0 + p % 4 + p / 4 * 16;
      if (i < rows && j < rows && of_row[q] != of_column[p]) down = harder(down, {sum[q][p], i});
    }
    across = harder_of_lanes(harder_of_lanes(across, 1), 16);
    down = harder_of_lanes(harder_of_lanes(harder_of_lanes(down, 2), 4), 8);
    if (lane % 2 == 0 && lane < 16) of_warp[warp][row + p % 4 + p / 4 * 32] = across;
    int j = j0 + p % 4 + p / 4 * 16;
    if (lane / 2 % 8 == 0 && j < rows && tileX != tileY) {
      partial_value[(size_t)tileX * rows + j] = down.value;
      partial_row[(size_t)tileX * rows + j] = down.row;
    }
  }
  __syncthreads();
  int i = tileX * HARD_TILE + threadIdx.x;
  if (i < rows) {
    Candidate best = harder(of_warp[0][threadIdx.x], of_warp[1][threadIdx.x]);
    partial_value[(size_t)tileY * rows + i] = best.value;
    partial_row[(size_t)tileY * rows + i] = best.row;
  }
}

// The best of the tiles.
extern "C" __global__ void hardest_negative_merge(int rows, int tiles, const float *partial_value,
                                                  const int *partial_row, float *value, int *argmax) {
  for (int i = grid_thread(); i < rows; i += grid_threads()) {
    Candidate best = {-2.0f, -1};
#pragma unroll 8
    for (int t = 0; t < tiles; t++) {
      best = harder(best, {partial_value[(size_t)t * rows + i], partial_row[(size_t)t * rows + i]});
    }
    value[i] = best.value;
    argmax[i] = best.row;
  }
}

// dx_i = dvalue[i] x_j + the sum over the rows k whose hardest negative is i of dvalue[k] x_k. A
// block has a row i; every warp looks for those k, 32 at a time.
extern "C" __global__ void hardest_negative_backward(int rows, int columns, const float *x, const int *argmax,
                                                     const float *dvalue, float *dx) {
  int i = blockIdx.x, j = argmax[i], lane = threadIdx.x % 32;
  for (int from = 0; from < columns; from += blockDim.x) {
    int c = from + threadIdx.x;
    float sum = j >= 0 && c < columns ? dvalue[i] * x[(size_t)j * columns + c] : 0.0f;
#pragma unroll 4
    for (int first = 0; first < rows; first += 32) {
      unsigned chose = __ballot_sync(FULL_WARP, first + lane < rows && argmax[first + lane] == i);
      for (; chose; chose &= chose - 1) {
        int k = first + __ffs(chose) - 1;
        if (c < columns) sum = fmaf(dvalue[k], x[(size_t)k * columns + c], sum);
      }
    }
    if (c < columns) dx[(size_t)i * columns + c] = sum;
  }
}
