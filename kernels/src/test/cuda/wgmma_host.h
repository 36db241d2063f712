// Host twins of wgmma.cuh. Products are done as late as they may be, at the wait: a missing one leaves the
// sums as they were, and a slice that is overwritten too early is read as what came after.
#pragma once

struct SharedMatrix {
  const char *start;
  int leading;
};
static inline SharedMatrix shared_matrix(const void *start, int leading) { return {(const char *)start, leading}; }

static inline void fence_for_wgmma() {
  auto &unfenced = host::my_copies().unfenced;
  for (unsigned piece : unfenced) {
    if (host::pieces[piece] == host::NOT_FENCED) host::pieces[piece] = host::grid.barriers;
  }
  unfenced.clear();
}

namespace host {

struct Product {
  float *sums;
  int columns;
  SharedMatrix a, b;
  bool a_across, b_across;
};
struct Products {
  std::vector<std::vector<Product>> groups{{}};  // the last one is open
  bool begun = false;                            // whether wgmma.fence came before this group
};
inline Products products[Grid::MAX_THREADS];
inline Products &my_products() { return products[grid.current - grid.threads]; }

inline void forget_products() {
  for (unsigned i = 0; i < grid.count; i++) products[i] = Products();
}
inline const bool products_start = (grid.at_block_start.push_back(forget_products), true);

// Where the swizzle has put what lies `offset` bytes behind the start of a factor.
static inline const unsigned short *swizzled(const SharedMatrix &m, int offset) {
  uintptr_t address = (uintptr_t)m.start + offset;
  return (const unsigned short *)(address ^ (address >> 7 & 7) << 4);
}

// Fails unless the tensor cores can see the 16 bytes.
static inline void require_visible(const void *p) {
  unsigned piece = piece_of(p), state = piece < pieces.size() ? pieces[piece] : NEVER_WRITTEN;
  const char *problem = state == NEVER_WRITTEN       ? "nobody wrote"
                        : state == ON_ITS_WAY        ? "a copy may still be on its way to"
                        : state == NOT_FENCED        ? "a thread wrote without fence.proxy.async after it"
                        : state == grid.barriers     ? "a thread wrote and fenced, but no barrier followed"
                                                     : nullptr;
  if (problem) fail("wgmma reads what %s: offset %u of dynamic shared memory", problem, 16 * piece);
}

// Both factors of a product with rows of `positions`: 16 k of each.
static void require_visible(const SharedMatrix &m, bool across, int positions) {
  if (across) {
    for (int k = 0; k < 16; k++) {
      for (int i = 0; i < positions; i += 8) require_visible(swizzled(m, i / 64 * m.leading + k * 128 + i % 64 * 2));
    }
  } else {
    for (int i = 0; i < positions; i++) {
      require_visible(swizzled(m, i * 128));
      require_visible(swizzled(m, i * 128 + 16));
    }
  }
}

// Elements k, 0 to 16, of `COUNT` neighbouring positions of a factor.
template <int COUNT>
static inline void elements(const SharedMatrix &m, bool across, int position, float (*to)[16]) {
  auto at = [&](int offset) { return swizzled(m, offset); };
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

static inline void wgmma_begin() { host::my_products().begun = true; }

template <int A_ACROSS, int B_ACROSS, int SUMS>
static inline void wgmma(float (&d)[SUMS], SharedMatrix a, SharedMatrix b) {
  for (auto &m : {a, b}) {
    if ((uintptr_t)m.start % 1024 & ~0x60) host::fail("wgmma: a factor begins at %p, within a group of rows", m.start);
  }
  auto &mine = host::my_products();
  if (!mine.begun) host::fail("wgmma: no wgmma.fence before the group");
  if ((host::grid.current - host::grid.threads) % 128 == 0) {  // one looks for the warpgroup
    host::require_visible(a, A_ACROSS, 64);
    host::require_visible(b, B_ACROSS, 2 * SUMS);
  }
  mine.groups.back().push_back({d, 2 * SUMS, a, b, A_ACROSS != 0, B_ACROSS != 0});
}

static inline void wgmma_commit() {
  host::my_products().groups.emplace_back();
  host::my_products().begun = false;
}

template <int PENDING>
static inline void wgmma_wait() {
  auto &groups = host::my_products().groups;
  while (groups.size() > PENDING + 1) {
    for (auto &product : groups.front()) host::multiply(product);
    groups.erase(groups.begin());
  }
}
