// libcuda.so.1 as the emulated GPU has it: the functions of the CUDA driver API that this project calls, with the
// order of work and the errors of NVIDIA's.
//
// What a stream is given runs as late as the driver's rules allow, when something waits for it: a host that reads
// results or reuses memory too early sees that it did. An error in a kernel shows in the first call that waits,
// and in all calls of that context from then on. Structures and numbers are those of the CUDA driver API
// reference, https://docs.nvidia.com/cuda/cuda-driver-api.
#include <jni.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <regex>
#include <set>

#include "machine.h"

#define API extern "C" __attribute__((visibility("default"))) int

namespace {

using namespace emulation;
using Address = unsigned long long;

constexpr size_t KiB = 1024, MiB = 1024 * KiB;

// ------------------------------------------------------------------------------- what a test may change

struct Device {
  std::string name = "Emulated GPU";
  int major = 9, minor = 0, multiprocessors = 4;
  size_t totalBytes = 256 * MiB;
  size_t freeBytes = 256 * MiB;  // what other processes leave

  int capability() const { return 10 * major + minor; }

  // What cuFuncSetAttribute may allow a block, CUDA C++ Programming Guide, technical specifications.
  int sharedBytesAtMost() const {
    switch (capability()) {
      case 75: return 64 * KiB;
      case 80: case 87: return 163 * KiB;
      case 86: case 89: case 120: case 121: return 99 * KiB;
      default: return capability() >= 90 ? 227 * KiB : 48 * KiB;
    }
  }
};

// Where a fault strikes; the numbers are those of CudaEmulation.Fault.
enum Point : int { AT_INIT, AT_CONTEXT, AT_ALLOCATION, AT_WORK };

struct Fault {
  int point, status;
  long countdown;
};

// The numbers are those of CudaEmulation.Count.
enum Count : int { LAUNCHES, SYNCHRONIZATIONS, BYTES_TO_DEVICE, BYTES_TO_HOST, COUNTS };

struct Settings {
  int driverVersion = 13000;
  std::vector<Device> devices{1};
  std::vector<Fault> faults;
};

// ------------------------------------------------------------------------------------ what handles mean

struct Stream {
  bool blocking;  // waits for the default stream, and it for this
  std::deque<std::function<Trouble()>> work;
};

struct Event {
  Stream* stream = nullptr;
  bool recorded = false, done = false;
  std::chrono::steady_clock::time_point time;
};

struct Function {
  const Kernel* kernel;
  int sharedBytesAtMost = 48 * KiB;
};

struct Module {
  std::map<std::string, size_t> entries;  // and how many bytes of arguments they take; 0 if unsaid
  std::list<Function> functions;
};

struct Context {
  int number, device;
  int retained = 0;
  int sticky = SUCCESS;
  Stream defaultStream{true, {}};
  std::list<Stream> streams;
  std::list<Event> events;
  std::list<Module> modules;
  std::set<void*> hostMemory;
};

struct Driver {
  std::recursive_mutex mutex;
  bool initialised = false;
  Settings settings;
  std::list<Context> contexts;
  std::list<Context> graveyard;  // so that no handle ever means two contexts
  int contextsMade = 0;
  long counts[COUNTS] = {};
  std::vector<std::string> troubles;
};

Driver& driver() {
  static Driver* driver = new Driver();
  return *driver;
}

thread_local std::vector<Context*> current;

struct Lock : std::lock_guard<std::recursive_mutex> {
  Lock() : lock_guard(driver().mutex) {}
};

template <typename T>
bool contains(std::list<T>& list, const void* handle) {
  return std::any_of(list.begin(), list.end(), [&](T& each) { return &each == handle; });
}

template <typename T>
void erase(std::list<T>& list, const void* handle) {
  list.remove_if([&](const T& each) { return &each == handle; });
}

int strike(Point point) {
  int status = SUCCESS;
  for (Fault& fault : driver().settings.faults) {
    if (fault.point == point && --fault.countdown <= 0 && status == SUCCESS) {
      status = fault.status;
    }
  }
  return status;
}

Context* currentContext() {
  return current.empty() || !contains(driver().contexts, current.back()) ? nullptr : current.back();
}

// The current context if it can be used.
int enter(Context*& context) {
  if (!driver().initialised) {
    return NOT_INITIALIZED;
  }
  context = currentContext();
  return context == nullptr ? static_cast<int>(INVALID_CONTEXT) : context->sticky;
}

#define ENTER                                      \
  Lock lock;                                       \
  Context* context;                                \
  if (int status = enter(context); status != 0) {  \
    return status;                                 \
  }
// Before launches, copies and synchronization, where devices get lost.
#define ENTER_WORK                                     \
  ENTER                                                \
  if (int status = strike(AT_WORK); status != 0) {     \
    return context->sticky = status;                   \
  }
#define ENTER_DEVICE(ordinal)                                                            \
  Lock lock;                                                                             \
  if (!driver().initialised) {                                                           \
    return NOT_INITIALIZED;                                                              \
  }                                                                                      \
  if (ordinal < 0 || ordinal >= static_cast<int>(driver().settings.devices.size())) {    \
    return INVALID_DEVICE;                                                               \
  }                                                                                      \
  const Device& device = driver().settings.devices[ordinal];

int complain(int status, const std::string& text) {
  driver().troubles.push_back(text);
  return status;
}

// --------------------------------------------------------------------------------------------- streams

int drain(Context* context, Stream& stream) {
  while (!stream.work.empty() && context->sticky == SUCCESS) {
    auto next = std::move(stream.work.front());
    stream.work.pop_front();
    Trouble trouble = next();
    if (trouble.status != SUCCESS) {
      context->sticky = complain(trouble.status, trouble.text);
    }
  }
  return context->sticky;
}

int drainBlocking(Context* context) {
  for (Stream& each : context->streams) {
    if (each.blocking) {
      drain(context, each);
    }
  }
  return drain(context, context->defaultStream);
}

int drainAll(Context* context) {
  for (Stream& each : context->streams) {
    drain(context, each);
  }
  return drain(context, context->defaultStream);
}

// As drainAll, and looks whether anything was written outside its allocation.
int synchronize(Context* context) {
  if (drainAll(context) == SUCCESS) {
    Trouble damage = memory().damage(context->number);
    if (damage.status != SUCCESS) {
      context->sticky = complain(damage.status, damage.text);
    }
  }
  return context->sticky;
}

Stream* streamOf(Context* context, void* handle) {
  constexpr uintptr_t LEGACY = 1;
  if (handle == nullptr || reinterpret_cast<uintptr_t>(handle) == LEGACY) {
    return &context->defaultStream;
  }
  return contains(context->streams, handle) ? static_cast<Stream*>(handle) : nullptr;
}

int enqueue(Context* context, Stream* stream, std::function<Trouble()> work) {
  if (stream == &context->defaultStream) {
    drainBlocking(context);
  } else if (stream->blocking) {
    drain(context, context->defaultStream);
  }
  stream->work.push_back(std::move(work));
  return context->sticky;
}

// -------------------------------------------------------------------------------------------- contexts

void destroy(Context* context) {
  memory().releaseAll(context->number);
  for (void* host : context->hostMemory) {
    free(host);
  }
  auto& contexts = driver().contexts;
  auto place = std::find_if(contexts.begin(), contexts.end(), [&](Context& each) { return &each == context; });
  driver().graveyard.splice(driver().graveyard.end(), contexts, place);
}

Context* primaryContext(int device) {
  for (Context& each : driver().contexts) {
    if (each.device == device) {
      return &each;
    }
  }
  return nullptr;
}

size_t bytesInUse(int device) {
  size_t sum = 0;
  for (Context& each : driver().contexts) {
    sum += each.device == device ? memory().deviceBytes(each.number) : 0;
  }
  return sum;
}

size_t freeBytes(int ordinal) {
  const Device& device = driver().settings.devices.at(ordinal);
  size_t used = bytesInUse(ordinal);
  return used >= device.freeBytes ? 0 : device.freeBytes - used;
}

struct Named {
  int status;
  const char *name, *text;
};

constexpr Named NAMES[] = {
    {SUCCESS, "CUDA_SUCCESS", "no error"},
    {INVALID_VALUE, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {NOT_INITIALIZED, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
    {46, "CUDA_ERROR_DEVICE_UNAVAILABLE", "CUDA-capable device(s) is/are busy or unavailable"},
    {NO_DEVICE, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {INVALID_DEVICE, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {INVALID_IMAGE, "CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"},
    {INVALID_CONTEXT, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {INVALID_PTX, "CUDA_ERROR_INVALID_PTX", "a PTX JIT compilation failed"},
    {UNSUPPORTED_PTX_VERSION, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION",
     "the provided PTX was compiled with an unsupported toolchain."},
    {INVALID_HANDLE, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {NOT_FOUND, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {NOT_READY, "CUDA_ERROR_NOT_READY", "device not ready"},
    {ILLEGAL_ADDRESS, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"},
    {HOST_MEMORY_ALREADY_REGISTERED, "CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED",
     "part or all of the requested memory range is already mapped"},
    {HOST_MEMORY_NOT_REGISTERED, "CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED",
     "pointer does not correspond to a registered memory region"},
    {ILLEGAL_INSTRUCTION, "CUDA_ERROR_ILLEGAL_INSTRUCTION", "an illegal instruction was encountered"},
    {MISALIGNED_ADDRESS, "CUDA_ERROR_MISALIGNED_ADDRESS", "misaligned address"},
    {LAUNCH_FAILED, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
    {803, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH", "system has unsupported display driver / cuda driver combination"},
    {999, "CUDA_ERROR_UNKNOWN", "unknown error"},
};

}  // namespace

// --------------------------------------------------------------------------------- driver and devices

API cuInit(unsigned flags) {
  Lock lock;
  if (flags != 0) {
    return INVALID_VALUE;
  }
  if (int status = strike(AT_INIT); status != SUCCESS) {
    return status;
  }
  if (driver().settings.devices.empty()) {
    return NO_DEVICE;
  }
  driver().initialised = true;
  return SUCCESS;
}

API cuDriverGetVersion(int* version) {
  Lock lock;
  *version = driver().settings.driverVersion;
  return SUCCESS;
}

API cuGetErrorName(int status, const char** name) {
  for (const Named& each : NAMES) {
    if (each.status == status) {
      *name = each.name;
      return SUCCESS;
    }
  }
  *name = nullptr;
  return INVALID_VALUE;
}

API cuGetErrorString(int status, const char** text) {
  for (const Named& each : NAMES) {
    if (each.status == status) {
      *text = each.text;
      return SUCCESS;
    }
  }
  *text = nullptr;
  return INVALID_VALUE;
}

API cuDeviceGetCount(int* count) {
  Lock lock;
  *count = static_cast<int>(driver().settings.devices.size());
  return driver().initialised ? SUCCESS : NOT_INITIALIZED;
}

API cuDeviceGet(int* handle, int ordinal) {
  ENTER_DEVICE(ordinal)
  static_cast<void>(device);
  *handle = ordinal;
  return SUCCESS;
}

API cuDeviceGetName(char* name, int length, int ordinal) {
  ENTER_DEVICE(ordinal)
  if (length <= 0) {
    return INVALID_VALUE;
  }
  snprintf(name, length, "%s", device.name.c_str());
  return SUCCESS;
}

API cuDeviceTotalMem_v2(size_t* bytes, int ordinal) {
  ENTER_DEVICE(ordinal)
  *bytes = device.totalBytes;
  return SUCCESS;
}

API cuDeviceGetAttribute(int* value, int attribute, int ordinal) {
  ENTER_DEVICE(ordinal)
  switch (attribute) {
    case 1: *value = 1024; break;                           // MAX_THREADS_PER_BLOCK
    case 2: case 3: *value = 1024; break;                   // MAX_BLOCK_DIM_X, Y
    case 4: *value = 64; break;                             // MAX_BLOCK_DIM_Z
    case 5: *value = INT_MAX; break;                        // MAX_GRID_DIM_X
    case 6: case 7: *value = 65535; break;                  // MAX_GRID_DIM_Y, Z
    case 8: *value = 48 * KiB; break;                       // MAX_SHARED_MEMORY_PER_BLOCK
    case 9: *value = 64 * KiB; break;                       // TOTAL_CONSTANT_MEMORY
    case 10: *value = 32; break;                            // WARP_SIZE
    case 12: case 82: *value = 65536; break;                // MAX_REGISTERS_PER_BLOCK, PER_MULTIPROCESSOR
    case 13: *value = 1980000; break;                       // CLOCK_RATE, kHz
    case 16: *value = device.multiprocessors; break;        // MULTIPROCESSOR_COUNT
    case 17: case 18: case 20: case 32: *value = 0; break;  // no timeout, not integrated, default mode, no ECC
    case 19: case 31: case 41: case 83: *value = 1; break;  // host mapping, concurrent kernels, UVA, managed
    case 36: *value = 2619000; break;                       // MEMORY_CLOCK_RATE, kHz
    case 37: *value = 5120; break;                          // GLOBAL_MEMORY_BUS_WIDTH
    case 38: *value = 50 * MiB; break;                      // L2_CACHE_SIZE
    case 39: *value = 2048; break;                          // MAX_THREADS_PER_MULTIPROCESSOR
    case 40: *value = 3; break;                             // ASYNC_ENGINE_COUNT
    case 75: *value = device.major; break;                  // COMPUTE_CAPABILITY_MAJOR
    case 76: *value = device.minor; break;                  // COMPUTE_CAPABILITY_MINOR
    case 81: *value = device.sharedBytesAtMost() + KiB; break;  // MAX_SHARED_MEMORY_PER_MULTIPROCESSOR
    case 95: *value = 1; break;                             // COOPERATIVE_LAUNCH
    case 97: *value = device.sharedBytesAtMost(); break;    // MAX_SHARED_MEMORY_PER_BLOCK_OPTIN
    case 106: *value = 32; break;                           // MAX_BLOCKS_PER_MULTIPROCESSOR
    case 111: *value = KiB; break;                          // RESERVED_SHARED_MEMORY_PER_BLOCK
    default:
      return complain(INVALID_VALUE, "The emulated GPU has no device attribute " + std::to_string(attribute));
  }
  return SUCCESS;
}

API cuDevicePrimaryCtxRetain(Context** handle, int ordinal) {
  ENTER_DEVICE(ordinal)
  static_cast<void>(device);
  if (int status = strike(AT_CONTEXT); status != SUCCESS) {
    return status;
  }
  Context* context = primaryContext(ordinal);
  if (context == nullptr) {
    driver().contexts.emplace_back();
    context = &driver().contexts.back();
    context->number = ++driver().contextsMade;
    context->device = ordinal;
  }
  ++context->retained;
  *handle = context;
  return SUCCESS;
}

API cuDevicePrimaryCtxRelease_v2(int ordinal) {
  ENTER_DEVICE(ordinal)
  static_cast<void>(device);
  Context* context = primaryContext(ordinal);
  if (context == nullptr) {
    return INVALID_CONTEXT;
  }
  if (--context->retained == 0) {
    drainAll(context);
    destroy(context);
  }
  return SUCCESS;
}

API cuDevicePrimaryCtxReset_v2(int ordinal) {
  ENTER_DEVICE(ordinal)
  static_cast<void>(device);
  if (Context* context = primaryContext(ordinal); context != nullptr) {
    destroy(context);
  }
  return SUCCESS;
}

// -------------------------------------------------------------------------------------------- contexts

API cuCtxGetCurrent(Context** context) {
  Lock lock;
  *context = current.empty() ? nullptr : current.back();
  return driver().initialised ? SUCCESS : NOT_INITIALIZED;
}

API cuCtxSetCurrent(Context* context) {
  Lock lock;
  if (!driver().initialised) {
    return NOT_INITIALIZED;
  }
  if (context != nullptr && !contains(driver().contexts, context)) {
    return INVALID_CONTEXT;
  }
  if (!current.empty()) {
    current.pop_back();
  }
  if (context != nullptr) {
    current.push_back(context);
  }
  return SUCCESS;
}

API cuCtxPushCurrent_v2(Context* context) {
  Lock lock;
  if (!driver().initialised) {
    return NOT_INITIALIZED;
  }
  if (!contains(driver().contexts, context)) {
    return INVALID_CONTEXT;
  }
  current.push_back(context);
  return SUCCESS;
}

API cuCtxPopCurrent_v2(Context** context) {
  Lock lock;
  if (!driver().initialised) {
    return NOT_INITIALIZED;
  }
  if (current.empty()) {
    return INVALID_CONTEXT;
  }
  if (context != nullptr) {
    *context = current.back();
  }
  current.pop_back();
  return SUCCESS;
}

API cuCtxGetDevice(int* device) {
  ENTER
  *device = context->device;
  return SUCCESS;
}

API cuCtxSynchronize() {
  ENTER_WORK
  ++driver().counts[SYNCHRONIZATIONS];
  return synchronize(context);
}

// ---------------------------------------------------------------------------------------------- memory

API cuMemGetInfo_v2(size_t* free, size_t* total) {
  ENTER
  *free = freeBytes(context->device);
  *total = driver().settings.devices.at(context->device).totalBytes;
  return SUCCESS;
}

API cuMemAlloc_v2(Address* address, size_t bytes) {
  ENTER
  if (bytes == 0) {
    return INVALID_VALUE;
  }
  if (int status = strike(AT_ALLOCATION); status != SUCCESS) {
    return status;
  }
  if (bytes > freeBytes(context->device)) {
    return OUT_OF_MEMORY;
  }
  *address = memory().allocate(bytes, context->number);
  return SUCCESS;
}

API cuMemFree_v2(Address address) {
  ENTER
  if (address == 0) {
    return SUCCESS;
  }
  if (int status = drainAll(context); status != SUCCESS) {
    return status;
  }
  Allocation* allocation = memory().beginningAt(address);
  if (allocation == nullptr || allocation->context != context->number || allocation->marks == nullptr) {
    return complain(INVALID_VALUE, "cuMemFree of an address that is not, or no longer, an allocation's: " +
                                       memory().nearest(address));
  }
  std::string damage = allocation->damage();
  memory().release(allocation);
  return damage.empty() ? SUCCESS : context->sticky = complain(ILLEGAL_ADDRESS, damage);
}

API cuMemHostRegister_v2(void* host, size_t bytes, unsigned) {
  ENTER
  if (host == nullptr || bytes == 0) {
    return INVALID_VALUE;
  }
  return memory().pin(host, bytes, context->number) ? SUCCESS : HOST_MEMORY_ALREADY_REGISTERED;
}

API cuMemHostUnregister(void* host) {
  ENTER
  Allocation* allocation = memory().beginningAt(reinterpret_cast<uintptr_t>(host));
  if (allocation == nullptr || allocation->marks != nullptr || context->hostMemory.count(host)) {
    return HOST_MEMORY_NOT_REGISTERED;
  }
  if (int status = drainAll(context); status != SUCCESS) {
    return status;
  }
  memory().release(allocation);
  return SUCCESS;
}

API cuMemHostAlloc(void** host, size_t bytes, unsigned) {
  ENTER
  if (bytes == 0) {
    return INVALID_VALUE;
  }
  if (posix_memalign(host, 4096, bytes) != 0) {
    return OUT_OF_MEMORY;
  }
  memset(*host, 0xFF, bytes);
  memory().pin(*host, bytes, context->number);
  context->hostMemory.insert(*host);
  return SUCCESS;
}

API cuMemAllocHost_v2(void** host, size_t bytes) { return cuMemHostAlloc(host, bytes, 0); }

API cuMemFreeHost(void* host) {
  ENTER
  if (context->hostMemory.count(host) == 0) {
    return INVALID_VALUE;
  }
  if (int status = drainAll(context); status != SUCCESS) {
    return status;
  }
  memory().release(memory().beginningAt(reinterpret_cast<uintptr_t>(host)));
  context->hostMemory.erase(host);
  free(host);
  return SUCCESS;
}

API cuMemHostGetDevicePointer_v2(Address* address, void* host, unsigned) {
  ENTER
  *address = reinterpret_cast<uintptr_t>(host);
  return memory().find(*address, 1) == nullptr ? INVALID_VALUE : SUCCESS;
}

namespace {

bool onDevice(const Context* context, Address address, size_t bytes) {
  Allocation* allocation = memory().find(address, bytes);
  return allocation != nullptr && allocation->context == context->number;
}

bool pinned(const void* host, size_t bytes) {
  Allocation* allocation = memory().find(reinterpret_cast<uintptr_t>(host), bytes);
  return allocation != nullptr && allocation->marks == nullptr;
}

int refuseCopy(const char* call, Address address, size_t bytes) {
  return complain(INVALID_VALUE, std::string(call) + " of " + std::to_string(bytes) + " bytes goes outside: at " +
                                     memory().nearest(address));
}

// Now for the host, or in its turn: as the driver does, by how it was asked and where the host's memory is.
enum class Order { HOST_WAITS, STREAM };

int toDevice(Context* context, Address to, const void* from, size_t bytes, Stream* stream, Order order) {
  if (bytes == 0) {
    return SUCCESS;
  }
  if (!onDevice(context, to, bytes)) {
    return refuseCopy("A copy to the device", to, bytes);
  }
  driver().counts[BYTES_TO_DEVICE] += bytes;
  auto* target = reinterpret_cast<void*>(to);
  if (order == Order::STREAM && pinned(from, bytes)) {
    return enqueue(context, stream, [=] {
      memcpy(target, from, bytes);
      return Trouble{};
    });
  }
  auto* first = static_cast<const char*>(from);
  std::vector<char> staged(first, first + bytes);
  return enqueue(context, stream, [=] {
    memcpy(target, staged.data(), bytes);
    return Trouble{};
  });
}

int toHost(Context* context, void* to, Address from, size_t bytes, Stream* stream, Order order) {
  if (bytes == 0) {
    return SUCCESS;
  }
  if (!onDevice(context, from, bytes)) {
    return refuseCopy("A copy from the device", from, bytes);
  }
  driver().counts[BYTES_TO_HOST] += bytes;
  enqueue(context, stream, [=] {
    memcpy(to, reinterpret_cast<const void*>(from), bytes);
    return Trouble{};
  });
  return order == Order::STREAM && pinned(to, bytes) ? context->sticky : drain(context, *stream);
}

int within(Context* context, Address to, Address from, size_t bytes, Stream* stream) {
  if (bytes == 0) {
    return SUCCESS;
  }
  for (Address each : {to, from}) {
    if (!onDevice(context, each, bytes)) {
      return refuseCopy("A copy on the device", each, bytes);
    }
  }
  return enqueue(context, stream, [=] {
    memmove(reinterpret_cast<void*>(to), reinterpret_cast<const void*>(from), bytes);
    return Trouble{};
  });
}

template <typename T>
int fill(Context* context, Address to, T value, size_t count, Stream* stream) {
  if (count == 0) {
    return SUCCESS;
  }
  if (to % sizeof(T) != 0) {
    return INVALID_VALUE;
  }
  if (!onDevice(context, to, count * sizeof(T))) {
    return refuseCopy("A fill", to, count * sizeof(T));
  }
  return enqueue(context, stream, [=] {
    std::fill_n(reinterpret_cast<T*>(to), count, value);
    return Trouble{};
  });
}

}  // namespace

#define WITH_STREAM(handle)                       \
  ENTER_WORK                                      \
  Stream* stream = streamOf(context, handle);     \
  if (stream == nullptr) {                        \
    return INVALID_HANDLE;                        \
  }

API cuMemcpyHtoD_v2(Address to, const void* from, size_t bytes) {
  WITH_STREAM(nullptr)
  return toDevice(context, to, from, bytes, stream, Order::HOST_WAITS);
}
API cuMemcpyHtoDAsync_v2(Address to, const void* from, size_t bytes, void* handle) {
  WITH_STREAM(handle)
  return toDevice(context, to, from, bytes, stream, Order::STREAM);
}
API cuMemcpyDtoH_v2(void* to, Address from, size_t bytes) {
  WITH_STREAM(nullptr)
  return toHost(context, to, from, bytes, stream, Order::HOST_WAITS);
}
API cuMemcpyDtoHAsync_v2(void* to, Address from, size_t bytes, void* handle) {
  WITH_STREAM(handle)
  return toHost(context, to, from, bytes, stream, Order::STREAM);
}
API cuMemcpyDtoD_v2(Address to, Address from, size_t bytes) {
  WITH_STREAM(nullptr)
  return within(context, to, from, bytes, stream);
}
API cuMemcpyDtoDAsync_v2(Address to, Address from, size_t bytes, void* handle) {
  WITH_STREAM(handle)
  return within(context, to, from, bytes, stream);
}
API cuMemsetD8_v2(Address to, unsigned char value, size_t count) {
  WITH_STREAM(nullptr)
  return fill(context, to, value, count, stream);
}
API cuMemsetD8Async(Address to, unsigned char value, size_t count, void* handle) {
  WITH_STREAM(handle)
  return fill(context, to, value, count, stream);
}
API cuMemsetD32_v2(Address to, unsigned value, size_t count) {
  WITH_STREAM(nullptr)
  return fill(context, to, value, count, stream);
}
API cuMemsetD32Async(Address to, unsigned value, size_t count, void* handle) {
  WITH_STREAM(handle)
  return fill(context, to, value, count, stream);
}

// -------------------------------------------------------------------------------- streams and events

API cuStreamCreate(Stream** handle, unsigned flags) {
  ENTER
  constexpr unsigned NON_BLOCKING = 1;
  context->streams.push_back({!(flags & NON_BLOCKING), {}});
  *handle = &context->streams.back();
  return SUCCESS;
}

API cuStreamSynchronize(void* handle) {
  WITH_STREAM(handle)
  ++driver().counts[SYNCHRONIZATIONS];
  return drain(context, *stream);
}

API cuStreamQuery(void* handle) {
  WITH_STREAM(handle)
  return drain(context, *stream);
}

API cuStreamDestroy_v2(void* handle) {
  ENTER
  if (!contains(context->streams, handle)) {
    return INVALID_HANDLE;
  }
  int status = drain(context, *static_cast<Stream*>(handle));
  for (Event& event : context->events) {
    if (event.stream == handle) {
      event.stream = &context->defaultStream;
    }
  }
  erase(context->streams, handle);
  return status;
}

API cuEventCreate(Event** handle, unsigned) {
  ENTER
  context->events.emplace_back();
  *handle = &context->events.back();
  return SUCCESS;
}

API cuEventRecord(Event* event, void* handle) {
  WITH_STREAM(handle)
  if (!contains(context->events, event)) {
    return INVALID_HANDLE;
  }
  event->stream = stream;
  event->recorded = true;
  event->done = false;
  return enqueue(context, stream, [=] {
    event->done = true;
    event->time = std::chrono::steady_clock::now();
    return Trouble{};
  });
}

API cuEventSynchronize(Event* event) {
  ENTER_WORK
  if (!contains(context->events, event)) {
    return INVALID_HANDLE;
  }
  ++driver().counts[SYNCHRONIZATIONS];
  return event->recorded ? drain(context, *event->stream) : context->sticky;
}

API cuEventQuery(Event* event) { return cuEventSynchronize(event); }

API cuStreamWaitEvent(void* handle, Event* event, unsigned) {
  WITH_STREAM(handle)
  if (!contains(context->events, event)) {
    return INVALID_HANDLE;
  }
  return event->recorded ? drain(context, *event->stream) : context->sticky;
}

API cuEventElapsedTime(float* milliseconds, Event* start, Event* end) {
  ENTER
  if (!contains(context->events, start) || !contains(context->events, end) || !start->recorded ||
      !end->recorded) {
    return INVALID_HANDLE;
  }
  if (!start->done || !end->done) {
    return NOT_READY;
  }
  *milliseconds = std::chrono::duration<float, std::milli>(end->time - start->time).count();
  return SUCCESS;
}

API cuEventDestroy_v2(Event* event) {
  ENTER
  if (!contains(context->events, event)) {
    return INVALID_HANDLE;
  }
  if (event->recorded) {
    drain(context, *event->stream);
  }
  erase(context->events, event);
  return context->sticky;
}

// ------------------------------------------------------------------------------------------- modules

namespace {

// The newest PTX that a driver compiles, PTX ISA, release notes.
int ptxVersion(int driverVersion) {
  int major = driverVersion / 1000, minor = driverVersion % 1000 / 10;
  if (major <= 11) {
    return 70 + minor;
  }
  if (major == 12) {
    return 80 + (minor <= 5 ? minor : minor - 1);
  }
  return 90 + minor;
}

// Reads what is declared in PTX: INVALID_PTX for any other text, or for a device or driver it is too new for.
int declare(Module& module, const std::string& text, const Device& device) {
  size_t last = text.find_last_of('}');
  bool ascii = std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return (c >= ' ' && c < 127) || c == '\n' || c == '\t' || c == '\r';
  });
  if (!ascii || last == std::string::npos || text.find_first_not_of(" \n\t\r", last + 1) != std::string::npos) {
    return complain(INVALID_PTX, "The module is no PTX, or does not end with a zero byte.");
  }
  std::string code = std::regex_replace(text, std::regex("//[^\n]*"), "");
  std::smatch found;
  if (!std::regex_search(code, found, std::regex("^\\s*\\.version\\s+(\\d+)\\.(\\d+)"))) {
    return complain(INVALID_PTX, "The module does not begin with .version.");
  }
  int version = 10 * std::stoi(found[1]) + std::stoi(found[2]);
  if (version > ptxVersion(driver().settings.driverVersion)) {
    return UNSUPPORTED_PTX_VERSION;
  }
  if (!std::regex_search(code, found, std::regex("\\.target\\s+sm_(\\d+)(a?)"))) {
    return complain(INVALID_PTX, "The module has no .target.");
  }
  int target = std::stoi(found[1]);
  if (target > device.capability() || (found[2] == "a" && target != device.capability())) {
    return INVALID_PTX;
  }
  std::regex entry("\\.entry\\s+(\\w+)\\s*\\(\\s*(?:\\.param\\s+\\.align\\s+\\d+\\s+\\.b8\\s+\\w+\\[(\\d+)\\])?");
  for (std::sregex_iterator each(code.begin(), code.end(), entry), end; each != end; ++each) {
    module.entries[(*each)[1]] = (*each)[2].matched ? std::stoul((*each)[2]) : 0;
  }
  return SUCCESS;
}

}  // namespace

API cuModuleLoadData(Module** handle, const void* image) {
  ENTER
  Module module;
  const Device& device = driver().settings.devices.at(context->device);
  if (int status = declare(module, static_cast<const char*>(image), device); status != SUCCESS) {
    return status;
  }
  context->modules.push_back(module);
  *handle = &context->modules.back();
  return SUCCESS;
}

API cuModuleLoadDataEx(Module** handle, const void* image, unsigned, int*, void**) {
  return cuModuleLoadData(handle, image);
}

API cuModuleUnload(Module* module) {
  ENTER
  if (!contains(context->modules, module)) {
    return INVALID_HANDLE;
  }
  int status = drainAll(context);
  erase(context->modules, module);
  return status;
}

API cuModuleGetFunction(Function** handle, Module* module, const char* name) {
  ENTER
  if (!contains(context->modules, module)) {
    return INVALID_HANDLE;
  }
  auto entry = module->entries.find(name);
  if (entry == module->entries.end()) {
    return NOT_FOUND;
  }
  const Kernel* found = kernel(name);
  if (found == nullptr) {
    return complain(NOT_FOUND, std::string("No kernel file defines ") + name + ", which the PTX has.");
  }
  if (entry->second != 0 && entry->second != found->argumentBytes) {
    return complain(INVALID_IMAGE, std::string("The PTX's ") + name + " takes " + std::to_string(entry->second) +
                                       " bytes of arguments, the source's " +
                                       std::to_string(found->argumentBytes) + ": compile again.");
  }
  module->functions.push_back({found});
  *handle = &module->functions.back();
  return SUCCESS;
}

namespace {

bool valid(Context* context, const Function* function) {
  return std::any_of(context->modules.begin(), context->modules.end(),
                     [&](Module& module) { return contains(module.functions, function); });
}

constexpr int MAX_THREADS_PER_BLOCK = 0, SHARED_SIZE_BYTES = 1, CONST_SIZE_BYTES = 2, LOCAL_SIZE_BYTES = 3,
              NUM_REGS = 4, MAX_DYNAMIC_SHARED_SIZE_BYTES = 8, PREFERRED_SHARED_MEMORY_CARVEOUT = 9;

}  // namespace

API cuFuncSetAttribute(Function* function, int attribute, int value) {
  ENTER
  if (!valid(context, function)) {
    return INVALID_HANDLE;
  }
  if (attribute == PREFERRED_SHARED_MEMORY_CARVEOUT) {
    return value >= -1 && value <= 100 ? SUCCESS : INVALID_VALUE;
  }
  const Device& device = driver().settings.devices.at(context->device);
  if (attribute != MAX_DYNAMIC_SHARED_SIZE_BYTES || value < 0 || value > device.sharedBytesAtMost()) {
    return INVALID_VALUE;
  }
  function->sharedBytesAtMost = value;
  return SUCCESS;
}

API cuFuncGetAttribute(int* value, int attribute, Function* function) {
  ENTER
  if (!valid(context, function)) {
    return INVALID_HANDLE;
  }
  switch (attribute) {
    case MAX_THREADS_PER_BLOCK: *value = static_cast<int>(function->kernel->maxThreads); break;
    case SHARED_SIZE_BYTES: case CONST_SIZE_BYTES: case LOCAL_SIZE_BYTES: *value = 0; break;
    case NUM_REGS: *value = 64; break;
    case MAX_DYNAMIC_SHARED_SIZE_BYTES: *value = function->sharedBytesAtMost; break;
    default: return INVALID_VALUE;
  }
  return SUCCESS;
}

API cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, Function* function, int threads, size_t sharedBytes) {
  ENTER
  if (!valid(context, function) || threads < 1) {
    return INVALID_VALUE;
  }
  size_t shared = driver().settings.devices.at(context->device).sharedBytesAtMost() + KiB;
  *blocks = static_cast<int>(std::min(size_t{2048} / threads, shared / (sharedBytes + KiB)));
  return SUCCESS;
}

API cuLaunchKernel(Function* function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX,
                   unsigned blockY, unsigned blockZ, unsigned sharedBytes, void* handle, void** parameters,
                   void** extra) {
  WITH_STREAM(handle)
  if (!valid(context, function)) {
    return INVALID_HANDLE;
  }
  uint64_t threads = uint64_t{blockX} * blockY * blockZ;
  bool grid = gridX >= 1 && gridX <= INT_MAX && gridY >= 1 && gridY <= 65535 && gridZ >= 1 && gridZ <= 65535;
  bool block = threads >= 1 && threads <= std::min(1024u, function->kernel->maxThreads) && blockZ <= 64;
  if (!grid || !block || sharedBytes > static_cast<unsigned>(function->sharedBytesAtMost) ||
      parameters == nullptr || parameters[0] == nullptr || extra != nullptr) {
    return INVALID_VALUE;
  }
  ++driver().counts[LAUNCHES];
  auto* first = static_cast<unsigned char*>(parameters[0]);
  Launch launch{function->kernel,         {first, first + function->kernel->argumentBytes},
                {gridX, gridY, gridZ},    {blockX, blockY, blockZ},
                sharedBytes,              context->number};
  return enqueue(context, stream, [launch = std::move(launch)] { return run(launch); });
}

// ------------------------------------------------------------- what org.fathom4j.kernel.CudaEmulation asks

#define JAVA(type, name) extern "C" JNIEXPORT type JNICALL Java_org_fathom4j_kernel_CudaEmulation_##name

JAVA(void, setDriverVersion)(JNIEnv*, jclass, jint version) {
  Lock lock;
  driver().settings.driverVersion = version;
}

JAVA(void, removeDevices)(JNIEnv*, jclass) {
  Lock lock;
  driver().settings.devices.clear();
}

JAVA(void, addDevice)(JNIEnv* java, jclass, jstring name, jint major, jint minor, jint multiprocessors,
                      jlong totalBytes, jlong freeBytes) {
  Lock lock;
  const char* text = java->GetStringUTFChars(name, nullptr);
  Device device{text, major, minor, multiprocessors, static_cast<size_t>(totalBytes),
                static_cast<size_t>(freeBytes)};
  java->ReleaseStringUTFChars(name, text);
  driver().settings.devices.push_back(device);
}

JAVA(void, addFault)(JNIEnv*, jclass, jint point, jint status, jlong countdown) {
  Lock lock;
  driver().settings.faults.push_back({point, status, countdown});
}

JAVA(jlong, count)(JNIEnv*, jclass, jint which) {
  Lock lock;
  return driver().counts[which];
}

JAVA(jlong, bytesInUse)(JNIEnv*, jclass) {
  Lock lock;
  size_t sum = 0;
  for (Context& context : driver().contexts) {
    sum += memory().deviceBytes(context.number);
  }
  return static_cast<jlong>(sum);
}

// Finishes what is under way, and tells and forgets what went wrong; null if nothing did.
JAVA(jstring, takeTroubles)(JNIEnv* java, jclass) {
  Lock lock;
  for (Context& context : driver().contexts) {
    synchronize(&context);
  }
  std::string text;
  for (const std::string& each : driver().troubles) {
    text += (text.empty() ? "" : "\n") + each;
  }
  driver().troubles.clear();
  return text.empty() ? nullptr : java->NewStringUTF(text.c_str());
}

// Whether a context is lost for good.
JAVA(jboolean, isBroken)(JNIEnv*, jclass) {
  Lock lock;
  auto& contexts = driver().contexts;
  return std::any_of(contexts.begin(), contexts.end(), [](Context& each) { return each.sticky != SUCCESS; });
}

// A new machine: no contexts, no faults, counts of 0.
JAVA(void, restartMachine)(JNIEnv*, jclass) {
  Lock lock;
  while (!driver().contexts.empty()) {
    destroy(&driver().contexts.back());
  }
  driver().initialised = false;
  driver().settings = {};
  driver().troubles.clear();
  std::fill(std::begin(driver().counts), std::end(driver().counts), 0);
}
