package facet.kernels.cuda;

import facet.kernels.DeviceException;
import java.nio.ByteBuffer;
import java.util.Locale;

/// Copies between Java arrays and the GPU.
///
/// In: the caller puts the values into page-locked memory and goes on; from there they travel over
/// the copy stream to a landing place on the device, while the main stream may still compute the
/// step before; the main stream then moves them to where they belong, in order with its kernels.
/// There are two places, so that one is filled while the other is on its way. Out: over the main
/// stream, waiting for it.
final class Staging {
  /// The most elements that travel at once.
  private static final int CHUNK = 1 << 24;

  private static final int SMALLEST = 1 << 12;

  /// Puts the elements `from` to `from + count` of some array into a buffer.
  interface Source {
    void put(ByteBuffer target, int from, int count);
  }

  /// Takes the elements `from` to `from + count` of some array out of a buffer.
  interface Target {
    void take(ByteBuffer source, int from, int count);
  }

  private final Driver driver;
  private final Slot[] in;
  private Driver.Pinned out;
  private int turn;

  Staging(Driver driver) {
    this.driver = driver;
    in = new Slot[] {new Slot(), new Slot()};
    out = driver.pin((long) SMALLEST * CudaStorage.ELEMENT);
  }

  /// Copies `length` elements of the target's type to the device; the array may be changed at once.
  void write(Source source, CudaStorage target, int length) {
    for (var from = 0; from < length; from += CHUNK) {
      var count = Math.min(CHUNK, length - from);
      turn ^= 1;
      in[turn].send(source, target.slice(from, count), from);
    }
  }

  /// Waits for everything and copies `length` elements to the host.
  void read(CudaStorage source, Target target, int length) {
    for (var from = 0; from < length; from += CHUNK) {
      var count = Math.min(CHUNK, length - from);
      var bytes = (long) source.type().bytes() * count;
      if (out.bytes().capacity() < bytes) {
        driver.unpin(out);
        out = driver.pin(roundUp(count));
      }
      var main = driver.mainStream();
      driver.copyToHost(source.slice(from, count).address(), out, bytes, main);
      driver.synchronize(main);
      target.take(out.bytes(), from, count);
    }
  }

  /// Bytes for `count` elements, rounded up to a power of two.
  private static long roundUp(int count) {
    var power = Integer.highestOneBit(Math.max(count, SMALLEST) - 1) << 1;
    return (long) CudaStorage.ELEMENT * power;
  }

  private long allocate(long bytes) {
    var address = driver.allocate(bytes);
    if (address == 0) {
      throw new DeviceException(
          String.format(
              Locale.ROOT,
              "the GPU is out of memory: a batch of %.1f MiB finds no place; use a smaller"
                  + " --batch-size.",
              bytes / 0x1p20));
    }
    return address;
  }

  /// Page-locked memory and the landing place on the device.
  private final class Slot {
    /// The values have left the host.
    private final Driver.Event sent = driver.event();

    /// The values have left the landing place.
    private final Driver.Event moved = driver.event();

    private long capacity = roundUp(SMALLEST);
    private Driver.Pinned host = driver.pin(capacity);
    private long landing = allocate(capacity);

    void send(Source source, CudaStorage to, int from) {
      var count = to.length();
      var bytes = (long) to.type().bytes() * count;
      driver.synchronize(sent);
      if (capacity < bytes) {
        grow(count);
      }
      source.put(host.bytes(), from, count);
      var copies = driver.copyStream();
      var main = driver.mainStream();
      driver.await(copies, moved);
      driver.copyToDevice(host, landing, bytes, copies);
      driver.record(sent, copies);
      driver.await(main, sent);
      driver.copyOnDevice(landing, to.address(), bytes, main);
      driver.record(moved, main);
    }

    private void grow(int count) {
      driver.synchronize(moved);
      driver.unpin(host);
      driver.free(landing);
      capacity = roundUp(count);
      host = driver.pin(capacity);
      landing = allocate(capacity);
    }
  }
}
