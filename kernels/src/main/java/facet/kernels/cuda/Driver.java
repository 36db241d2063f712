package facet.kernels.cuda;

import static java.nio.charset.StandardCharsets.UTF_8;
import static jcuda.driver.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR;
import static jcuda.driver.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR;
import static jcuda.driver.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT;
import static jcuda.driver.CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;

import facet.kernels.DeviceException;
import facet.tensor.Op;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import jcuda.JCudaVersion;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUfunction;
import jcuda.driver.CUjit_option;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;
import jcuda.driver.JITOptions;
import jcuda.runtime.cudaStream_t;
import org.jspecify.annotations.Nullable;

/// One GPU through the CUDA driver API: its primary context (which cuBLAS and cuDNN share), two
/// streams, memory, modules, launches. Every result code is checked. The only class that knows
/// JCuda's driver API.
///
/// Work is asynchronous, so that an error may come out later than the call that caused it. With the
/// environment variable `FACET_CUDA_SYNC=1` every launch waits for its end and errors name the
/// kernel that failed; with `FACET_CUDA_PROFILE=1` every launch is timed, see [LaunchProfile].
///
/// One thread at a time may use a driver, and a thread one driver.
final class Driver implements AutoCloseable {
  private static final int OUT_OF_MEMORY = CUresult.CUDA_ERROR_OUT_OF_MEMORY;
  private static final int MAX_ARGUMENTS = 64;

  /// Bytes of the compiler's complaints that an error shows.
  private static final int JIT_LOG = 4096;

  /// A loaded module.
  record Module(CUmodule handle) {}

  /// A kernel of a module.
  record Function(CUfunction handle) {}

  /// A queue of work on the GPU.
  record Stream(CUstream handle) {}

  /// A mark in a stream.
  record Event(CUevent handle) {}

  /// Page-locked host memory, from which the GPU copies by itself.
  record Pinned(long address, ByteBuffer bytes) {}

  private final CUdevice device = new CUdevice();
  private final CUcontext context = new CUcontext();
  private final Stream main;
  private final Stream copies;
  private final List<CUmodule> modules = new ArrayList<>();
  private final List<Event> clock = new ArrayList<>();
  private final boolean synchronous = "1".equals(System.getenv("FACET_CUDA_SYNC"));
  private final @Nullable LaunchProfile profile =
      "1".equals(System.getenv("FACET_CUDA_PROFILE")) ? new LaunchProfile(this) : null;

  /// A table of addresses, then the values that they point to: the arguments of a launch.
  private final Pinned arguments;

  private final Host argumentTable;
  private final Set<Long> allocated = new HashSet<>();
  private final Set<Long> pinned = new HashSet<>();
  private final List<CUevent> events = new ArrayList<>();
  private @Nullable Thread current;
  private long allocations;
  private long launches;
  private String lastKernel = "no kernel";

  /// Opens GPU number `ordinal`.
  ///
  /// @throws DeviceException if there is no driver or no such GPU
  Driver(int ordinal) {
    var count = count();
    if (ordinal >= count) {
      throw new DeviceException(
          String.format(
              Locale.ROOT,
              "there is no GPU number %d: the CUDA driver knows %d (0 to %d).",
              ordinal,
              count,
              count - 1));
    }
    check(JCudaDriver.cuDeviceGet(device, ordinal), "cuDeviceGet");
    check(JCudaDriver.cuDevicePrimaryCtxRetain(context, device), "cuDevicePrimaryCtxRetain");
    enter();
    main = stream();
    copies = stream();
    arguments = pin(2L * Long.BYTES * MAX_ARGUMENTS);
    argumentTable = new Host(arguments.address());
    for (var i = 0; i < MAX_ARGUMENTS; i++) {
      arguments.bytes().putLong(Long.BYTES * i, arguments.address() + value(i));
    }
  }

  /// The number of GPUs.
  ///
  /// @throws DeviceException if there is no driver or no GPU
  static int count() {
    DriverLibrary.load();
    DriverLibrary.unpackingPrivately(() -> JCudaDriver.setExceptionsEnabled(false));
    var count = new int[1];
    var result = ask(count);
    if (result != CUresult.CUDA_SUCCESS || count[0] == 0) {
      throw new DeviceException(
          "the CUDA driver finds no usable GPU ("
              + CUresult.stringFor(result)
              + "); see nvidia-smi, or use --device cpu.");
    }
    return count[0];
  }

  /// As [#count], ignoring the answer: [DriverProbe] only looks whether the process survives.
  static void tryOut() {
    DriverLibrary.unpackingPrivately(() -> JCudaDriver.setExceptionsEnabled(false));
    ask(new int[1]);
  }

  /// Lets the driver count the GPUs and returns its result code.
  private static int ask(int... count) {
    var result = JCudaDriver.cuInit(0);
    return result == CUresult.CUDA_SUCCESS ? JCudaDriver.cuDeviceGetCount(count) : result;
  }

  // -- the device ------------------------------------------------------------------------------

  String deviceName() {
    var name = new byte[256];
    check(JCudaDriver.cuDeviceGetName(name, name.length, device), "cuDeviceGetName");
    return new String(name, UTF_8).replace("\0", "").strip();
  }

  /// Such as 90 for compute capability 9.0.
  int computeCapability() {
    return computeCapability(device);
  }

  /// That of GPU number `ordinal`, which need not be open; see [#count].
  static int computeCapability(int ordinal) {
    var device = new CUdevice();
    checkNow(JCudaDriver.cuDeviceGet(device, ordinal), "cuDeviceGet");
    return computeCapability(device);
  }

  private static int computeCapability(CUdevice device) {
    return 10 * attribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, device)
        + attribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, device);
  }

  int multiprocessors() {
    return attribute(CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, device);
  }

  private static int attribute(int attribute, CUdevice device) {
    var value = new int[1];
    checkNow(JCudaDriver.cuDeviceGetAttribute(value, attribute, device), "cuDeviceGetAttribute");
    return value[0];
  }

  /// JCuda's version, which is in the names of its libraries.
  static String jcudaVersion() {
    return JCudaVersion.get();
  }

  /// A device address for the other libraries of JCuda.
  static Pointer pointer(long address) {
    return new Device(address);
  }

  /// The main stream for them.
  cudaStream_t runtimeStream() {
    return new cudaStream_t(main.handle());
  }

  /// Free and total bytes of device memory.
  long[] memory() {
    enter();
    var free = new long[1];
    var total = new long[1];
    check(JCudaDriver.cuMemGetInfo(free, total), "cuMemGetInfo");
    return new long[] {free[0], total[0]};
  }

  // -- memory ----------------------------------------------------------------------------------

  /// The address of `bytes` of device memory; 0 if there is not so much.
  long allocate(long bytes) {
    enter();
    allocations++;
    var pointer = new Device();
    var result = JCudaDriver.cuMemAlloc(pointer, bytes);
    if (result == OUT_OF_MEMORY) {
      return 0;
    }
    check(result, "cuMemAlloc of " + bytes + " bytes");
    allocated.add(pointer.address());
    return pointer.address();
  }

  void free(long address) {
    enter();
    allocated.remove(address);
    check(JCudaDriver.cuMemFree(new Device(address)), "cuMemFree");
  }

  /// How often memory was allocated, on the device or page-locked, since the start.
  long allocations() {
    return allocations;
  }

  Pinned pin(long bytes) {
    enter();
    allocations++;
    var pointer = new Host(0);
    check(JCudaDriver.cuMemAllocHost(pointer, bytes), "cuMemAllocHost of " + bytes + " bytes");
    var view = pointer.getByteBuffer(0, bytes).order(ByteOrder.nativeOrder());
    var result = new Pinned(pointer.address(), view);
    pinned.add(result.address());
    return result;
  }

  void unpin(Pinned memory) {
    enter();
    pinned.remove(memory.address());
    check(JCudaDriver.cuMemFreeHost(new Host(memory.address())), "cuMemFreeHost");
  }

  void copyToDevice(Pinned from, long to, long bytes, Stream stream) {
    enter();
    check(
        JCudaDriver.cuMemcpyHtoDAsync(
            new Device(to), new Host(from.address()), bytes, stream.handle()),
        "cuMemcpyHtoDAsync");
  }

  void copyToHost(long from, Pinned to, long bytes, Stream stream) {
    enter();
    check(
        JCudaDriver.cuMemcpyDtoHAsync(
            new Host(to.address()), new Device(from), bytes, stream.handle()),
        "cuMemcpyDtoHAsync");
  }

  void copyOnDevice(long from, long to, long bytes, Stream stream) {
    enter();
    check(
        JCudaDriver.cuMemcpyDtoDAsync(new Device(to), new Device(from), bytes, stream.handle()),
        "cuMemcpyDtoDAsync");
  }

  // -- streams and events ----------------------------------------------------------------------

  /// The stream of all kernels.
  Stream mainStream() {
    return main;
  }

  /// The stream of copies to the device that need not wait for kernels.
  Stream copyStream() {
    return copies;
  }

  private Stream stream() {
    var stream = new CUstream();
    check(
        JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING),
        "cuStreamCreate");
    return new Stream(stream);
  }

  void synchronize(Stream stream) {
    enter();
    check(JCudaDriver.cuStreamSynchronize(stream.handle()), "cuStreamSynchronize");
  }

  Event event() {
    enter();
    var event = new CUevent();
    check(JCudaDriver.cuEventCreate(event, 0), "cuEventCreate");
    events.add(event);
    return new Event(event);
  }

  /// Puts the mark at the end of the stream.
  void record(Event event, Stream stream) {
    enter();
    check(JCudaDriver.cuEventRecord(event.handle(), stream.handle()), "cuEventRecord");
  }

  /// Lets what is queued in `stream` from now on wait for the mark.
  void await(Stream stream, Event event) {
    enter();
    check(JCudaDriver.cuStreamWaitEvent(stream.handle(), event.handle(), 0), "cuStreamWaitEvent");
  }

  /// Waits for the mark; at once if it was never put anywhere.
  void synchronize(Event event) {
    enter();
    check(JCudaDriver.cuEventSynchronize(event.handle()), "cuEventSynchronize");
  }

  /// What `work` takes on the main stream in milliseconds; waits for its end.
  double milliseconds(Runnable work) {
    if (clock.isEmpty()) {
      clock.add(event());
      clock.add(event());
    }
    record(clock.getFirst(), main);
    work.run();
    record(clock.getLast(), main);
    synchronize(clock.getLast());
    return elapsed(clock.getFirst(), clock.getLast());
  }

  /// Milliseconds between two marks that have passed.
  float elapsed(Event from, Event to) {
    var milliseconds = new float[1];
    check(
        JCudaDriver.cuEventElapsedTime(milliseconds, from.handle(), to.handle()),
        "cuEventElapsedTime");
    return milliseconds[0];
  }

  // -- kernels ---------------------------------------------------------------------------------

  /// Compiles PTX, which must end with a zero byte, for this GPU.
  Module load(String name, byte[] ptx) {
    enter();
    var module = new CUmodule();
    var result = JCudaDriver.cuModuleLoadData(module, ptx);
    if (result != CUresult.CUDA_SUCCESS) {
      throw failure(result, "cuModuleLoadData of " + name + ".ptx" + complaint(ptx));
    }
    modules.add(module);
    return new Module(module);
  }

  /// What the driver's compiler has against a PTX that it refused.
  private static String complaint(byte[] ptx) {
    var options = new JITOptions();
    options.putBytes(CUjit_option.CU_JIT_ERROR_LOG_BUFFER, new byte[JIT_LOG]);
    options.putInt(CUjit_option.CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES, JIT_LOG);
    JCudaDriver.cuModuleLoadDataJIT(new CUmodule(), Pointer.to(ptx), options);
    var log = new String(options.getBytes(CUjit_option.CU_JIT_ERROR_LOG_BUFFER), UTF_8);
    var text = log.replace("\0", "").strip();
    return text.isEmpty() ? "" : " (" + text + ")";
  }

  Function function(Module module, String name) {
    enter();
    var function = new CUfunction();
    check(
        JCudaDriver.cuModuleGetFunction(function, module.handle(), name),
        "cuModuleGetFunction of " + name);
    return new Function(function);
  }

  void allowShared(Function function, String name, int bytes) {
    enter();
    check(
        JCudaDriver.cuFuncSetAttribute(
            function.handle(), CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, bytes),
        "cuFuncSetAttribute of " + name + " to " + bytes + " bytes of shared memory");
  }

  private static int value(int argument) {
    return Long.BYTES * (MAX_ARGUMENTS + argument);
  }

  void argument(int index, int value) {
    arguments.bytes().putInt(value(index), value);
  }

  void argument(int index, float value) {
    arguments.bytes().putFloat(value(index), value);
  }

  void argument(int index, long value) {
    arguments.bytes().putLong(value(index), value);
  }

  /// Launches a kernel with the arguments set last, on the main stream.
  void launch(Function function, String name, int gx, int gy, int gz, int bx, int by, int shared) {
    if (profile == null) {
      enqueue(function, name, gx, gy, gz, bx, by, shared);
    } else {
      profile.around(
          name,
          op().replace(", op ", ""),
          gx + "x" + gy + "x" + gz,
          () -> enqueue(function, name, gx, gy, gz, bx, by, shared));
    }
  }

  private void enqueue(
      Function function, String name, int gx, int gy, int gz, int bx, int by, int shared) {
    enter();
    launches++;
    lastKernel = name;
    var result =
        JCudaDriver.cuLaunchKernel(
            function.handle(), gx, gy, gz, bx, by, 1, shared, main.handle(), argumentTable, null);
    if (result == CUresult.CUDA_SUCCESS && synchronous) {
      result = JCudaDriver.cuStreamSynchronize(main.handle());
    }
    if (result != CUresult.CUDA_SUCCESS) {
      throw failure(
          result,
          String.format(
              Locale.ROOT,
              "kernel %s, grid %dx%dx%d, block %dx%d, %d bytes of shared memory",
              name,
              gx,
              gy,
              gz,
              bx,
              by,
              shared));
    }
  }

  /// The number of launches since the start.
  long launches() {
    return launches;
  }

  // -- errors ----------------------------------------------------------------------------------

  /// A context belongs to threads: whichever calls now gets it.
  private void enter() {
    var thread = Thread.currentThread();
    if (current != thread) {
      check(JCudaDriver.cuCtxSetCurrent(context), "cuCtxSetCurrent");
      current = thread;
    }
  }

  private void check(int result, String call) {
    if (result != CUresult.CUDA_SUCCESS) {
      throw failure(result, call + " (after kernel " + lastKernel + ")");
    }
  }

  /// Of a call that no kernel before it can have failed.
  private static void checkNow(int result, String call) {
    if (result != CUresult.CUDA_SUCCESS) {
      throw failure(result, call);
    }
  }

  private static DeviceException failure(int result, String where) {
    var text = new String[1];
    JCudaDriver.cuGetErrorString(result, text);
    return new DeviceException(
        String.format(
            Locale.ROOT,
            "CUDA error %s (%d, %s) in %s%s.",
            CUresult.stringFor(result),
            result,
            text[0],
            where,
            op()));
  }

  /// The op that is at work, from the call stack.
  private static String op() {
    return StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE)
        .walk(
            frames ->
                frames
                    .filter(frame -> Op.class.isAssignableFrom(frame.getDeclaringClass()))
                    .map(
                        frame ->
                            ", op "
                                + frame.getDeclaringClass().getSimpleName()
                                + "."
                                + frame.getMethodName())
                    .findFirst())
        .orElse("");
  }

  /// Waits for all work and frees everything.
  ///
  /// What fails here was reported by a call before: it must not hide that exception.
  @Override
  public void close() {
    JCudaDriver.cuCtxSetCurrent(context);
    if (profile != null) {
      profile.print(System.err);
    }
    JCudaDriver.cuStreamSynchronize(main.handle());
    JCudaDriver.cuStreamSynchronize(copies.handle());
    modules.forEach(JCudaDriver::cuModuleUnload);
    events.forEach(JCudaDriver::cuEventDestroy);
    allocated.forEach(address -> JCudaDriver.cuMemFree(new Device(address)));
    pinned.forEach(address -> JCudaDriver.cuMemFreeHost(new Host(address)));
    JCudaDriver.cuStreamDestroy(main.handle());
    JCudaDriver.cuStreamDestroy(copies.handle());
    JCudaDriver.cuDevicePrimaryCtxRelease(device);
  }

  /// A host pointer whose address can be read and set.
  private static final class Host extends Pointer {
    Host(long address) {
      super(address);
    }

    long address() {
      return getNativePointer() + getByteOffset();
    }
  }

  /// A device pointer whose address can be read and set.
  private static final class Device extends CUdeviceptr {
    private static final CUdeviceptr NULL = new CUdeviceptr();

    Device() {}

    Device(long address) {
      super(NULL, address);
    }

    long address() {
      return getNativePointer() + getByteOffset();
    }
  }
}
