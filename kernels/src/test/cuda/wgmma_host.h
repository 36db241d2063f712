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

// Elements k, 0 to 16, of `COUNT` neighbouring positions of a factor, where the swizzle has put them.
template <int COUNT>
static inline void elements(const SharedMatrix &m, bool across, int position, float (*to)[16]) {
  auto at = [&](int offset) {
    uintptr_t address = (uintptr_t)m.start + offset;
    return (const unsigned short *)(address ^ (address >> 7 & 7) << 4);
  };
  if (across) {
    for (int k = 0; k < 16; k++) {
      const unsigned short *p = at(position / 64 * m.leading + k * 128 + position % 64 * 2);
      for (int e = 0; e < COUNT; e++) to[e][k] = __uint_as_float((unsigned)p[e] << 16);
    }
  } else {
    for (int e = 0; e < COUNT; e++) {
      for (int k = 0; k < 16; k += 8) {  // 16 bytes
        const unsigned short *p = at((position + e) * 128 + k * 2);
        for (int i = 0; i < 8; i++) to[e][k + i] = __uint_as_float((unsigned)p[i] << 16);
      }
    }
  }
}

// What one thread holds of d += A B.
static void multiply(const Product &p) {
  int first = grid.current->warp % 4 * 16 + lane() / 4;
  float a[2][16], b[2][16];
  for (int r = 0; r < 2; r++) elements<1>(p.a, p.a_across, first + 8 * r, &a[r]);
  for (int j = 0; j < p.columns / 8; j++) {
    elements<2>(p.b, p.b_across, j * 8 + lane() % 4 * 2, b);
    float sum[4];  // of row r and column e: [2 r + e]
    std::memcpy(sum, p.sums + j * 4, sizeof sum);
    for (int k = 0; k < 16; k++) {
      for (int s = 0; s < 4; s++) sum[s] = fmaf(a[s / 2][k], b[s % 2][k], sum[s]);
    }
    std::memcpy(p.sums + j * 4, sum, sizeof sum);
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
