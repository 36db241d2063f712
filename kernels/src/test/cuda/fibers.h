// Fibres: stacks that one thread of the operating system switches between. A switch is a function
// call that returns on another stack; the compiler saves what a call may clobber, switch_stack the
// six registers that it may not. Some 8 ns, where swapcontext takes 175 (it asks the kernel for the
// signal mask).
#pragma once

#include <cstddef>
#include <sys/mman.h>

namespace host {

// Saves the stack pointer in *from and goes on where `to` was saved.
extern "C" void switch_stack(void **from, void *to) __attribute__((visibility("hidden")));
asm(R"(
  .text
  .globl switch_stack
  .hidden switch_stack
  .type switch_stack, @function
switch_stack:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
  .size switch_stack, .-switch_stack
)");

// Stacks, handed out by number. The memory of those never used is never touched.
class Stacks {
 public:
  static constexpr int COUNT = 1025;  // the threads of a block, and one that starts them
  // Not a power of two: the tops of all stacks must not fall into one set of the cache.
  static constexpr size_t SIZE = 64 * 1024 + 17 * 64;

  void forget() { used = free = 0; }
  int take() { return free > 0 ? given[--free] : used++; }
  void give(int stack) { given[free++] = stack; }

  // A stack pointer that switch_stack turns into a call of `entry`, which must not return.
  void *prepare(int stack, void (*entry)()) {
    if (!memory) {
      memory = (char *)mmap(nullptr, COUNT * SIZE, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    }
    void **top = (void **)(memory + (stack + 1) * SIZE);
    *--top = nullptr;  // as if called: 8 bytes off a multiple of 16
    *--top = (void *)entry;
    for (int i = 0; i < 6; i++) *--top = nullptr;
    return top;
  }

 private:
  char *memory = nullptr;
  int used = 0, free = 0;
  int given[COUNT];
};

}  // namespace host
