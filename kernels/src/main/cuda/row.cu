// Kernels over the rows of a matrix (RowKernels): normalisation and products, the softmax with a
// margin, and the hardest negative in hardest_negative.cuh. Where a row is an embedding, a warp has
// it; where it is a row of logits over all identities, several blocks share it.
#include "hardest_negative.cuh"

#define WARPS 8  // of a block in which every warp has a row

// The row of this warp.
static __device__ __forceinline__ int warp_row() { return blockIdx.x * WARPS + threadIdx.x / 32; }
static __device__ __forceinline__ int lane_id() { return threadIdx.x % 32; }

static __device__ float warp_dot(int columns, const float *a, const float *b) {
  float sum = 0;
  for (int c = lane_id(); c < columns; c += 32) sum = fmaf(a[c], b[c], sum);
  return warp_sum(sum);
}

extern "C" __global__ void normalize_rows(int rows, int columns, float eps, const float *x, float *y, float *norm) {
  int r = warp_row();
  if (r >= rows) return;
  const float *row = x + (size_t)r * columns;
  float length = fmaxf(sqrtf(warp_dot(columns, row, row)), eps);
  if (lane_id() == 0) norm[r] = length;
  for (int c = lane_id(); c < columns; c += 32) y[(size_t)r * columns + c] = row[c] / length;
}

extern "C" __global__ void normalize_rows_backward(int rows, int columns, float eps, const float *y,
                                                   const float *norm, const float *dy, float *dx) {
  int r = warp_row();
  if (r >= rows) return;
  size_t at = (size_t)r * columns;
  float length = norm[r], radial = warp_dot(columns, y + at, dy + at);
  if (length == eps) radial = 0;  // clamped: y is linear in x
  for (int c = lane_id(); c < columns; c += 32) dx[at + c] = (dy[at + c] - y[at + c] * radial) / length;
}

extern "C" __global__ void dot_rows(int rows, int columns, const float *a, const float *b, float *y) {
  int r = warp_row();
  if (r >= rows) return;
  float product = warp_dot(columns, a + (size_t)r * columns, b + (size_t)r * columns);
  if (lane_id() == 0) y[r] = product;
}

extern "C" __global__ void dot_rows_backward(int rows, int columns, const float *dy, const float *other, float *dx) {
  int r = warp_row();
  if (r >= rows) return;
  for (int c = lane_id(); c < columns; c += 32) {
    dx[(size_t)r * columns + c] = dy[r] * other[(size_t)r * columns + c];
  }
}

// ---- softmax with a margin ------------------------------------------------------------------------

// The kinds of Margin; CudaRow has the same numbers.
enum MarginKind { SOFTMAX = 0, COSFACE = 1, ARCFACE = 2, ARCFACE_EASY = 3, ARCFACE_STRAIGHT_THROUGH = 4 };

// psi and its derivative at the target's cosine, one of a row: double costs nothing here and keeps
// 1 - c^2. cos(pi - m) = -cos m, sin(pi - m) = sin m.
static __device__ double margin_psi(int kind, double m, double cos_m, double sin_m, double c) {
  double moved = c * cos_m - sqrt(fmax(1 - c * c, 0.0)) * sin_m;
  switch (kind) {
    case SOFTMAX: return c;
    case COSFACE: return c - m;
    case ARCFACE: return c <= -cos_m ? c - m * sin_m : moved;
    case ARCFACE_EASY: return c > 0 ? moved : c;
    default: return moved;
  }
}

static __device__ double margin_derivative(int kind, double cos_m, double sin_m, double c) {
  double slope = cos_m + c * sin_m / sqrt(fmax(1 - c * c, 1e-9));
  switch (kind) {
    case ARCFACE: return c <= -cos_m ? 1 : slope;
    case ARCFACE_EASY: return c > 0 ? slope : 1;
    default: return 1;
  }
}

// A sum of exponentials, sum * exp(max), that does not overflow (Milakov and Gimelshein 2018).
struct LogSum {
  float max, sum;
};

static __device__ LogSum add(LogSum a, LogSum b) {
  float max = fmaxf(a.max, b.max);
  if (max == -INFINITY) return a;  // both empty
  return {max, a.sum * expf(a.max - max) + b.sum * expf(b.max - max)};
}

// partial [gridDim.y, rows] of LogSum: block (r, s) has the s-th share of row r's classes without
// the target. One pass over the cosines, nothing written but this.
extern "C" __global__ void margin_softmax_sums(int rows, int classes, float scale, const float *cosines,
                                               const int *labels, LogSum *partial) {
  __shared__ LogSum of_warp[32];
  int r = blockIdx.x, label = labels[r];
  RowShare share = row_share(classes, blockIdx.y, gridDim.y);
  const float *row = cosines + (size_t)r * classes;
  LogSum mine = {-INFINITY, 0};
#pragma unroll 4
  for (int j = share.from + threadIdx.x; j < share.to; j += blockDim.x) {
    if (j == label) continue;
    float z = scale * row[j];
    if (z > mine.max) {
      mine = {z, mine.sum * expf(mine.max - z) + 1};
    } else {
      mine.sum += expf(fmaf(scale, row[j], -mine.max));
    }
  }
  for (int offset = 16; offset > 0; offset /= 2) {
    mine = add(mine, {__shfl_xor_sync(FULL_WARP, mine.max, offset), __shfl_xor_sync(FULL_WARP, mine.sum, offset)});
  }
  if (threadIdx.x % 32 == 0) of_warp[threadIdx.x / 32] = mine;
  __syncthreads();
  if (threadIdx.x == 0) {
    for (int w = 1; w < (int)blockDim.x / 32; w++) mine = add(mine, of_warp[w]);
    partial[blockIdx.y * rows + r] = mine;
  }
}

// Adds up the shares and the target: lse of every row, and the loss. One block.
extern "C" __global__ void margin_softmax_loss(int rows, int classes, int shares, int kind, double m, double cos_m,
                                               double sin_m, double scale, const float *cosines,
                                               const int *labels, const LogSum *partial, float *lse, float *loss) {
  float total = 0;
  for (int r = threadIdx.x; r < rows; r += blockDim.x) {
    double target = scale * margin_psi(kind, m, cos_m, sin_m, cosines[(size_t)r * classes + labels[r]]);
    LogSum sum = {(float)target, (float)exp(target - (float)target)};
    for (int s = 0; s < shares; s++) sum = add(sum, partial[s * rows + r]);
    double log_sum = sum.max + log((double)sum.sum);
    lse[r] = (float)log_sum;
    total += (float)(log_sum - target);
  }
  total = block_sum(total);
  if (threadIdx.x == 0) loss[0] = rows == 0 ? 0.0f : total / rows;
}

// dc = factor * exp(z - lse); of the target, factor * (exp(z - lse) - 1) * psi'. Block (r, s) has
// the s-th share of row r.
extern "C" __global__ void margin_softmax_backward(int rows, int classes, int kind, double m, double cos_m,
                                                   double sin_m, double scale, const float *cosines,
                                                   const int *labels, const float *lse, const float *dloss, float *dc) {
  int r = blockIdx.x, label = labels[r];
  RowShare share = row_share(classes, blockIdx.y, gridDim.y);
  const float *row = cosines + (size_t)r * classes;
  float *out = dc + (size_t)r * classes;
  float factor = dloss[0] * (float)(scale / rows), scale_f = (float)scale, minus_lse = -lse[r];
#pragma unroll 4
  for (int j = share.from + threadIdx.x; j < share.to; j += blockDim.x) {
    if (j != label) out[j] = factor * expf(fmaf(scale_f, row[j], minus_lse));
  }
  if (threadIdx.x == 0 && share.from <= label && label < share.to) {
    double c = row[label];
    double p1 = expm1(scale * margin_psi(kind, m, cos_m, sin_m, c) - lse[r]);
    out[label] = (float)(factor * p1 * margin_derivative(kind, cos_m, sin_m, c));
  }
}

// ---- adaptive margins -----------------------------------------------------------------------------

// The kinds of AdaptiveMargin, where the formulas are explained; CudaRow has the same numbers.
enum AdaptiveKind { SPHEREFACE = 0, CURRICULARFACE = 1, ADAFACE = 2, MAGFACE = 3, MAGFACE_EASY = 4 };

#define PI 3.14159265358979323846
#define ANGLE_EPS 1e-3

// psi of the target's cosine and its derivatives for the cosine and the row's parameter.
struct Psi {
  double value, dc, dp;
};

// Double, as one class of a row costs nothing; one sine and cosine for all kinds, as they take most
// of the code.
static __device__ Psi adaptive_psi(int kind, double m, double c, double p) {
  double theta = acos(fmin(fmax(c, -1.0), 1.0)), sine = sqrt(fmax(1 - c * c, 1e-9)), angle, sin_a, cos_a;
  switch (kind) {
    case SPHEREFACE: angle = m * theta; break;
    case ADAFACE: angle = fmin(fmax(theta - p, ANGLE_EPS), PI - ANGLE_EPS); break;
    default: angle = kind == CURRICULARFACE ? m : p;
  }
  sincos(angle, &sin_a, &cos_a);
  switch (kind) {
    case SPHEREFACE: {
      double k = floor(angle / PI), sign = fmod(k, 2.0) == 0 ? 1 : -1;
      return {sign * cos_a - 2 * k, sign * m * sin_a / sine, 0};
    }
    case ADAFACE: {
      bool clipped = theta - p <= ANGLE_EPS || theta - p >= PI - ANGLE_EPS;
      return {cos_a - (m + p), clipped ? 0 : sin_a / sine, clipped ? -1 : sin_a - 1};
    }
    default: {  // as ArcFace; beyond pi c - angle sin(angle)
      bool easy = kind == MAGFACE_EASY, beyond = !easy && c <= -cos_a;
      if (easy && c <= 0) return {c, 1, 0};
      double root = sqrt(fmax(1 - c * c, 0.0)), dp = beyond ? sin_a + angle * cos_a : c * sin_a + root * cos_a;
      return {beyond ? c - angle * sin_a : c * cos_a - root * sin_a, beyond ? 1 : cos_a + c * sin_a / sine,
              kind == CURRICULARFACE ? 0 : -dp};
    }
  }
}

// CurricularFace: above which cosine another class counts as hard, cos(theta + m) of the target's.
static __device__ float hard_limit(int kind, double cos_m, double sin_m, double target) {
  if (kind != CURRICULARFACE) return INFINITY;
  return (float)(target * cos_m - sqrt(fmax(1 - target * target, 0.0)) * sin_m);
}

// y = psi of the target's cosine, c (p + c) of hard classes, else c. A block has a row.
extern "C" __global__ void adaptive_margin(int rows, int classes, int kind, double m, double cos_m, double sin_m,
                                           const float *cosines, const int *labels, const float *parameters, float *y) {
  int r = blockIdx.x, label = labels[r];
  const float *row = cosines + (size_t)r * classes;
  float p = parameters[r], limit = hard_limit(kind, cos_m, sin_m, row[label]);
  for (int j = threadIdx.x; j < classes; j += blockDim.x) {
    float c = row[j];
    if (j == label) {
      y[(size_t)r * classes + j] = (float)adaptive_psi(kind, m, c, p).value;
    } else {
      y[(size_t)r * classes + j] = c > limit ? c * (p + c) : c;
    }
  }
}

// dc = dy times the derivatives of the above; dp = dy dpsi/dp + the sum of dy c over hard classes.
extern "C" __global__ void adaptive_margin_backward(int rows, int classes, int kind, double m, double cos_m, double sin_m,
                                                    const float *cosines, const int *labels, const float *parameters,
                                                    const float *dy, float *dc, float *dp) {
  int r = blockIdx.x, label = labels[r];
  size_t at = (size_t)r * classes;
  float p = parameters[r], limit = hard_limit(kind, cos_m, sin_m, cosines[at + label]), sum = 0;
  for (int j = threadIdx.x; j < classes; j += blockDim.x) {
    float c = cosines[at + j], d = dy[at + j];
    if (j == label) {
      Psi psi = adaptive_psi(kind, m, c, p);
      dc[at + j] = (float)(d * psi.dc);
      sum += (float)(d * psi.dp);
    } else {
      bool hard = c > limit;
      dc[at + j] = hard ? d * (p + 2 * c) : d;
      if (hard) sum = fmaf(d, c, sum);
    }
  }
  sum = block_sum(sum);
  if (threadIdx.x == 0) dp[r] = sum;
}
