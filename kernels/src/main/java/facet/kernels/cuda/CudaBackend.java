package facet.kernels.cuda;

import facet.kernels.DeviceException;
import facet.kernels.KernelChoice;
import facet.kernels.Precision;
import facet.tensor.Backend;
import facet.tensor.Storage;
import facet.tensor.StoragePool;
import facet.tensor.kernel.ConvKernels;
import facet.tensor.kernel.GemmKernels;
import facet.tensor.kernel.Kernels;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// A GPU: float32, and bf16 for activations if asked to; kernels in CUDA C++. Kernels run
/// asynchronously, in order; [#read] and [#readInts] wait for them. One thread at a time may use a
/// backend.
public final class CudaBackend implements Backend {
  private final int ordinal;
  private final Precision precision;
  private final Driver driver;
  private final CudaMemory memory;
  private final Kernels kernels;
  private final @Nullable GemmAndConv<VendorGemm, VendorConv> vendor;
  private @Nullable String vendorProblem;

  /// The two families that are handwritten or the vendor's.
  private record GemmAndConv<G extends GemmKernels, C extends ConvKernels>(G gemm, C conv) {}

  /// A backend on GPU number `ordinal`. Where the vendor's kernels are chosen but cannot be loaded
  /// it has the handwritten ones, and [#vendorProblem] says why.
  ///
  /// @throws DeviceException if there is no driver or no such GPU, or it lacks the precision
  public CudaBackend(int ordinal, Precision precision, KernelChoice choice) {
    DriverLibrary.requireJCuda();
    this.ordinal = ordinal;
    this.precision = precision;
    driver = new Driver(ordinal);
    try {
      require(precision, driver.computeCapability());
      memory = new CudaMemory(driver);
      var pointwise = new CudaPointwise(driver, memory, precision);
      vendor = choice == KernelChoice.VENDOR ? openVendor(pointwise) : null;
      var products = vendor == null ? handwritten() : vendor;
      kernels =
          new Kernels(
              products.gemm(),
              products.conv(),
              new CudaGroupedConv(driver, memory, pointwise, precision),
              new CudaNorm(driver, memory, precision),
              new CudaPool(driver, precision),
              pointwise,
              new CudaRow(driver, memory),
              new CudaHistogram(driver),
              new CudaUpdate(driver, memory));
    } catch (RuntimeException e) {
      driver.close();
      throw e;
    }
  }

  private GemmAndConv<CudaGemm, CudaConv> handwritten() {
    var products = new Products(driver, memory, precision);
    var gemm = new CudaGemm(products);
    return new GemmAndConv<>(gemm, new CudaConv(driver, products, gemm));
  }

  private @Nullable GemmAndConv<VendorGemm, VendorConv> openVendor(CudaPointwise pointwise) {
    VendorGemm cublas = null;
    try {
      cublas = new VendorGemm(driver, pointwise, precision);
      return new GemmAndConv<>(cublas, new VendorConv(driver, memory, pointwise, precision));
    } catch (DeviceException e) {
      if (cublas != null) {
        cublas.close();
      }
      vendorProblem = e.getMessage();
      return null;
    }
  }

  private static void require(Precision precision, int capability) {
    var needed = precision == Precision.FP32 ? 75 : 80; // what their PTX is compiled for
    if (capability < needed) {
      throw new DeviceException(
          String.format(
              Locale.ROOT,
              "%s needs compute capability %s, this GPU has %s; use --device cpu%s.",
              precision.name().toLowerCase(Locale.ROOT),
              version(needed),
              version(capability),
              capability < 75 ? "" : " or --precision fp32"));
    }
  }

  private static String version(int capability) {
    return capability / 10 + "." + capability % 10;
  }

  /// Why the vendor's kernels were chosen but are not used; null if they are, or were not chosen.
  public @Nullable String vendorProblem() {
    return vendorProblem;
  }

  /// @throws DeviceException if there is no driver, no GPU or only one that is too old; the message
  ///     says which
  public static void requireGpu() {
    DriverLibrary.requireJCuda();
    Driver.count();
    require(Precision.FP32, Driver.computeCapability(0));
  }

  /// The vendor's libraries by name, each with its file or why there is none.
  public static Map<String, String> vendorLibraries() {
    return VendorLibraries.status();
  }

  @Override
  public String name() {
    return "cuda:" + ordinal;
  }

  @Override
  public String description() {
    return String.format(
        Locale.ROOT,
        "%s, compute capability %s, %.0f GiB, %s",
        driver.deviceName(),
        version(driver.computeCapability()),
        driver.memory()[1] / 0x1p30,
        precision.name().toLowerCase(Locale.ROOT));
  }

  @Override
  public StoragePool pool() {
    return memory.reals();
  }

  /// Of bf16 with [Precision#BF16]; the vendor's kernels know float32 only.
  @Override
  public StoragePool activations() {
    return precision == Precision.BF16 && vendor == null ? memory.halves() : memory.reals();
  }

  @Override
  public StoragePool intPool() {
    return memory.ints();
  }

  @Override
  public Storage slice(Storage storage, int from, int length) {
    return CudaStorage.of(storage).slice(from, length);
  }

  @Override
  public void write(float[] source, int offset, Storage target, int length) {
    if (isBf16(target)) {
      sendBf16(i -> source[offset + i], target, length);
    } else {
      send(
          (to, from, count) -> to.asFloatBuffer().put(source, offset + from, count),
          target,
          length);
    }
  }

  @Override
  public void write(double[] source, int offset, Storage target, int length) {
    if (isBf16(target)) {
      sendBf16(i -> source[offset + i], target, length);
      return;
    }
    send(
        (to, from, count) -> {
          var floats = to.asFloatBuffer();
          for (var i = 0; i < count; i++) {
            floats.put(i, (float) source[offset + from + i]);
          }
        },
        target,
        length);
  }

  @Override
  public void read(Storage source, float[] target, int offset, int length) {
    if (isBf16(source)) {
      fetchBf16(source, (i, value) -> target[offset + i] = value, length);
    } else {
      fetch(
          source,
          (from, at, count) -> from.asFloatBuffer().get(target, offset + at, count),
          length);
    }
  }

  @Override
  public void read(Storage source, double[] target, int offset, int length) {
    if (isBf16(source)) {
      fetchBf16(source, (i, value) -> target[offset + i] = value, length);
      return;
    }
    fetch(
        source,
        (from, at, count) -> {
          var floats = from.asFloatBuffer();
          for (var i = 0; i < count; i++) {
            target[offset + at + i] = floats.get(i);
          }
        },
        length);
  }

  @Override
  public void writeInts(int[] source, int offset, Storage target, int length) {
    send((to, from, count) -> to.asIntBuffer().put(source, offset + from, count), target, length);
  }

  @Override
  public void readInts(Storage source, int[] target, int offset, int length) {
    fetch(source, (from, at, count) -> from.asIntBuffer().get(target, offset + at, count), length);
  }

  private static boolean isBf16(Storage storage) {
    return CudaStorage.of(storage).type() == CudaStorage.Type.BF16;
  }

  private void sendBf16(IntToDoubleFunction source, Storage target, int length) {
    send(
        (to, from, count) -> {
          var halves = to.asShortBuffer();
          for (var i = 0; i < count; i++) {
            halves.put(i, Bf16.round((float) source.applyAsDouble(from + i)));
          }
        },
        target,
        length);
  }

  private void fetchBf16(Storage source, Values target, int length) {
    fetch(
        source,
        (from, at, count) -> {
          var halves = from.asShortBuffer();
          for (var i = 0; i < count; i++) {
            target.put(at + i, Bf16.widen(halves.get(i)));
          }
        },
        length);
  }

  /// Takes elements one by one.
  private interface Values {
    void put(int i, float value);
  }

  private void send(Staging.Source source, Storage target, int length) {
    memory.staging().write(source, CudaStorage.of(target), length);
  }

  private void fetch(Storage source, Staging.Target target, int length) {
    memory.staging().read(CudaStorage.of(source), target, length);
  }

  @Override
  public Kernels kernels() {
    return kernels;
  }

  /// How often memory was allocated, on the device or page-locked, since the start: constant in a
  /// steady training loop.
  public long allocations() {
    return driver.allocations();
  }

  /// What `work` takes on the GPU, by its own clock, in milliseconds; waits for its end.
  public double milliseconds(Runnable work) {
    return driver.milliseconds(work);
  }

  @Override
  public void close() {
    if (vendor != null) {
      vendor.gemm().close();
      vendor.conv().close();
    }
    driver.close();
  }
}
