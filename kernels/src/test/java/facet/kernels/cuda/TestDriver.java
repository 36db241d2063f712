package facet.kernels.cuda;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/// The test driver of `src/test/cuda` in this JVM: a `libcuda.so.1` that runs the kernels on the
/// CPU. It is built with g++ when it is first asked for.
@SuppressWarnings("restricted") // native code is what this is about
public final class TestDriver {
  private static final String PROPERTY = "facet.cuda.driver";

  /// In which order the threads of a block run.
  public enum Order {
    FORWARD,
    REVERSE,
    SHUFFLED
  }

  private final SymbolLookup library;

  private TestDriver(SymbolLookup library) {
    this.library = library;
  }

  /// Builds the driver, unless it is built or the property `facet.cuda.driver` names one, and makes
  /// it this JVM's.
  ///
  /// @throws IllegalStateException if it does not compile; the message is the compiler's
  static TestDriver install() {
    try {
      var built = System.getProperty(PROPERTY);
      var file = built == null ? TestDriverBuild.build() : Path.of(built);
      System.setProperty(PROPERTY, file.toAbsolutePath().toString());
      return new TestDriver(SymbolLookup.libraryLookup(file, Arena.global()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Where the driver lies, and its cuBLAS.
  String folder() {
    return Path.of(System.getProperty(PROPERTY)).getParent().toString();
  }

  /// The order of threads from now on.
  public void order(Order order, int seed) {
    call(
        "test_driver_order",
        FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT),
        order.ordinal(),
        seed);
  }

  /// Whether work runs only when something waits for it.
  public void lazy(boolean lazy) {
    call("test_driver_lazy", FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT), lazy ? 1 : 0);
  }

  /// Lets the `nth` call from now on of a function of the driver's API return `code`.
  void fail(String call, int nth, int code) {
    try (var arena = Arena.ofConfined()) {
      call(
          "test_driver_fail",
          FunctionDescriptor.ofVoid(
              ValueLayout.ADDRESS, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT),
          arena.allocateFrom(call),
          nth,
          code);
    }
  }

  /// The bytes of device memory that there are.
  void memory(long bytes) {
    call("test_driver_memory", FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG), bytes);
  }

  /// The bytes of device memory in use.
  public long used() {
    return (long) call("test_driver_used", FunctionDescriptor.of(ValueLayout.JAVA_LONG));
  }

  /// The number of GPUs.
  void devices(int count) {
    call("test_driver_devices", FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT), count);
  }

  /// The compute capability, such as 80 for 8.0.
  public void capability(int number) {
    call("test_driver_capability", FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT), number);
  }

  /// The number of multiprocessors. With few of them sums are not split, so that blocks multiply
  /// many slices one after the other.
  void multiprocessors(int number) {
    call("test_driver_multiprocessors", FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT), number);
  }

  /// What the driver has to say about the last error.
  String message() {
    var text = MemoryLayout.sequenceLayout(Short.MAX_VALUE, ValueLayout.JAVA_BYTE);
    var result = FunctionDescriptor.of(ValueLayout.ADDRESS.withTargetLayout(text));
    return ((MemorySegment) call("test_driver_message", result)).getString(0);
  }

  /// No error, no laziness, forward order, one GPU of compute capability 9.0 with 132
  /// multiprocessors.
  public void reset() {
    call("test_driver_reset", FunctionDescriptor.ofVoid());
  }

  private Object call(String name, FunctionDescriptor descriptor, Object... arguments) {
    try {
      return Linker.nativeLinker()
          .downcallHandle(library.findOrThrow(name), descriptor)
          .invokeWithArguments(arguments);
    } catch (Throwable e) {
      throw new IllegalStateException(name, e);
    }
  }
}
