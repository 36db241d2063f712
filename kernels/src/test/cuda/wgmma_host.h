// Host twins of wgmma.cuh. Products are done as late as they may be, at the wait: a missing one leaves the
// sums as they were, and a slice that is overwritten too early is read as what came after.
#pragma once

struct SharedMatrix {
  const char *start;
  int leading;
};
static inline SharedMatrix shared_matrix(const void *start, int leading) { return {(const char *)start, leading}; }

static inline void fence_for_wgmma() {}
static inline void wgmma_begin() {}

namespace host {

struct Product {
  float *sums;
  int columns;
  SharedMatrix a, b;
  bool a_across, b_across;
};
typedef std::vector<std::vector<Product>> Products;  // in groups, the last one is open
inline Products products[Grid::MAX_THREADS];
inline Products &my_products() {
  Products &mine = products[grid.current - grid.threads];
  if (mine.empty()) mine.emplace_back();
  return mine;
}

// Element k of a row (or column) of a factor, where the swizzle has put it.
static float element(const SharedMatrix &m, bool across, int position, int k) {
  int offset = across ? position / 64 * m.leading + k * 128 + position % 64 * 2 : position * 128 + k * 2;
  uintptr_t address = (uintptr_t)m.start + offset;
  address ^= (address >> 7 & 7) << 4;
  return __uint_as_float((unsigned)*(const unsigned short *)address << 16);
}

// What one thread holds of d += A B.
static void multiply(const Product &p) {
  const int K = 16;
  int first = grid.current->warp % 4 * 16 + lane() / 4;
  float rows[2][K];
  for (int r = 0; r < 2; r++) {
    for (int k = 0; k < K; k++) rows[r][k] = element(p.a, p.a_across, first + 8 * r, k);
  }
  for (int j = 0; j < p.columns / 8; j++) {
    for (int e = 0; e < 2; e++) {
      for (int k = 0; k < K; k++) {
        float b = element(p.b, p.b_across, j * 8 + lane() % 4 * 2 + e, k);
        for (int r = 0; r < 2; r++) {
          float &sum = p.sums[j * 4 + r * 2 + e];
          sum = fmaf(rows[r][k], b, sum);
        }
      }
    }
  }
}

}  // namespace host

template <int A_ACROSS, int B_ACROSS, int SUMS>
static inline void wgmma(float (&d)[SUMS], SharedMatrix a, SharedMatrix b) {
  for (auto &m : {a, b}) {
    if (((uintptr_t)m.start >> 4) % 2) host::fail("wgmma: a factor begins at %p, within a row", m.start);
  }
  host::my_products().back().push_back({d, 2 * SUMS, a, b, A_ACROSS != 0, B_ACROSS != 0});
}

static inline void wgmma_commit() { host::my_products().emplace_back(); }

template <int PENDING>
static inline void wgmma_wait() {
  auto &groups = host::my_products();
  while (groups.size() > PENDING + 1) {
    for (auto &product : groups.front()) host::multiply(product);
    groups.erase(groups.begin());
  }
}
