package facet.train.mpi;

import static facet.train.error.Printable.format;

import facet.nn.ranks.Alone;
import facet.nn.ranks.Communicator;
import facet.train.error.ExitCode;
import facet.train.error.FacetException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// The ranks that `mpirun` (or another launcher of Open MPI's, such as `srun --mpi=pmix`) has
/// started.
public final class Mpi implements Communicator {
  /// What the launchers set in the environment of every rank.
  private static final String SIZE = "OMPI_COMM_WORLD_SIZE";

  private static final String LOCAL_SIZE = "OMPI_COMM_WORLD_LOCAL_SIZE";

  private static final String PMIX = "PMIX_RANK";

  /// A message of Open MPI's has at most 2^31 bytes; a small one needs a small copy.
  private static final long PIECE = 1L << 26;

  private final LibMpi library;
  private final int rank;
  private final int size;
  private final String host;

  private Mpi(LibMpi library) {
    this.library = library;
    library.start();
    rank = library.rank();
    size = library.size();
    host = library.host();
  }

  /// The ranks that this process was started with: one if no launcher did it.
  ///
  /// @throws FacetException if a launcher did it and there is no library
  public static Communicator join() {
    if (System.getenv(SIZE) == null && System.getenv(PMIX) == null) {
      return new Alone();
    }
    var library = LibMpi.open();
    if (library == null) {
      throw new FacetException(
          ExitCode.DEVICE,
          "This process is one of several, but there is " + LibMpi.missing() + ".");
    }
    return new Mpi(library);
  }

  /// How many ranks share this machine.
  public static int onThisHost() {
    var count = System.getenv(LOCAL_SIZE);
    return count != null && count.matches("[1-9]\\d{0,5}") ? Integer.parseInt(count) : 1;
  }

  /// Which Open MPI there is, or where it was looked for.
  public static String describe() {
    var library = LibMpi.open();
    return library == null
        ? "not available: " + LibMpi.missing()
        : "available: " + library.version();
  }

  @Override
  public int rank() {
    return rank;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public String host() {
    return host;
  }

  @Override
  public void barrier() {
    library.barrier();
  }

  @Override
  public void broadcast(MemorySegment data, int root) {
    for (var from = 0L; from < data.byteSize(); from += PIECE) {
      var piece = data.asSlice(from, Math.min(PIECE, data.byteSize() - from));
      try (var arena = Arena.ofConfined()) {
        var copy = reachable(arena, piece, rank == root);
        library.broadcast(copy, (int) piece.byteSize(), root);
        if (rank != root) {
          give(copy, piece);
        }
      }
    }
  }

  @Override
  public void allGather(MemorySegment mine, MemorySegment all, long... lengths) {
    try (var arena = Arena.ofConfined()) {
      var parts = LibMpi.Parts.of(arena, lengths);
      require(mine, lengths[rank]);
      require(all, parts.total());
      var received = reachable(arena, all, false);
      library.allGather(reachable(arena, mine, true), (int) lengths[rank], received, parts);
      give(received, all);
    }
  }

  @Override
  public void exchange(MemorySegment out, long[] outLengths, MemorySegment in, long[] inLengths) {
    try (var arena = Arena.ofConfined()) {
      var sent = LibMpi.Parts.of(arena, outLengths);
      var expected = LibMpi.Parts.of(arena, inLengths);
      require(out, sent.total());
      require(in, expected.total());
      var received = reachable(arena, in, false);
      library.exchange(reachable(arena, out, true), sent, received, expected);
      give(received, in);
    }
  }

  private static void require(MemorySegment segment, long bytes) {
    if (segment.byteSize() < bytes) {
      throw new IllegalArgumentException(
          format("a segment of %d bytes, %d are needed", segment.byteSize(), bytes));
    }
  }

  /// The segment itself if C can reach it, else memory of its size.
  ///
  /// @param filled whether with what the segment holds
  private static MemorySegment reachable(Arena arena, MemorySegment segment, boolean filled) {
    if (segment.isNative()) {
      return segment;
    }
    var copy = LibMpi.allocate(arena, segment.byteSize());
    if (filled) {
      MemorySegment.copy(segment, 0, copy, 0, segment.byteSize());
    }
    return copy;
  }

  private static void give(MemorySegment received, MemorySegment to) {
    if (!to.isNative()) {
      MemorySegment.copy(received, 0, to, 0, to.byteSize());
    }
  }

  @Override
  public void abort(int exitCode) {
    System.out.flush();
    System.err.flush();
    library.abort(exitCode);
    Runtime.getRuntime().halt(exitCode); // in case it was not the end
  }

  @Override
  public void close() {
    library.end();
  }
}
