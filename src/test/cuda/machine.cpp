#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <sstream>

#include "machine.h"

#ifndef __x86_64__
#error "The emulated GPU switches between fibers on x86-64 only."
#endif

dim3 threadIdx, blockIdx, blockDim, gridDim;

// This library's own memory, where constants and the built-in variables lie.
extern "C" char __ehdr_start __attribute__((visibility("hidden")));
extern "C" char _end __attribute__((visibility("hidden")));

namespace emulation {

namespace {

constexpr size_t PAGE = 4096;
// An index that is wrong by a matrix lands between allocations, not in the next one.
constexpr size_t GAP = 4 << 20;
constexpr unsigned char FRESH = 0xFF, CANARY = 0xFE;
constexpr size_t ALIGNMENT = 256;

size_t roundUp(size_t value, size_t unit) { return (value + unit - 1) / unit * unit; }

char* reserve(size_t bytes) {
  void* place =
      mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (place == MAP_FAILED) {
    perror("emulated GPU: mmap");
    abort();
  }
  return static_cast<char*>(place);
}

void open(char* place, size_t bytes) {
  if (mprotect(place, bytes, PROT_READ | PROT_WRITE) != 0) {
    perror("emulated GPU: mprotect");
    abort();
  }
}

}  // namespace

// ---------------------------------------------------------------------------------------------- memory

Allocation::Allocation(size_t bytes, int context) : context(context) {
  size_t inner = roundUp(roundUp(bytes, ALIGNMENT), PAGE);
  mapped = GAP + inner + GAP;
  mapping = reserve(mapped);
  open(mapping + GAP, inner);
  // As far back as alignment lets it: what runs over the end soon meets a closed page.
  char* place = mapping + GAP + inner - roundUp(bytes, ALIGNMENT);
  begin = reinterpret_cast<uintptr_t>(place);
  end = begin + bytes;
  memset(mapping + GAP, CANARY, inner);
  memset(place, FRESH, bytes);
  size_t words = bytes / 4 + 2;
  // Pages of zeros, which take memory only once they are written.
  marks = static_cast<Word*>(mmap(nullptr, words * sizeof(Word), PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
  if (marks == MAP_FAILED) {
    perror("emulated GPU: mmap");
    abort();
  }
}

Allocation::Allocation(void* host, size_t bytes, int context)
    : begin(reinterpret_cast<uintptr_t>(host)), end(begin + bytes), context(context) {}

Allocation::~Allocation() {
  if (mapping == nullptr) {
    return;
  }
  munmap(marks, ((end - begin) / 4 + 2) * sizeof(Word));
  // The addresses stay reserved, so that none of them is ever given out again.
  mmap(mapping, mapped, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
}

std::string Allocation::damage() const {
  if (mapping == nullptr) {
    return "";
  }
  auto* first = reinterpret_cast<unsigned char*>(mapping + GAP);
  auto* last = reinterpret_cast<unsigned char*>(mapping + mapped - GAP);
  auto* from = reinterpret_cast<unsigned char*>(begin);
  auto* to = reinterpret_cast<unsigned char*>(end);
  for (auto* byte = first; byte < last; ++byte) {
    if (byte == from) {
      byte = to;
      if (byte == last) {
        break;
      }
    }
    if (*byte != CANARY) {
      std::ostringstream text;
      text << "byte " << (byte - from) << " of an allocation of " << (to - from) << " bytes was written";
      return text.str();
    }
  }
  return "";
}

Memory& memory() {
  static Memory* memory = new Memory();  // never destroyed: the JVM's threads may outlive statics
  return *memory;
}

uintptr_t Memory::allocate(size_t bytes, int context) {
  auto allocation = std::make_unique<Allocation>(bytes, context);
  uintptr_t begin = allocation->begin;
  allocations[begin] = std::move(allocation);
  return begin;
}

bool Memory::pin(void* host, size_t bytes, int context) {
  auto begin = reinterpret_cast<uintptr_t>(host);
  auto next = allocations.lower_bound(begin);
  bool overlaps = (next != allocations.end() && next->first < begin + bytes) ||
                  (next != allocations.begin() && std::prev(next)->second->end > begin);
  if (!overlaps) {
    allocations[begin] = std::make_unique<Allocation>(host, bytes, context);
  }
  return !overlaps;
}

Allocation* Memory::find(uintptr_t address, size_t bytes) {
  if (latest != nullptr && address >= latest->begin && address + bytes <= latest->end) {
    return latest;
  }
  auto next = allocations.upper_bound(address);
  if (next == allocations.begin()) {
    return nullptr;
  }
  Allocation* found = std::prev(next)->second.get();
  if (address + bytes < address || address + bytes > found->end) {
    return nullptr;
  }
  return latest = found;
}

Allocation* Memory::beginningAt(uintptr_t address) {
  auto found = allocations.find(address);
  return found == allocations.end() ? nullptr : found->second.get();
}

void Memory::release(Allocation* allocation) {
  latest = nullptr;
  allocations.erase(allocation->begin);
}

void Memory::releaseAll(int context) {
  latest = nullptr;
  for (auto each = allocations.begin(); each != allocations.end();) {
    each = each->second->context == context ? allocations.erase(each) : std::next(each);
  }
}

size_t Memory::deviceBytes(int context) const {
  size_t sum = 0;
  for (const auto& [begin, allocation] : allocations) {
    if (allocation->context == context && allocation->marks != nullptr) {
      sum += allocation->end - begin;
    }
  }
  return sum;
}

Trouble Memory::damage(int context) const {
  for (const auto& [begin, allocation] : allocations) {
    if (allocation->context == context) {
      std::string found = allocation->damage();
      if (!found.empty()) {
        return {ILLEGAL_ADDRESS, found};
      }
    }
  }
  return {};
}

std::string Memory::nearest(uintptr_t address) const {
  const Allocation* best = nullptr;
  uintptr_t distance = 16 * GAP;
  for (const auto& [begin, allocation] : allocations) {
    uintptr_t away = address < begin              ? begin - address
                     : address >= allocation->end ? address - allocation->end
                                                  : 0;
    if (away < distance) {
      distance = away;
      best = allocation.get();
    }
  }
  std::ostringstream text;
  if (best == nullptr) {
    text << "far from every allocation";
  } else {
    text << "byte " << static_cast<intptr_t>(address - best->begin) << " of an allocation of "
         << best->end - best->begin << " bytes";
  }
  return text.str();
}

// --------------------------------------------------------------------------------------------- kernels

namespace {

std::map<std::string, const Kernel*>& kernels() {
  static auto* kernels = new std::map<std::string, const Kernel*>();
  return *kernels;
}

}  // namespace

Kernel::Kernel(
    const char* name, size_t argumentBytes, unsigned maxThreads, void (*run)(const void*))
    : name(name), argumentBytes(argumentBytes), maxThreads(maxThreads), run(run) {
  if (!kernels().emplace(name, this).second) {
    fprintf(stderr, "emulated GPU: two kernels are named %s\n", name);
    abort();
  }
}

const Kernel* kernel(const std::string& name) {
  auto found = kernels().find(name);
  return found == kernels().end() ? nullptr : found->second;
}

// -------------------------------------------------------------------------------------------- launches

// Saves the registers that a function must keep, and goes on where another stack was left.
extern "C" void fathom_emulation_switch(void** left, void* next);
asm(R"(
.text
.hidden fathom_emulation_switch
.globl fathom_emulation_switch
.type fathom_emulation_switch, @function
fathom_emulation_switch:
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
.size fathom_emulation_switch, . - fathom_emulation_switch
)");

namespace {

constexpr unsigned MAX_THREADS = 1024;
constexpr size_t STACK = 64 << 10;
constexpr size_t MAX_SHARED = 227 << 10;
// In a mark: more than one thread, of one warp or of several; more than one block.
constexpr uint16_t WARP = 0x4000, ALL = 0x8000;
constexpr uint32_t SEVERAL_BLOCKS = UINT32_MAX;

enum class State : uint8_t { READY, AT_BARRIER, IN_EXCHANGE, DONE };

struct Fiber {
  void* stack;
  dim3 index;
  State state;
  // Of the exchange it waits in.
  Exchange kind;
  unsigned mask, source;
  uint64_t value;
};

struct Machine {
  char* stacks;
  char* shared;  // the end of this is the end of shared memory
  std::unique_ptr<Word[]> sharedMarks;
  Fiber fibers[MAX_THREADS];
  uint16_t warpEpochs[MAX_THREADS / 32];
  void* scheduler;

  const Launch* launch;
  Trouble trouble;
  unsigned current;
  unsigned threads;
  uintptr_t sharedBegin, sharedEnd;
  uint32_t number = 0, block, epoch;
  std::mt19937 random;

  Machine() {
    stacks = reserve(MAX_THREADS * STACK);
    for (unsigned t = 0; t < MAX_THREADS; ++t) {
      open(stacks + t * STACK + PAGE, STACK - PAGE);
    }
    size_t inner = roundUp(MAX_SHARED, PAGE);
    char* mapping = reserve(PAGE + inner + PAGE);
    open(mapping + PAGE, inner);
    shared = mapping + PAGE + inner;
    sharedMarks = std::make_unique<Word[]>(MAX_SHARED / 4 + 4);
  }
};

Machine* const theMachine = new Machine();

inline Machine& machine() { return *theMachine; }

std::string triple(const dim3& d) {
  std::ostringstream text;
  text << '(' << d.x << ", " << d.y << ", " << d.z << ')';
  return text.str();
}

std::string threadName(unsigned thread) { return "thread " + triple(machine().fibers[thread].index); }

std::string describe(const std::string& what) {
  return std::string("kernel ") + machine().launch->kernel->name + ", block " + triple(blockIdx) + ": " + what;
}

// Ends the launch from within a thread of it.
[[noreturn]] void fail(Status status, const std::string& what) {
  Machine& m = machine();
  m.trouble = {status, describe(threadName(m.current) + " " + what)};
  void* abandoned;
  fathom_emulation_switch(&abandoned, m.scheduler);
  __builtin_unreachable();
}

void wait(State state) {
  Machine& m = machine();
  Fiber& fiber = m.fibers[m.current];
  fiber.state = state;
  fathom_emulation_switch(&fiber.stack, m.scheduler);
}

void threadMain() {
  Machine& m = machine();
  m.launch->kernel->run(m.launch->arguments.data());
  wait(State::DONE);
  __builtin_unreachable();
}

// A stack on which fathom_emulation_switch returns into threadMain, aligned as after a call.
void* freshStack(unsigned thread) {
  auto** top = reinterpret_cast<void**>(machine().stacks + (thread + 1) * STACK);
  *--top = nullptr;
  *--top = reinterpret_cast<void*>(&threadMain);
  for (int saved = 0; saved < 6; ++saved) {
    *--top = nullptr;
  }
  return top;
}

const char* waitsFor(State state) {
  switch (state) {
    case State::AT_BARRIER: return "waits at __syncthreads()";
    case State::IN_EXCHANGE: return "waits in an exchange between lanes";
    case State::DONE: return "has ended";
    default: return "runs";
  }
}

// Two threads of which one waits for what the other does not do.
Trouble divergence() {
  Machine& m = machine();
  auto pair = [&](unsigned first, unsigned other) -> Trouble {
    return {LAUNCH_FAILED, describe(threadName(first) + " " + waitsFor(m.fibers[first].state) + ", but " +
                                    threadName(other) + " " + waitsFor(m.fibers[other].state))};
  };
  for (unsigned t = 0; t < m.threads; ++t) {
    const Fiber& fiber = m.fibers[t];
    if (fiber.state == State::IN_EXCHANGE) {
      for (unsigned l = 0; l < 32 && t / 32 * 32 + l < m.threads; ++l) {
        const Fiber& other = m.fibers[t / 32 * 32 + l];
        if ((fiber.mask >> l & 1) && other.state != State::IN_EXCHANGE) {
          return pair(t, t / 32 * 32 + l);
        }
        if ((fiber.mask >> l & 1) && (other.mask != fiber.mask || other.kind != fiber.kind)) {
          return {LAUNCH_FAILED, describe(threadName(t) + " and " + threadName(t / 32 * 32 + l) +
                                          " wait in exchanges of different masks or kinds")};
        }
      }
    }
  }
  auto in = [&](State state) {
    return static_cast<unsigned>(
        std::find_if(m.fibers, m.fibers + m.threads, [&](auto& f) { return f.state == state; }) - m.fibers);
  };
  return pair(in(State::AT_BARRIER), in(State::DONE));
}

void runBlock() {
  Machine& m = machine();
  memset(m.shared - roundUp(m.launch->sharedBytes, 16), FRESH, roundUp(m.launch->sharedBytes, 16));
  m.epoch = 0;
  std::fill(std::begin(m.warpEpochs), std::end(m.warpEpochs), uint16_t{0});
  for (unsigned t = 0; t < m.threads; ++t) {
    Fiber& fiber = m.fibers[t];
    fiber.stack = freshStack(t);
    fiber.state = State::READY;
    fiber.index = {t % blockDim.x, t / blockDim.x % blockDim.y, t / (blockDim.x * blockDim.y)};
  }
  while (true) {
    // A new order of the threads: every stride without a common divisor visits all of them.
    unsigned start = m.random() % m.threads, stride = m.random() % m.threads + 1;
    while (std::gcd(stride, m.threads) != 1) {
      stride = m.random() % m.threads + 1;
    }
    bool progress = false;
    for (unsigned k = 0, t = start; k < m.threads; ++k, t = (t + stride) % m.threads) {
      Fiber& fiber = m.fibers[t];
      if (fiber.state == State::READY) {
        progress = true;
        m.current = t;
        threadIdx = fiber.index;
        fathom_emulation_switch(&m.scheduler, fiber.stack);
        if (m.trouble.status != SUCCESS) {
          return;
        }
      }
    }
    auto in = [&](State state) {
      return std::count_if(m.fibers, m.fibers + m.threads, [&](auto& f) { return f.state == state; });
    };
    if (in(State::DONE) == m.threads) {
      return;
    }
    if (in(State::AT_BARRIER) == m.threads) {
      ++m.epoch;
      for (unsigned t = 0; t < m.threads; ++t) {
        m.fibers[t].state = State::READY;
      }
    } else if (!progress) {
      m.trouble = divergence();
      return;
    }
  }
}

}  // namespace

Trouble run(const Launch& launch) {
  Machine& m = machine();
  m.launch = &launch;
  m.trouble = {};
  m.random.seed(++m.number);
  gridDim = launch.grid;
  blockDim = launch.block;
  m.threads = blockDim.x * blockDim.y * blockDim.z;
  m.sharedBegin = reinterpret_cast<uintptr_t>(m.shared) - roundUp(launch.sharedBytes, 16);
  m.sharedEnd = m.sharedBegin + launch.sharedBytes;
  std::vector<uint32_t> order(size_t{gridDim.x} * gridDim.y * gridDim.z);
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), m.random);
  for (uint32_t block : order) {
    m.block = block;
    blockIdx = {block % gridDim.x, block / gridDim.x % gridDim.y, block / (gridDim.x * gridDim.y)};
    runBlock();
    if (m.trouble.status != SUCCESS) {
      break;
    }
  }
  return m.trouble;
}

// ------------------------------------------------------------------------------- what kernels call

void* sharedMemory() { return reinterpret_cast<void*>(machine().sharedBegin); }

void blockBarrier() { wait(State::AT_BARRIER); }

unsigned lane() { return machine().current % 32; }

uint64_t exchange(Exchange kind, unsigned mask, uint64_t value, unsigned source) {
  Machine& m = machine();
  unsigned first = m.current / 32 * 32, lanes = std::min(32u, m.threads - first);
  unsigned own = m.current - first;
  unsigned existing = lanes == 32 ? 0xffffffff : (1u << lanes) - 1;
  if (!(mask >> own & 1)) {
    fail(LAUNCH_FAILED, "joins an exchange whose mask leaves it out");
  }
  mask &= existing;
  if (source >= 32 || !(mask >> source & 1)) {
    if (kind == Exchange::SHUFFLE) {
      fail(LAUNCH_FAILED, "asks lane " + std::to_string(source) + " for a value, which is not in the exchange");
    }
  }
  Fiber& fiber = m.fibers[m.current];
  fiber.kind = kind;
  fiber.mask = mask;
  fiber.value = value;
  fiber.source = source;
  unsigned arrived = 1u << own;
  for (unsigned l = 0; l < lanes; ++l) {
    Fiber& other = m.fibers[first + l];
    bool waits = (mask >> l & 1) && other.state == State::IN_EXCHANGE;
    if (waits && other.mask == mask && other.kind == kind) {
      arrived |= 1u << l;
    }
  }
  if (arrived != mask) {
    wait(State::IN_EXCHANGE);
    return fiber.value;
  }
  uint64_t values[32], ballot = 0;
  for (unsigned l = 0; l < lanes; ++l) {
    values[l] = m.fibers[first + l].value;
    ballot |= (mask >> l & 1) && values[l] != 0 ? uint64_t{1} << l : 0;
  }
  for (unsigned l = 0; l < lanes; ++l) {
    if (mask >> l & 1) {
      Fiber& member = m.fibers[first + l];
      member.value = kind == Exchange::BALLOT ? ballot : values[member.source % 32];
      member.state = State::READY;
    }
  }
  if (kind == Exchange::SYNC && mask == existing) {
    ++m.warpEpochs[first / 32];
  }
  return fiber.value;
}

namespace {

// Whether the access that left this mark happened before, or is the current thread's own.
inline bool ordered(const Mark& mark, bool global) {
  const Machine& m = machine();
  if (mark.launch != m.number) {
    return true;
  }
  if (mark.block != m.block) {
    return !global;
  }
  if (mark.epoch != m.epoch || mark.thread == m.current) {
    return true;
  }
  bool sameWarp = !(mark.thread & ALL) && (mark.thread & WARP ? mark.thread & ~WARP : mark.thread / 32u) ==
                                              m.current / 32;
  return sameWarp && mark.warpEpoch != m.warpEpochs[m.current / 32];
}

Mark own() {
  const Machine& m = machine();
  return {m.number, m.block, m.epoch, static_cast<uint16_t>(m.current), m.warpEpochs[m.current / 32]};
}

// Adds the current thread's reading to one that may go on at the same time.
void addReader(Mark& read, bool global) {
  const Machine& m = machine();
  if (ordered(read, global)) {
    read = own();
    return;
  }
  if (read.block != m.block) {
    read.block = SEVERAL_BLOCKS;
  } else if (!(read.thread & ALL)) {
    unsigned warp = read.thread & WARP ? read.thread & ~WARP : read.thread / 32u;
    read.thread = warp == m.current / 32 ? WARP | warp : ALL;
  }
}

void race(const char* now, const char* before, const Mark& mark, const std::string& place) {
  std::string who = mark.block != machine().block ? "another block"
                    : mark.thread & (WARP | ALL)  ? "other threads"
                                                  : threadName(mark.thread);
  fail(LAUNCH_FAILED, std::string(now) + " " + place + ", which " + who + " " + before +
                          " in the same " + (mark.block != machine().block ? "launch" : "stretch between barriers"));
}

void access(uintptr_t address, size_t bytes, bool write) {
  Machine& m = machine();
  Word* marks;
  uintptr_t begin;
  bool global = false;
  if (address >= m.sharedBegin && address + bytes <= m.sharedEnd) {
    marks = m.sharedMarks.get();
    begin = m.sharedBegin;
  } else if (address >= reinterpret_cast<uintptr_t>(m.stacks) &&
             address < reinterpret_cast<uintptr_t>(m.stacks) + MAX_THREADS * STACK) {
    return;
  } else if (address >= reinterpret_cast<uintptr_t>(&__ehdr_start) &&
             address < reinterpret_cast<uintptr_t>(&_end)) {
    return;
  } else if (const auto* arguments = m.launch->arguments.data();
             address >= reinterpret_cast<uintptr_t>(arguments) &&
             address < reinterpret_cast<uintptr_t>(arguments) + m.launch->arguments.size()) {
    return;
  } else if (Allocation* allocation = memory().find(address, bytes);
             allocation != nullptr && allocation->context == m.launch->context) {
    if (allocation->marks == nullptr) {
      return;
    }
    marks = allocation->marks;
    begin = allocation->begin;
    global = true;
  } else {
    std::ostringstream what;
    what << (write ? "writes " : "reads ") << bytes << " bytes at ";
    bool nearShared = address >= m.sharedBegin - PAGE && address < m.sharedEnd + PAGE;
    if (nearShared) {
      what << "byte " << static_cast<intptr_t>(address - m.sharedBegin) << " of " << m.launch->sharedBytes
           << " bytes of shared memory";
    } else {
      what << reinterpret_cast<void*>(address) << ", " << memory().nearest(address);
    }
    fail(ILLEGAL_ADDRESS, what.str());
  }
  for (size_t w = (address - begin) / 4; w <= (address + bytes - 1 - begin) / 4; ++w) {
    Word& word = marks[w];
    auto place = [&] {
      return "byte " + std::to_string(4 * w) + (global ? " of an allocation" : " of shared memory");
    };
    if (!ordered(word.write, global)) {
      race(write ? "writes" : "reads", "wrote", word.write, place());
    }
    if (write) {
      if (!ordered(word.read, global)) {
        race("writes", "read", word.read, place());
      }
      word.write = own();
    } else {
      addReader(word.read, global);
    }
  }
}

struct SourceLocation {
  const char* file;
  uint32_t line, column;
};

[[noreturn]] void undefined(const void* data, Status status, const char* what) {
  auto* where = static_cast<const SourceLocation*>(data);
  std::string file = where->file == nullptr ? "?" : where->file;
  file = file.substr(file.find_last_of('/') + 1);
  fail(status, std::string(what) + " at " + file + ":" + std::to_string(where->line));
}

}  // namespace

uint64_t readAtomically(const void* address, size_t bytes) {
  Machine& m = machine();
  auto place = reinterpret_cast<uintptr_t>(address);
  bool shared = place >= m.sharedBegin && place + bytes <= m.sharedEnd;
  Allocation* allocation = memory().find(place, bytes);
  if (!shared && (allocation == nullptr || allocation->context != m.launch->context)) {
    fail(ILLEGAL_ADDRESS, "changes atomically what is " + memory().nearest(place));
  }
  if (place % bytes != 0) {
    fail(MISALIGNED_ADDRESS, "changes atomically what is not aligned to its size");
  }
  uint64_t value = 0;
  memcpy(&value, address, bytes);
  return value;
}

void writeAtomically(void* address, uint64_t value, size_t bytes) { memcpy(address, &value, bytes); }

}  // namespace emulation

// What g++ calls where kernels are compiled with -fsanitize=thread: before every access that others could see.

#define FATHOM_ACCESS(bytes)                                                    \
  void __tsan_read##bytes(void* address) {                                      \
    emulation::access(reinterpret_cast<uintptr_t>(address), bytes, false);      \
  }                                                                             \
  void __tsan_write##bytes(void* address) {                                     \
    emulation::access(reinterpret_cast<uintptr_t>(address), bytes, true);       \
  }                                                                             \
  void __tsan_unaligned_read##bytes(void* address) { __tsan_read##bytes(address); } \
  void __tsan_unaligned_write##bytes(void* address) { __tsan_write##bytes(address); }

extern "C" {
#pragma GCC visibility push(hidden)
FATHOM_ACCESS(1)
FATHOM_ACCESS(2)
FATHOM_ACCESS(4)
FATHOM_ACCESS(8)
FATHOM_ACCESS(16)
void __tsan_read_range(void* address, size_t bytes) {
  emulation::access(reinterpret_cast<uintptr_t>(address), bytes, false);
}
void __tsan_write_range(void* address, size_t bytes) {
  emulation::access(reinterpret_cast<uintptr_t>(address), bytes, true);
}
void __tsan_init() {}
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}

// And with -fsanitize=undefined, where something is.

#define FATHOM_UNDEFINED(name, status, what)                    \
  void __ubsan_handle_##name(const void* data) {                \
    emulation::undefined(data, emulation::status, what);        \
  }
FATHOM_UNDEFINED(type_mismatch_v1, MISALIGNED_ADDRESS, "follows a misaligned or null pointer")
FATHOM_UNDEFINED(out_of_bounds, ILLEGAL_ADDRESS, "indexes outside an array")
FATHOM_UNDEFINED(shift_out_of_bounds, ILLEGAL_INSTRUCTION, "shifts by too many bits")
FATHOM_UNDEFINED(divrem_overflow, ILLEGAL_INSTRUCTION, "divides an integer by 0")
FATHOM_UNDEFINED(add_overflow, ILLEGAL_INSTRUCTION, "overflows an integer, adding,")
FATHOM_UNDEFINED(sub_overflow, ILLEGAL_INSTRUCTION, "overflows an integer, subtracting,")
FATHOM_UNDEFINED(mul_overflow, ILLEGAL_INSTRUCTION, "overflows an integer, multiplying,")
FATHOM_UNDEFINED(negate_overflow, ILLEGAL_INSTRUCTION, "overflows an integer, negating,")
#pragma GCC visibility pop
}
