package facet.train.mpi;

import static facet.train.error.Printable.format;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// The library of Open MPI 4 (`libmpi.so.40`), by its C interface: the only class that calls it.
/// Its errors end the job, which is MPI's default.
///
/// Collectives are started without blocking and asked for until they are done, with pauses: MPI's
/// own wait would keep a core busy, which another rank or the backward pass needs. One collective
/// runs at a time; a lock keeps another thread that ends the job from calling MPI beside it.
@SuppressWarnings("restricted") // the flags of every JVM that runs Facet permit it
final class LibMpi {
  private static final String NAME = "libmpi.so.40";

  /// Where it may lie if the system's loader does not know it.
  private static final List<String> PLACES =
      List.of(
          NAME,
          "/usr/lib64/openmpi/lib/" + NAME,
          "/usr/lib/x86_64-linux-gnu/openmpi/lib/" + NAME,
          "/usr/local/lib/" + NAME,
          "/opt/openmpi/lib/" + NAME);

  private static final int SERIALIZED = 2; // MPI_THREAD_SERIALIZED: one thread at a time
  private static final int STRING = 1024;

  /// Requests are asked for so often before the thread pauses, and pauses so long.
  private static final int SPINS = 2000;

  private static final long PAUSE_NANOS = 20_000;

  private final SymbolLookup library;
  private final MemorySegment world;
  private final MemorySegment bytes;
  private final MethodHandle test;
  private final MethodHandle barrier;
  private final MethodHandle broadcast;
  private final MethodHandle allGather;
  private final MethodHandle exchange;
  private final MemorySegment request = Arena.global().allocate(ADDRESS);
  private final MemorySegment flag = Arena.global().allocate(JAVA_INT);

  private LibMpi(SymbolLookup library) {
    this.library = library;
    world = symbol("ompi_mpi_comm_world");
    bytes = symbol("ompi_mpi_byte");
    test = handle("MPI_Test", ADDRESS, ADDRESS, ADDRESS);
    barrier = handle("MPI_Ibarrier", ADDRESS, ADDRESS);
    broadcast = handle("MPI_Ibcast", ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, ADDRESS);
    allGather = handle("MPI_Iallgatherv", pointers(9, 1));
    exchange = handle("MPI_Ialltoallv", pointers(10));
  }

  /// Why there is none, naming where it was looked for.
  static String missing() {
    return "no "
        + NAME
        + " in the loader's paths (LD_LIBRARY_PATH, /etc/ld.so.conf), "
        + String.join(", ", PLACES.subList(1, PLACES.size()))
        + "; install it (on Debian: apt install openmpi-bin)";
  }

  /// The library, null if there is none.
  static @Nullable LibMpi open() {
    for (var place : PLACES) {
      try {
        return new LibMpi(SymbolLookup.libraryLookup(place, Arena.global()));
      } catch (IllegalArgumentException e) {
        // Not there: the next place.
      }
    }
    return null;
  }

  private MemorySegment symbol(String name) {
    return library
        .find(name)
        .orElseThrow(() -> new IllegalArgumentException(NAME + " has no " + name));
  }

  private MethodHandle handle(String name, MemoryLayout... parameters) {
    return Linker.nativeLinker()
        .downcallHandle(symbol(name), FunctionDescriptor.of(JAVA_INT, parameters));
  }

  /// The types of so many parameters, all pointers but the `int`s at these places.
  private static MemoryLayout[] pointers(int count, int... ints) {
    var layouts = new MemoryLayout[count];
    Arrays.fill(layouts, ADDRESS);
    for (var i : ints) {
      layouts[i] = JAVA_INT;
    }
    return layouts;
  }

  /// Its name and version, without starting it.
  String version() {
    var get = handle("MPI_Get_library_version", ADDRESS, ADDRESS);
    var text = text(get);
    var comma = text.indexOf(',');
    return comma < 0 ? text : text.substring(0, comma);
  }

  /// The name of the host, once started.
  String host() {
    return text(handle("MPI_Get_processor_name", ADDRESS, ADDRESS));
  }

  private String text(MethodHandle getter) {
    try (var arena = Arena.ofConfined()) {
      var text = arena.allocate(8 * STRING);
      var length = arena.allocate(JAVA_INT);
      call(getter, text, length);
      return text.getString(0);
    }
  }

  /// Joins the job.
  void start() {
    var init = handle("MPI_Init_thread", ADDRESS, ADDRESS, JAVA_INT, ADDRESS);
    call(init, MemorySegment.NULL, MemorySegment.NULL, SERIALIZED, flag);
    var provided = flag.get(JAVA_INT, 0);
    if (provided < SERIALIZED) {
      throw new IllegalStateException("this Open MPI supports no threads (" + provided + ")");
    }
  }

  int rank() {
    return number(handle("MPI_Comm_rank", ADDRESS, ADDRESS));
  }

  int size() {
    return number(handle("MPI_Comm_size", ADDRESS, ADDRESS));
  }

  private int number(MethodHandle getter) {
    call(getter, world, flag);
    return flag.get(JAVA_INT, 0);
  }

  void barrier() {
    call(barrier, world, request);
    await();
  }

  void broadcast(MemorySegment buffer, int count, int root) {
    call(broadcast, buffer, count, bytes, root, world, request);
    await();
  }

  void allGather(MemorySegment mine, int count, MemorySegment all, Parts parts) {
    call(
        allGather, mine, count, bytes, all, parts.counts(), parts.offsets(), bytes, world, request);
    await();
  }

  void exchange(MemorySegment out, Parts sent, MemorySegment in, Parts received) {
    call(
        exchange,
        out,
        sent.counts(),
        sent.offsets(),
        bytes,
        in,
        received.counts(),
        received.offsets(),
        bytes,
        world,
        request);
    await();
  }

  void abort(int code) {
    call(handle("MPI_Abort", ADDRESS, JAVA_INT), world, code);
  }

  void end() {
    call(handle("MPI_Finalize"));
  }

  /// Lengths of parts, and where each begins, as C's arrays of `int`.
  record Parts(MemorySegment counts, MemorySegment offsets, int total) {
    static Parts of(Arena arena, long... lengths) {
      var counts = arena.allocate(JAVA_INT, lengths.length);
      var offsets = arena.allocate(JAVA_INT, lengths.length);
      var total = 0L;
      for (var r = 0; r < lengths.length; r++) {
        counts.setAtIndex(JAVA_INT, r, Math.toIntExact(lengths[r]));
        offsets.setAtIndex(JAVA_INT, r, Math.toIntExact(total));
        total += lengths[r];
      }
      return new Parts(counts, offsets, Math.toIntExact(total));
    }
  }

  /// Returns when the last request is done.
  private void await() {
    for (var tries = 0; ; tries++) {
      if (isDone()) {
        return;
      }
      if (tries > SPINS) {
        LockSupport.parkNanos(PAUSE_NANOS);
      } else {
        Thread.onSpinWait();
      }
    }
  }

  /// Asked millions of times, so without the detour of [#call].
  private synchronized boolean isDone() {
    try {
      check((int) test.invokeExact(request, flag, MemorySegment.NULL));
    } catch (Throwable e) {
      throw failed(e);
    }
    return flag.get(JAVA_INT, 0) != 0;
  }

  private synchronized void call(MethodHandle function, Object... arguments) {
    try {
      check((int) function.invokeWithArguments(arguments));
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  private static void check(int code) {
    if (code != 0) {
      throw new IllegalStateException(format("Open MPI's error %d", code));
    }
  }

  /// Method handles declare every exception; these throw only unchecked ones.
  private static RuntimeException failed(Throwable e) {
    if (e instanceof Error error) {
      throw error;
    }
    return e instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(e);
  }

  /// Bytes that C may read and write.
  static MemorySegment allocate(Arena arena, long size) {
    return arena.allocate(ValueLayout.JAVA_BYTE, Math.max(size, 1));
  }
}
