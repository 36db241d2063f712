// Device memory of the test driver. Every allocation ends at a page that nobody may touch, has
// canaries before it and in the gap of alignment behind it, and starts as NaN.
#pragma once

#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <sys/mman.h>

namespace host {

class Memory {
 public:
  typedef unsigned long long Address;

  struct Block {
    char *pages;
    size_t pages_length;
    char *start;
    size_t size;
  };

  size_t total = 8ull << 30, used = 0;

  // 0 if there is not so much.
  Address allocate(size_t size) {
    if (used + size > total) return 0;
    size_t body = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    size_t length = (body + PAGE - 1) / PAGE * PAGE + 2 * PAGE;
    char *pages = (char *)mmap(nullptr, length, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (pages == MAP_FAILED) return 0;
    char *start = pages + length - PAGE - body;
    std::memset(pages + PAGE, CANARY, start - pages - PAGE);
    std::memset(start, 0xFF, size);
    std::memset(start + size, CANARY, body - size);
    mprotect(pages, PAGE, PROT_NONE);
    mprotect(pages + length - PAGE, PAGE, PROT_NONE);
    blocks[(Address)start] = {pages, length, start, size};
    used += size;
    return (Address)start;
  }

  // Whether [address, address + size) lies in an allocation.
  bool holds(Address address, size_t size) const {
    auto block = find(address);
    return block && address + size <= (Address)block->start + block->size;
  }

  // Returns what is wrong with freeing the allocation, or nothing.
  std::string free(Address address) {
    auto at = blocks.find(address);
    if (at == blocks.end()) return "cuMemFree of what was not allocated";
    Block block = at->second;
    std::string damage = damaged(block);
    munmap(block.pages, block.pages_length);
    used -= block.size;
    blocks.erase(at);
    return damage;
  }

  // Where an address is, for an error message.
  std::string describe(Address address) const {
    auto block = find(address + PAGE);  // past the end counts as part of the block
    if (!block) block = find(address);
    char text[160];
    if (block) {
      std::snprintf(text, sizeof text, "offset %lld of an allocation of %zu bytes",
                    (long long)(address - (Address)block->start), block->size);
    } else {
      std::snprintf(text, sizeof text, "address %#llx, in no allocation", address);
    }
    return text;
  }

 private:
  static constexpr size_t PAGE = 4096, ALIGNMENT = 16;
  static constexpr unsigned char CANARY = 0xA5;
  std::map<Address, Block> blocks;

  // The block that starts last at or before the address.
  const Block *find(Address address) const {
    auto after = blocks.upper_bound(address);
    return after == blocks.begin() ? nullptr : &std::prev(after)->second;
  }

  static std::string damaged(const Block &block) {
    char *end = block.pages + block.pages_length - PAGE;
    for (char *p = block.pages + PAGE; p < end; p++) {
      if (p == block.start) p += block.size;
      if (p < end && (unsigned char)*p != CANARY) {
        return "a kernel wrote at offset " + std::to_string(p - block.start) +
               " of an allocation of " + std::to_string(block.size) + " bytes";
      }
    }
    return "";
  }
};

}  // namespace host
