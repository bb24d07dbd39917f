// The emulated GPU: memory, and launches that run thread by thread.
//
// One processor thread runs everything. Blocks run one after another in a shuffled order; the threads of a block
// are fibers, resumed in a new order between any two barriers. A launch ends with a message if a thread
//   - touches memory that is neither shared memory of its block nor an allocation of its context,
//   - reads or writes a number that another thread writes or wrote with no barrier between (in other blocks: in
//     the same launch), which no order of execution has to be seen to betray,
//   - waits at a barrier that another thread of the block never reaches, or in an exchange that a lane of its
//     mask never joins,
//   - computes what C++ leaves undefined: misaligned access, index outside a local array, integer overflow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "emulation.h"

namespace emulation {

// The driver's names of what can go wrong; the numbers are CUDA's.
enum Status : int {
  SUCCESS = 0,
  INVALID_VALUE = 1,
  OUT_OF_MEMORY = 2,
  NOT_INITIALIZED = 3,
  NO_DEVICE = 100,
  INVALID_DEVICE = 101,
  INVALID_IMAGE = 200,
  INVALID_CONTEXT = 201,
  INVALID_PTX = 218,
  UNSUPPORTED_PTX_VERSION = 222,
  INVALID_HANDLE = 400,
  NOT_FOUND = 500,
  NOT_READY = 600,
  ILLEGAL_ADDRESS = 700,
  HOST_MEMORY_ALREADY_REGISTERED = 712,
  HOST_MEMORY_NOT_REGISTERED = 713,
  ILLEGAL_INSTRUCTION = 715,
  MISALIGNED_ADDRESS = 716,
  LAUNCH_FAILED = 719,
};

struct Trouble {
  Status status = SUCCESS;
  std::string text;
};

// Who touched four bytes last.
struct Mark {
  uint32_t launch, block, epoch;
  uint16_t thread, warpEpoch;
};

struct Word {
  Mark write, read;
};

// Device memory, or pinned host memory that a device may touch. Device memory is born full of 0xFF, NaN as any
// type of number, and lies between canaries and pages that nobody may touch.
class Allocation {
 public:
  Allocation(size_t bytes, int context);
  Allocation(void* host, size_t bytes, int context);
  ~Allocation();
  Allocation(const Allocation&) = delete;
  Allocation& operator=(const Allocation&) = delete;

  uintptr_t begin, end;
  int context;
  Word* marks = nullptr;  // none for host memory

  // What was written outside, by something that does not pass through the checks; empty if nothing.
  std::string damage() const;

 private:
  char* mapping = nullptr;
  size_t mapped = 0;
};

// All allocations, by address.
class Memory {
 public:
  // An address, never one that was given out before.
  uintptr_t allocate(size_t bytes, int context);
  bool pin(void* host, size_t bytes, int context);
  // The allocation that holds all of these bytes, or null.
  Allocation* find(uintptr_t address, size_t bytes);
  // The one that begins there, or null.
  Allocation* beginningAt(uintptr_t address);
  void release(Allocation* allocation);
  void releaseAll(int context);
  size_t deviceBytes(int context) const;
  Trouble damage(int context) const;
  // In words, the allocation nearest to an address.
  std::string nearest(uintptr_t address) const;

 private:
  std::map<uintptr_t, std::unique_ptr<Allocation>> allocations;
  Allocation* latest = nullptr;
};

Memory& memory();

// By name; null if no kernel file defines it.
const Kernel* kernel(const std::string& name);

struct Launch {
  const Kernel* kernel;
  std::vector<unsigned char> arguments;
  dim3 grid, block;
  size_t sharedBytes;
  int context;
};

// Runs all blocks to the end or the first trouble.
Trouble run(const Launch& launch);

}  // namespace emulation
