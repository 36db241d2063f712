// A libcuda.so.1 for tests: the part of the CUDA driver API that Facet uses, over kernels that g++
// compiled from the same .cu files. JCuda runs on it unmodified. It does not know how fast anything
// is; it knows barriers that diverge, memory that is not ours, waits that are missing.
//
// Tests control it by the functions at the end.
#include <csetjmp>
#include <csignal>
#include <cstdlib>
#include <mutex>

#include "interface.h"
#include "memory.h"
#include "modules.h"
#include "streams.h"

#define API extern "C" __attribute__((visibility("default")))

using namespace host;

namespace {

enum Result {
  SUCCESS = 0,
  INVALID_VALUE = 1,
  OUT_OF_MEMORY = 2,
  NOT_INITIALIZED = 3,
  NO_DEVICE = 100,
  INVALID_DEVICE = 101,
  INVALID_IMAGE = 200,
  INVALID_CONTEXT = 201,
  INVALID_PTX = 218,
  INVALID_HANDLE = 400,
  NOT_FOUND = 500,
  NOT_READY = 600,
  ILLEGAL_ADDRESS = 700,
  LAUNCH_FAILED = 719,
  NOT_SUPPORTED = 801,
};

struct Name {
  int code;
  const char *name, *text;
};
const Name NAMES[] = {
    {SUCCESS, "CUDA_SUCCESS", "no error"},
    {INVALID_VALUE, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {NOT_INITIALIZED, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
    {NO_DEVICE, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {INVALID_DEVICE, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {INVALID_IMAGE, "CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"},
    {INVALID_CONTEXT, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {INVALID_PTX, "CUDA_ERROR_INVALID_PTX", "a PTX JIT compilation failed"},
    {INVALID_HANDLE, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {NOT_FOUND, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {NOT_READY, "CUDA_ERROR_NOT_READY", "device not ready"},
    {ILLEGAL_ADDRESS, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"},
    {LAUNCH_FAILED, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
    {NOT_SUPPORTED, "CUDA_ERROR_NOT_SUPPORTED", "operation not supported"},
};

std::recursive_mutex mutex;
bool initialised = false;
int devices = 1;
int capability = 90, multiprocessors = 132;
thread_local void *current_context = nullptr;
int primary_context;  // its address is its handle
int primary_users = 0;
Memory memory;
Streams streams;
Modules modules;
Config config;
std::map<unsigned long long, size_t> pinned;
std::string message;  // of the last error, in more words than a code

// A call that is to fail, to test what happens then.
std::string failing_call;
int failing_in = 0, failing_code = 0;

// The most shared memory of a block, in bytes.
int block_shared() {
  static const std::map<int, int> limits = {{75, 65536}, {80, 166912}, {86, 101376}, {89, 101376}, {90, 232448}};
  auto found = limits.find(capability);
  return found == limits.end() ? 101376 : found->second;
}

int complain(int code, const std::string &text) {
  message = text;
  fprintf(stderr, "test driver: %s\n", text.c_str());
  return code;
}

int enter(const char *call, bool needs_context) {
  if (failing_in > 0 && failing_call == call && --failing_in == 0) return failing_code;
  if (!initialised) return NOT_INITIALIZED;
  if (streams.error) return streams.error;
  return needs_context && !current_context ? INVALID_CONTEXT : SUCCESS;
}

// The start of every call.
#define ENTER(needs_context)                                  \
  std::lock_guard<std::recursive_mutex> guard(mutex);         \
  if (int error = enter(__func__, needs_context)) return error

// ---- faults in kernels --------------------------------------------------------------------------

bool in_kernel = false;
sigjmp_buf after_fault;
unsigned long long fault_address;
struct sigaction jvm_handlers[2];
const int SIGNALS[] = {SIGSEGV, SIGBUS};

// Of a kernel: ends the launch. Of the JVM, which lives by such signals: its handler has it.
void on_fault(int signal, siginfo_t *info, void *context) {
  if (in_kernel) {
    in_kernel = false;
    fault_address = (unsigned long long)info->si_addr;
    siglongjmp(after_fault, 1);
  }
  jvm_handlers[signal == SIGBUS].sa_sigaction(signal, info, context);
}

int run(const Function *function, Launch launch, std::vector<char> values) {
  const Kernel *kernel = function->kernel;
  std::vector<void *> arguments;
  size_t at = 0;
  for (int i = 0; i < kernel->parameters; i++) {
    arguments.push_back(values.data() + at);
    at += kernel->sizes[i];
  }
  launch.body = kernel->body;
  launch.arguments = arguments.data();
  struct sigaction action = {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  for (int i = 0; i < 2; i++) sigaction(SIGNALS[i], &action, &jvm_handlers[i]);
  const char *volatile error = nullptr;
  volatile bool fault = true;
  if (sigsetjmp(after_fault, 1) == 0) {
    in_kernel = true;
    error = function->library->run(&launch, &config);
    in_kernel = false;
    fault = false;
  }
  for (int i = 0; i < 2; i++) sigaction(SIGNALS[i], &jvm_handlers[i], nullptr);
  std::string name = std::string("kernel ") + kernel->name + ": ";
  if (fault) return complain(ILLEGAL_ADDRESS, name + memory.describe(fault_address));
  return error ? complain(LAUNCH_FAILED, name + error) : SUCCESS;
}

// ---- copies -------------------------------------------------------------------------------------

bool is_pinned(const void *host, size_t size) {
  auto after = pinned.upper_bound((unsigned long long)host);
  if (after == pinned.begin()) return false;
  auto block = std::prev(after);
  return (unsigned long long)host + size <= block->first + block->second;
}

int copy(void *to, const void *from, size_t size) {
  std::memmove(to, from, size);
  return SUCCESS;
}

// What is wrong with PTX for `.target`, on this device; nothing if it can be compiled.
std::string target_problem(const std::string &ptx) {
  size_t at = ptx.find(".target sm_");
  if (at == std::string::npos) return "this is no PTX";
  char *suffix;
  int target = (int)strtol(ptx.c_str() + at + 11, &suffix, 10);
  bool fits = *suffix == 'a' ? target == capability : target <= capability;
  std::string device = "sm_" + std::to_string(capability);
  return fits ? "" : "a program with " + ptx.substr(at, ptx.find('\n', at) - at) + " cannot be compiled to " + device;
}

int load(void **module, const void *image, std::string &problem) {
  problem = target_problem((const char *)image);
  if (!problem.empty()) return complain(INVALID_PTX, problem);
  *module = modules.load((const char *)image, problem);
  return *module ? SUCCESS : complain(INVALID_IMAGE, problem);
}

int submit(void *handle, Work work) {
  Stream *stream = streams.of(handle);
  return stream ? streams.submit(stream, std::move(work)) : INVALID_HANDLE;
}

}  // namespace

// ---- initialisation, device, context --------------------------------------------------------------

API int cuInit(unsigned flags) {
  initialised = true;
  return flags ? INVALID_VALUE : devices ? SUCCESS : NO_DEVICE;
}
API int cuDriverGetVersion(int *version) {
  *version = 13000;
  return SUCCESS;
}
API int cuDeviceGetCount(int *count) {
  ENTER(false);
  *count = devices;
  return SUCCESS;
}
API int cuDeviceGet(int *device, int ordinal) {
  ENTER(false);
  *device = ordinal;
  return ordinal < devices ? SUCCESS : INVALID_DEVICE;
}
API int cuDeviceGetName(char *name, int length, int) {
  ENTER(false);
  snprintf(name, length, "Facet's test driver on the CPU");
  return SUCCESS;
}
API int cuDeviceTotalMem_v2(size_t *bytes, int) {
  ENTER(false);
  *bytes = memory.total;
  return SUCCESS;
}
// The attributes that Facet reads, as an H200 has them but for what tests choose.
API int cuDeviceGetAttribute(int *value, int attribute, int) {
  ENTER(false);
  const std::map<int, int> values = {
      {1, 1024}, {10, 32}, {16, multiprocessors},    // threads of a block, a warp; multiprocessors
      {75, capability / 10}, {76, capability % 10},  // compute capability
      {97, block_shared()}};
  auto found = values.find(attribute);
  *value = found == values.end() ? 0 : found->second;
  return SUCCESS;
}
API int cuDevicePrimaryCtxRetain(void **context, int device) {
  ENTER(false);
  if (device >= devices) return INVALID_DEVICE;
  primary_users++;
  *context = &primary_context;
  return SUCCESS;
}
API int cuDevicePrimaryCtxRelease_v2(int) {
  ENTER(false);
  return primary_users-- > 0 ? SUCCESS : INVALID_CONTEXT;
}
API int cuCtxSetCurrent(void *context) {
  ENTER(false);
  current_context = context;
  return SUCCESS;
}
API int cuCtxGetCurrent(void **context) {
  ENTER(false);
  *context = current_context;
  return SUCCESS;
}
API int cuCtxSynchronize() {
  ENTER(true);
  return streams.finish_all();
}

// ---- memory ---------------------------------------------------------------------------------------

API int cuMemAlloc_v2(Memory::Address *address, size_t size) {
  ENTER(true);
  if (!size) return INVALID_VALUE;
  *address = memory.allocate(size);
  return *address ? SUCCESS : OUT_OF_MEMORY;
}
API int cuMemFree_v2(Memory::Address address) {
  ENTER(true);
  if (int error = streams.finish_all()) return error;
  std::string damage = memory.free(address);
  return damage.empty() ? SUCCESS : complain(ILLEGAL_ADDRESS, damage);
}
API int cuMemGetInfo_v2(size_t *free, size_t *total) {
  ENTER(true);
  *total = memory.total;
  *free = memory.total - memory.used;
  return SUCCESS;
}
API int cuMemHostAlloc(void **host, size_t size, unsigned) {
  ENTER(true);
  *host = aligned_alloc(4096, (size + 4095) / 4096 * 4096);
  pinned[(unsigned long long)*host] = size;
  return SUCCESS;
}
API int cuMemAllocHost_v2(void **host, size_t size) { return cuMemHostAlloc(host, size, 0); }
API int cuMemFreeHost(void *host) {
  ENTER(true);
  if (int error = streams.finish_all()) return error;
  if (!pinned.erase((unsigned long long)host)) return INVALID_VALUE;
  free(host);
  return SUCCESS;
}
API int cuMemcpyHtoDAsync_v2(Memory::Address to, const void *from, size_t size, void *stream) {
  ENTER(true);
  if (!memory.holds(to, size)) return INVALID_VALUE;
  if (is_pinned(from, size)) return submit(stream, [=] { return copy((void *)to, from, size); });
  std::vector<char> now((const char *)from, (const char *)from + size);
  return submit(stream, [=] { return copy((void *)to, now.data(), size); });
}
API int cuMemcpyDtoHAsync_v2(void *to, Memory::Address from, size_t size, void *stream) {
  ENTER(true);
  if (!memory.holds(from, size) || !is_pinned(to, size)) return INVALID_VALUE;
  return submit(stream, [=] { return copy(to, (void *)from, size); });
}
API int cuMemcpyDtoDAsync_v2(Memory::Address to, Memory::Address from, size_t size, void *stream) {
  ENTER(true);
  if (!memory.holds(to, size) || !memory.holds(from, size)) return INVALID_VALUE;
  return submit(stream, [=] { return copy((void *)to, (void *)from, size); });
}
API int cuMemsetD32Async(Memory::Address to, unsigned value, size_t count, void *stream) {
  ENTER(true);
  if (!memory.holds(to, 4 * count)) return INVALID_VALUE;
  return submit(stream, [=] {
    std::fill_n((unsigned *)to, count, value);
    return SUCCESS;
  });
}

// ---- modules and launches ---------------------------------------------------------------------------

API int cuModuleLoadData(void **module, const void *image) {
  ENTER(true);
  std::string problem;
  return load(module, image, problem);
}
API int cuModuleLoadDataEx(void **module, const void *image, unsigned count, int *options, void **values) {
  ENTER(true);
  std::string problem;
  int result = load(module, image, problem);
  const int ERROR_LOG_BUFFER = 5, ERROR_LOG_BUFFER_SIZE_BYTES = 6;  // CUjit_option
  char *log = nullptr;
  size_t size = 0;
  for (unsigned i = 0; i < count; i++) {
    if (options[i] == ERROR_LOG_BUFFER) log = (char *)values[i];
    if (options[i] == ERROR_LOG_BUFFER_SIZE_BYTES) size = (unsigned)(size_t)values[i];
  }
  if (log && size) log[problem.copy(log, size - 1)] = 0;
  return result;
}
API int cuModuleUnload(void *module) {
  ENTER(true);
  int error = streams.finish_all();
  delete (Module *)module;
  return error;
}
API int cuModuleGetFunction(void **function, void *module, const char *name) {
  ENTER(true);
  auto &functions = ((Module *)module)->functions;
  auto found = functions.find(name);
  if (found == functions.end()) return NOT_FOUND;
  *function = found->second.get();
  return SUCCESS;
}
API int cuFuncSetAttribute(void *function, int attribute, int value) {
  ENTER(true);
  if (attribute != 8) return SUCCESS;
  if (value < 0 || value > block_shared()) return INVALID_VALUE;
  ((Function *)function)->max_dynamic_shared = value;
  return SUCCESS;
}
API int cuLaunchKernel(void *handle, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by,
                       unsigned bz, unsigned shared, void *stream, void **arguments, void **) {
  ENTER(true);
  auto function = (Function *)handle;
  unsigned long long threads = 1ull * bx * by * bz;
  if (!gx || !gy || !gz || !threads || gx > 0x7fffffff || gy > 65535 || gz > 65535 || bz > 64 ||
      threads > function->max_threads || shared > function->max_dynamic_shared) {
    return INVALID_VALUE;
  }
  if (function->library->static_shared() + shared > (size_t)block_shared()) return INVALID_VALUE;
  std::vector<char> values;  // the caller may change his at once
  for (int i = 0; i < function->kernel->parameters; i++) {
    auto value = (const char *)arguments[i];
    values.insert(values.end(), value, value + function->kernel->sizes[i]);
  }
  Launch launch = {{gx, gy, gz}, {bx, by, bz}, shared, nullptr, nullptr};
  return submit(stream, [=] { return run(function, launch, values); });
}

// ---- streams and events -----------------------------------------------------------------------------

API int cuStreamCreate(void **stream, unsigned) {
  ENTER(true);
  streams.streams.push_back(new Stream);
  *stream = streams.streams.back();
  return SUCCESS;
}
API int cuStreamDestroy_v2(void *handle) {
  ENTER(true);
  Stream *stream = streams.of(handle);
  if (!handle || !stream) return INVALID_HANDLE;
  int error = streams.finish(stream);
  streams.streams.erase(std::find(streams.streams.begin(), streams.streams.end(), stream));
  delete stream;
  return error;
}
API int cuStreamSynchronize(void *handle) {
  ENTER(true);
  Stream *stream = streams.of(handle);
  return stream ? streams.finish(stream) : INVALID_HANDLE;
}
API int cuStreamWaitEvent(void *handle, void *event, unsigned) {
  ENTER(true);
  auto mark = (Event *)event;
  unsigned long put = mark->put;
  return submit(handle, [mark, put] { return streams.wait(mark, put); });
}
API int cuEventCreate(void **event, unsigned) {
  ENTER(true);
  *event = new Event;
  return SUCCESS;
}
API int cuEventDestroy_v2(void *event) {
  ENTER(true);
  int error = streams.finish_all();
  delete (Event *)event;
  return error;
}
API int cuEventRecord(void *event, void *handle) {
  ENTER(true);
  Stream *stream = streams.of(handle);
  return stream ? streams.record((Event *)event, stream) : INVALID_HANDLE;
}
API int cuEventSynchronize(void *event) {
  ENTER(true);
  return streams.wait((Event *)event, ((Event *)event)->put);
}
API int cuEventElapsedTime(float *milliseconds, void *from, void *to) {
  ENTER(true);
  auto a = (Event *)from, b = (Event *)to;
  if (a->passed < a->put || b->passed < b->put) return NOT_READY;
  *milliseconds = std::chrono::duration<float, std::milli>(b->time - a->time).count();
  return SUCCESS;
}

// ---- errors -------------------------------------------------------------------------------------------

API int cuGetErrorName(int error, const char **text) {
  for (auto &name : NAMES) {
    if (name.code == error) return *text = name.name, SUCCESS;
  }
  return INVALID_VALUE;
}
API int cuGetErrorString(int error, const char **text) {
  for (auto &name : NAMES) {
    if (name.code == error) return *text = name.text, SUCCESS;
  }
  return INVALID_VALUE;
}

// ---- for tests ------------------------------------------------------------------------------------------

// In which order the threads of a block run: an Order, and the seed of a shuffled one.
API void test_driver_order(int order, unsigned seed) { config = {order, seed}; }

// Whether work runs only when something waits for it.
API void test_driver_lazy(int lazy) { streams.lazy = lazy; }

// Lets the n-th call from now on of a function of the API fail.
API void test_driver_fail(const char *call, int nth, int code) {
  failing_call = call;
  failing_in = nth;
  failing_code = code;
}

// The bytes of memory that there are.
API void test_driver_memory(size_t total) { memory.total = total; }

// The bytes of memory in use.
API size_t test_driver_used() { return memory.used; }

// The number of GPUs.
API void test_driver_devices(int count) { devices = count; }

// The compute capability, such as 90.
API void test_driver_capability(int number) { capability = number; }

// The number of multiprocessors.
API void test_driver_multiprocessors(int number) { multiprocessors = number; }

// The last error in words.
API const char *test_driver_message() { return message.c_str(); }

// Back to how it started, but for memory: no error, nothing lazy, forward order.
API void test_driver_reset() {
  streams.error = 0;
  streams.lazy = false;
  for (auto stream : streams.streams) stream->queue.clear();
  streams.null.queue.clear();
  config = Config();
  failing_in = 0;
  memory.total = 8ull << 30;
  devices = 1;
  capability = 90;
  multiprocessors = 132;
  message.clear();
}
