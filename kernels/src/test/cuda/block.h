// A grid of threads on one thread of the operating system: block after block, the threads of a
// block as fibres that run until they must wait. A thread that ends leaves its fibre to the next,
// so that kernels without barriers never switch.
//
// Since nothing is simultaneous, results repeat; the order in which threads run can be turned round
// or shuffled, so that a result that depends on it is found out. Barriers and warp operations are
// exact: a thread that comes too late, too early or not at all is named.
#pragma once

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "fibers.h"
#include "interface.h"

struct uint3 {
  unsigned x, y, z;
};
struct dim3 {
  unsigned x = 1, y = 1, z = 1;
};

namespace host {

enum WarpOperation { SYNC, SHUFFLE, VOTE, MATRIX };

struct Thread {
  uint3 index;
  unsigned lane, warp;
  void *stack_pointer;  // while it waits
  int stack;
  bool done;
};

// A warp operation that not all of its lanes have reached.
struct Collective {
  unsigned mask, arrived, to_leave;
  WarpOperation operation;
  int line;
  bool complete;
  Collective *next;
  unsigned brought[32][8];  // what each lane brings
};

struct Grid {
  static constexpr unsigned MAX_THREADS = 1024;

  Thread *current = nullptr;
  uint3 block{};
  dim3 block_size, grid_size;
  char *dynamic_shared = nullptr;
  size_t dynamic_bytes = 0;
  char *dynamic_end = nullptr;  // of what is mapped: canaries lie between
  const Config *config = nullptr;

  Thread threads[MAX_THREADS];
  unsigned order[MAX_THREADS];
  unsigned count = 0, started = 0, finished = 0;

  // Threads that may go on.
  Thread *ready[MAX_THREADS];
  unsigned ready_from = 0, ready_count = 0;

  // Threads at __syncthreads, and how many of them bring a true predicate.
  Thread *at_barrier[MAX_THREADS];
  unsigned barrier_count = 0;
  int barrier_line = 0, barrier_votes = 0, barrier_result = 0;
  unsigned barriers = 0;  // that opened

  Collective *collectives[MAX_THREADS / 32];
  Collective *unused_collectives = nullptr;
  unsigned alive[MAX_THREADS / 32];  // the lanes of each warp that have not returned

  Stacks stacks;
  void *home = nullptr;  // the stack of the caller
  void (*body)(void *) = nullptr;
  void *arguments = nullptr;
  std::vector<void (*)()> at_block_start;
  bool failed = false;
  char error[400];
};

inline Grid grid;  // one for each kernel library

// The static shared memory of all kernels of a library lies in one section, to be poisoned.
extern "C" {
extern char __start_shared_memory[] __attribute__((weak, visibility("hidden")));
extern char __stop_shared_memory[] __attribute__((weak, visibility("hidden")));
}

[[noreturn]] static void leave_block() {
  void *nowhere;
  switch_stack(&nowhere, grid.home);
  __builtin_unreachable();
}

// Ends the launch with an error that names the thread.
[[noreturn]] static __attribute__((noinline, format(printf, 1, 2))) void fail(const char *format, ...) {
  uint3 t = grid.current ? grid.current->index : uint3{};
  int n = std::snprintf(grid.error, sizeof grid.error, "block (%u,%u,%u) thread (%u,%u,%u): ",
                        grid.block.x, grid.block.y, grid.block.z, t.x, t.y, t.z);
  va_list values;
  va_start(values, format);
  std::vsnprintf(grid.error + n, sizeof grid.error - n, format, values);
  va_end(values);
  grid.failed = true;
  leave_block();
}

static void make_ready(Thread *t) {
  grid.ready[(grid.ready_from + grid.ready_count++) % Grid::MAX_THREADS] = t;
}

static Thread *next_ready() {
  Thread *t = grid.ready[grid.ready_from];
  grid.ready_from = (grid.ready_from + 1) % Grid::MAX_THREADS;
  grid.ready_count--;
  return t;
}

[[noreturn]] static void deadlock() {
  fail("deadlock: of %u threads %u have returned, %u wait at __syncthreads (line %d) and the rest in "
       "warp operations that the other lanes never reach",
       grid.count, grid.finished, grid.barrier_count, grid.barrier_line);
}

static void returned(Thread *t);

// What a fibre does: it runs threads that have not started, one after the other, and when there are
// none left it gives way to those that wait.
static void run_threads() {
  int stack = grid.current->stack;
  while (grid.started < grid.count) {
    Thread *t = &grid.threads[grid.order[grid.started++]];
    t->stack = stack;
    grid.current = t;
    grid.body(grid.arguments);
    stack = t->stack;
    returned(t);
  }
  grid.stacks.give(stack);
  if (grid.ready_count == 0) {
    if (grid.finished == grid.count) leave_block();
    deadlock();
  }
  grid.current = next_ready();
  void *nowhere;
  switch_stack(&nowhere, grid.current->stack_pointer);
  __builtin_unreachable();
}

// The current thread waits: others run until one of them makes it ready again.
static __attribute__((noinline)) void wait() {
  Thread *me = grid.current;
  if (grid.started < grid.count) {
    static Thread starter;
    starter.stack = grid.stacks.take();
    grid.current = &starter;
    switch_stack(&me->stack_pointer, grid.stacks.prepare(starter.stack, run_threads));
  } else if (grid.ready_count > 0) {
    grid.current = next_ready();
    if (grid.current != me) switch_stack(&me->stack_pointer, grid.current->stack_pointer);
  } else {
    deadlock();
  }
}

// ---- __syncthreads ------------------------------------------------------------------------------

static void open_barrier() {
  grid.barrier_result = grid.barrier_votes;
  for (unsigned i = 0; i < grid.barrier_count; i++) {
    if (grid.at_barrier[i] != grid.current) make_ready(grid.at_barrier[i]);
  }
  grid.barrier_count = grid.barrier_votes = 0;
  grid.barriers++;
}

// Waits for all threads of the block and returns how many brought a true predicate.
static int barrier(int line, int predicate) {
  if (grid.barrier_count == 0) grid.barrier_line = line;
  if (grid.barrier_line != line) {
    fail("divergent __syncthreads: this thread is at line %d, others wait at line %d", line,
         grid.barrier_line);
  }
  grid.barrier_votes += predicate != 0;
  grid.at_barrier[grid.barrier_count++] = grid.current;
  if (grid.barrier_count + grid.finished == grid.count) {
    open_barrier();
  } else {
    wait();
  }
  return grid.barrier_result;
}

// ---- warp operations ----------------------------------------------------------------------------

static void complete(Collective *c, unsigned warp) {
  c->complete = true;
  for (unsigned lane = 0; lane < 32; lane++) {
    Thread *t = &grid.threads[warp * 32 + lane];
    if ((c->arrived >> lane & 1) && t != grid.current) make_ready(t);
  }
}

static Collective *new_collective(WarpOperation operation, unsigned mask, int line) {
  Collective *c = grid.unused_collectives;
  if (c) {
    grid.unused_collectives = c->next;
  } else {
    c = (Collective *)std::malloc(sizeof(Collective));
  }
  unsigned warp = grid.current->warp;
  c->mask = mask;
  c->arrived = c->to_leave = 0;
  c->operation = operation;
  c->line = line;
  c->complete = false;
  c->next = grid.collectives[warp];
  grid.collectives[warp] = c;
  return c;
}

// The collective that the current lane belongs to: one that others wait in, or a new one.
static Collective *join(WarpOperation operation, unsigned mask, int line) {
  unsigned warp = grid.current->warp, bit = 1u << grid.current->lane;
  if (!(mask & bit)) fail("line %d: the mask %08x lacks the calling lane", line, mask);
  for (Collective *c = grid.collectives[warp]; c; c = c->next) {
    if (c->complete || (c->arrived & bit)) continue;
    if (c->mask == mask) {
      if (c->operation == operation && c->line == line) return c;
      fail("divergent warp operation: this lane is at line %d, others wait at line %d", line, c->line);
    }
    if (c->mask & bit) {
      fail("line %d: the mask is %08x, other lanes wait at line %d with mask %08x", line, mask, c->line,
           c->mask);
    }
  }
  return new_collective(operation, mask, line);
}

// Brings `value` and waits for all lanes of the mask that have not returned. The result must be
// given back to `leave` once it is read.
static Collective *arrive(WarpOperation operation, unsigned mask, int line, const void *value,
                          size_t bytes) {
  Thread *me = grid.current;
  Collective *c = join(operation, mask, line);
  c->arrived |= 1u << me->lane;
  c->to_leave |= 1u << me->lane;
  if (bytes > 0) std::memcpy(c->brought[me->lane], value, bytes);
  unsigned needed = mask & grid.alive[me->warp];
  if ((c->arrived & needed) == needed) {
    complete(c, me->warp);
  } else {
    wait();
  }
  return c;
}

static void leave(Collective *c) {
  c->to_leave &= ~(1u << grid.current->lane);
  if (c->to_leave) return;
  Collective **link = &grid.collectives[grid.current->warp];
  while (*link != c) link = &(*link)->next;
  *link = c->next;
  c->next = grid.unused_collectives;
  grid.unused_collectives = c;
}

// A thread has returned: those that waited only for it go on.
static void returned(Thread *t) {
  t->done = true;
  grid.finished++;
  grid.alive[t->warp] &= ~(1u << t->lane);
  if (grid.barrier_count > 0 && grid.barrier_count + grid.finished == grid.count) open_barrier();
  for (Collective *c = grid.collectives[t->warp]; c; c = c->next) {
    unsigned needed = c->mask & grid.alive[t->warp];
    if (!c->complete && needed && (c->arrived & needed) == needed) complete(c, t->warp);
  }
}

// ---- dynamic shared memory ----------------------------------------------------------------------

static constexpr unsigned char CANARY = 0xA5;

// It begins where no more than the promised alignment of 16 bytes holds. Canaries lie behind it, then a page
// that nobody may touch.
static void map_dynamic_shared(size_t bytes) {
  const size_t PAGE = 4096, OFFSET = 16;
  if (grid.dynamic_end) munmap(grid.dynamic_shared - OFFSET, grid.dynamic_end - grid.dynamic_shared + OFFSET + PAGE);
  size_t length = (OFFSET + bytes + PAGE) / PAGE * PAGE;
  char *pages = (char *)mmap(nullptr, length + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(pages + length, PAGE, PROT_NONE);
  grid.dynamic_shared = pages + OFFSET;
  grid.dynamic_bytes = bytes;
  grid.dynamic_end = pages + length;
  std::memset(pages, CANARY, OFFSET);
  std::memset(grid.dynamic_shared + bytes, CANARY, grid.dynamic_end - grid.dynamic_shared - bytes);
}

static void check_dynamic_shared() {
  for (char *p = grid.dynamic_shared + grid.dynamic_bytes; p < grid.dynamic_end; p++) {
    if ((unsigned char)*p == CANARY) continue;
    grid.current = nullptr;
    std::snprintf(grid.error, sizeof grid.error, "the block wrote at offset %zu of %zu bytes of dynamic shared memory",
                  (size_t)(p - grid.dynamic_shared), grid.dynamic_bytes);
    grid.failed = true;
    return;
  }
}

// ---- blocks and grids ---------------------------------------------------------------------------

static void reset_block() {
  grid.started = grid.finished = 0;
  grid.ready_from = grid.ready_count = 0;
  grid.barrier_count = grid.barrier_votes = 0;
  grid.barriers = 0;
  for (auto start : grid.at_block_start) start();
  for (unsigned w = 0; w * 32 < grid.count; w++) {
    unsigned lanes = grid.count - w * 32;
    grid.collectives[w] = nullptr;
    grid.alive[w] = lanes >= 32 ? ~0u : (1u << lanes) - 1;
  }
  for (unsigned i = 0; i < grid.count; i++) grid.threads[i].done = false;
  // Shared memory starts as NaN: who reads before a write is heard of.
  if (__start_shared_memory) {
    std::memset(__start_shared_memory, 0xFF, __stop_shared_memory - __start_shared_memory);
  }
  if (grid.dynamic_bytes > 0) std::memset(grid.dynamic_shared, 0xFF, grid.dynamic_bytes);
  grid.stacks.forget();
}

static bool run_block() {
  reset_block();
  static Thread starter;
  starter.stack = grid.stacks.take();
  grid.current = &starter;
  switch_stack(&grid.home, grid.stacks.prepare(starter.stack, run_threads));
  if (grid.dynamic_bytes > 0 && !grid.failed) check_dynamic_shared();
  return !grid.failed;
}

static void number_threads() {
  dim3 size = grid.block_size;
  grid.count = size.x * size.y * size.z;
  for (unsigned i = 0; i < grid.count; i++) {
    Thread &t = grid.threads[i];
    t.index = {i % size.x, i / size.x % size.y, i / (size.x * size.y)};
    t.lane = i % 32;
    t.warp = i / 32;
    grid.order[i] = grid.config->order == REVERSE ? grid.count - 1 - i : i;
  }
}

// Fisher and Yates, with a linear congruential generator.
static void shuffle_threads(unsigned long long *state) {
  for (unsigned i = grid.count - 1; i > 0; i--) {
    *state = *state * 6364136223846793005ull + 1442695040888963407ull;
    unsigned j = (unsigned)((*state >> 33) % (i + 1));
    unsigned swapped = grid.order[i];
    grid.order[i] = grid.order[j];
    grid.order[j] = swapped;
  }
}

// Runs a launch; returns null or what went wrong.
static const char *run_grid(const Launch *launch, const Config *config) {
  grid.config = config;
  if (launch->shared != grid.dynamic_bytes || grid.failed) map_dynamic_shared(launch->shared);
  grid.body = launch->body;
  grid.arguments = launch->arguments;
  grid.failed = false;
  grid.block_size = {launch->block[0], launch->block[1], launch->block[2]};
  grid.grid_size = {launch->grid[0], launch->grid[1], launch->grid[2]};
  number_threads();
  unsigned long long blocks = 1ull * launch->grid[0] * launch->grid[1] * launch->grid[2];
  unsigned long long random = config->seed;
  for (unsigned long long k = 0; k < blocks; k++) {
    unsigned long long b = config->order == REVERSE ? blocks - 1 - k : k;
    if (config->order == SHUFFLED) shuffle_threads(&random);
    grid.block = {(unsigned)(b % launch->grid[0]), (unsigned)(b / launch->grid[0] % launch->grid[1]),
                  (unsigned)(b / (1ull * launch->grid[0] * launch->grid[1]))};
    if (!run_block()) return grid.error;
  }
  grid.current = nullptr;
  return nullptr;
}

}  // namespace host
