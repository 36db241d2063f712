// Host twins of tensor_core.cuh: fragments as the PTX manual lays them out, and asynchronous copies
// that really arrive only at the wait. Until then their place is NaN, so that a missing wait is found out,
// and a copy to where others still read.
#pragma once

static inline unsigned round_tf32(unsigned bits) {
  bool finite = (bits & 0x7f800000) != 0x7f800000;
  return (finite ? bits + 0x1000 : bits) & 0xffffe000;
}

namespace host {

// d += A * B of one mma.sync with `PER_WORD` elements in a register: 2 of bf16, 1 of TF32. Both
// kinds have A rows g, g + 8 and two halves of k in a[0..3], B column g in b[0..1].
template <int PER_WORD, class Element>
static void mma(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2], Element element,
                int line) {
  unsigned mine[6] = {a[0], a[1], a[2], a[3], b[0], b[1]};
  Collective *all = arrive(MATRIX, ~0u, line, mine, sizeof mine);
  int g = lane() / 4, t = lane() % 4;
  for (int i = 0; i < 4; i++) {
    int lower = i / 2, column = t * 2 + i % 2;
    float sum = d[i];
    for (int half = 0; half < 2; half++) {
      for (int q = 0; q < 4; q++) {
        unsigned from_a = all->brought[g * 4 + q][lower + 2 * half];
        unsigned from_b = all->brought[column * 4 + q][4 + half];
        for (int e = 0; e < PER_WORD; e++) sum = fmaf(element(from_a, e), element(from_b, e), sum);
      }
    }
    d[i] = sum;
  }
  leave(all);
}

// Every lane brings the 16 bytes of a row, read at once.
static void ldmatrix_rows(unsigned (&r)[4], const void *row, bool transposed, int line) {
  if ((uintptr_t)row % 16) fail("ldmatrix: the address %p is not a multiple of 16", row);
  Collective *all = arrive(MATRIX, ~0u, line, row, 16);
  for (int i = 0; i < 4; i++) {
    unsigned short half[2];
    for (int e = 0; e < 2; e++) {
      int y = transposed ? lane() % 4 * 2 + e : lane() / 4;
      int x = transposed ? lane() / 4 : lane() % 4 * 2 + e;
      half[e] = (unsigned short)(all->brought[i * 8 + y][x / 2] >> 16 * (x % 2));
    }
    r[i] = half[0] | (unsigned)half[1] << 16;
  }
  leave(all);
}

// A copy that a thread has asked for; zeros without a source.
struct Copy {
  void *to;
  const void *from;
};
struct Copies {
  std::vector<std::vector<Copy>> groups{{}};  // the last one is open
  std::vector<unsigned> unfenced;             // pieces that arrived since this thread's last fence
};
inline Copies copies[Grid::MAX_THREADS];
inline Copies &my_copies() { return copies[grid.current - grid.threads]; }

// What wgmma may read of dynamic shared memory, by pieces of 16 bytes: what a thread wrote, fenced, and all
// passed a barrier after. The number of barriers at the fence, or one of these.
enum Piece : unsigned { NEVER_WRITTEN = ~0u, ON_ITS_WAY = ~1u, NOT_FENCED = ~2u };
inline std::vector<unsigned> pieces;

inline unsigned piece_of(const void *p) { return (unsigned)(((const char *)p - grid.dynamic_shared) / 16); }

inline void forget_copies() {
  pieces.assign(grid.dynamic_bytes / 16, NEVER_WRITTEN);
  for (unsigned i = 0; i < grid.count; i++) copies[i] = Copies();
}
inline const bool copies_start = (grid.at_block_start.push_back(forget_copies), true);

}  // namespace host

static inline void mma_bf16(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
  auto element = [](unsigned r, int e) { return __uint_as_float(e ? r & 0xffff0000u : r << 16); };
  host::mma<2>(d, a, b, element, __LINE__);
}

static inline void mma_tf32(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
  // The hardware ignores the lower 13 bits.
  auto element = [](unsigned r, int) { return __uint_as_float(r & 0xffffe000u); };
  host::mma<1>(d, a, b, element, __LINE__);
}

static inline void ldmatrix(unsigned (&r)[4], const void *row) {
  host::ldmatrix_rows(r, row, false, __LINE__);
}
static inline void ldmatrix_transposed(unsigned (&r)[4], const void *row) {
  host::ldmatrix_rows(r, row, true, __LINE__);
}

static inline void copy_async(void *to, const void *from, const void *) {
  if ((uintptr_t)to % 16 || (uintptr_t)from % 16) {
    host::fail("cp.async: %p or %p is not a multiple of 16", to, from);
  }
  std::memset(to, 0xFF, 16);
  host::my_copies().groups.back().push_back({to, from});
  unsigned piece = host::piece_of(to);
  if (piece < host::pieces.size()) host::pieces[piece] = host::ON_ITS_WAY;
}
static inline void copy_async_commit() { host::my_copies().groups.emplace_back(); }
template <int PENDING>
static inline void copy_async_wait() {
  auto &mine = host::my_copies();
  auto &groups = mine.groups;
  while (groups.size() > PENDING + 1) {
    for (auto &copy : groups.front()) {
      copy.from ? std::memcpy(copy.to, copy.from, 16) : std::memset(copy.to, 0, 16);
      unsigned piece = host::piece_of(copy.to);
      if (piece < host::pieces.size()) {
        host::pieces[piece] = host::NOT_FENCED;
        mine.unfenced.push_back(piece);
      }
    }
    groups.erase(groups.begin());
  }
}
