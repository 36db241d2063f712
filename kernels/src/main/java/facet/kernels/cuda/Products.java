package facet.kernels.cuda;

import facet.kernels.Precision;
import facet.tensor.Storage;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What gemm and convolution have in common: operands as their kernels want them, the choice of
/// splits, and the sum over splits.
final class Products {
  private final Tiling tiling;
  private final Precision precision;
  private final CudaMemory memory;
  private final CudaModule gemm;
  private final int multiprocessors;
  private final Map<Question, Plan> plans = new HashMap<>();
  private final CudaKernel pack;
  private final CudaKernel sumSplits;
  private final @Nullable CudaKernel packTransposed;
  private final @Nullable CudaKernel align;
  private final @Nullable CudaKernel sumSplitsBf16;

  Products(Driver driver, CudaMemory memory, Precision precision) {
    this.tiling = Tiling.of(precision, driver.computeCapability());
    this.precision = precision;
    this.memory = memory;
    this.multiprocessors = driver.multiprocessors();
    var plain = CudaModule.load(driver, "gemm");
    this.gemm =
        tiling.family().isEmpty() ? plain : CudaModule.load(driver, "gemm" + tiling.family());
    this.sumSplits = plain.kernel("sum_splits");
    if (precision == Precision.BF16) {
      var tensor = CudaModule.load(driver, "gemm_tensor");
      this.pack = tensor.kernel("pack_bf16");
      this.packTransposed = tensor.kernel("pack_transposed_bf16");
      this.align = tensor.kernel("align_bf16", CudaStorage.Type.BF16);
      this.sumSplitsBf16 = tensor.kernel("sum_splits_bf16", CudaStorage.Type.BF16);
    } else {
      this.pack = plain.kernel("pack_float");
      this.packTransposed = null;
      this.align = null;
      this.sumSplitsBf16 = null;
    }
  }

  Tiling tiling() {
    return tiling;
  }

  /// The module with the precision's gemm.
  CudaModule gemm() {
    return gemm;
  }

  /// `length` rounded up to what a row is stored with.
  int stored(int length) {
    return Tiling.blocks(length, tiling.piece()) * tiling.piece();
  }

  /// An operand whose rows are aligned: a tensor itself, or a copy to be given back.
  record Packed(CudaMemory memory, @Nullable CudaStorage copy, long address, int stored)
      implements AutoCloseable {
    @Override
    public void close() {
      if (copy != null) {
        memory.giveBack(copy);
      }
    }
  }

  /// Rows of `length` elements as aligned rows of the kernels' element type, zeros behind.
  Packed pack(Storage rows, int count, int length) {
    var from = CudaStorage.of(rows);
    var stored = stored(length);
    var converts = precision == Precision.BF16 && from.type() != CudaStorage.Type.BF16;
    if (!converts && stored == length && from.address() % 16 == 0) {
      return new Packed(memory, null, from.address(), stored);
    }
    // In floats: two bf16 fit into one.
    var size = Math.multiplyExact(count, stored) / (precision == Precision.BF16 ? 2 : 1);
    var copy = memory.scratch(size);
    var kernel = align != null && !converts ? align : pack;
    kernel.begin().activation(from).arg(copy).arg(count).arg(length).arg(stored);
    var threads = (long) count * stored / (precision == Precision.BF16 ? 8 : 1);
    kernel.launch(LaunchGrid.strided(threads), LaunchGrid.THREADS);
    return new Packed(memory, copy, copy.address(), stored);
  }

  /// Whether [#packTransposed] is the better way for an operand across whose rows k runs.
  boolean transposes(Storage operand) {
    return tiling.transposes() && CudaStorage.of(operand).type() != CudaStorage.Type.BF16;
  }

  /// The transposes of `taps` matrices, `[rows, taps, columns]` in float32, as `[columns, taps,
  /// rows]` in bf16 with aligned rows, zeros behind.
  Packed packTransposed(Storage matrices, int rows, int taps, int columns) {
    var stored = stored(rows);
    var size = Math.multiplyExact(Math.multiplyExact(columns, taps), stored) / 2;
    var copy = memory.scratch(size); // in floats: two bf16 fit into one
    var kernel = Objects.requireNonNull(packTransposed).begin();
    kernel.arg(matrices).arg(copy).arg(rows).arg(taps).arg(columns).arg(stored);
    var tiles = Math.multiplyExact(Tiling.blocks(stored, 64), Tiling.blocks(columns, 32));
    kernel.launch(tiles, taps, 1, 32, 8, 0);
    return new Packed(memory, copy, copy.address(), stored);
  }

  /// How a product is shared out among blocks.
  ///
  /// @param phases how many products there are at once
  /// @param elements of one result
  record Plan(Tiling.Tile tile, int tiles, int phases, Splits splits, long elements) {
    boolean direct() {
      return splits.count() == 1;
    }

    void launch(CudaKernel kernel) {
      kernel.launch(tiles, splits.count(), phases, tile.threads(), 1, tile.shared());
    }
  }

  /// What a plan answers; see [#plan].
  private record Question(
      List<Tiling.Tile> tiles, int rows, int columns, int k, int phases, long elements) {}

  /// The cheapest plan for `phases` results of `rows` x `columns`, each the sum of `k` products. A
  /// network asks the same in every step.
  ///
  /// @param tiles that there are kernels for
  /// @param elements of all results together
  Plan plan(List<Tiling.Tile> tiles, int rows, int columns, int k, int phases, long elements) {
    var question = new Question(tiles, rows, columns, k, phases, elements);
    return plans.computeIfAbsent(question, this::cheapest);
  }

  private Plan cheapest(Question q) {
    Plan best = null;
    for (var tile : q.tiles) {
      var count = tile.cover(q.rows, q.columns);
      var splits =
          Splits.choose(count * q.phases, q.k, tiling.slice(), tile, multiprocessors, q.elements);
      if (best == null || splits.microseconds() < best.splits.microseconds()) {
        best = new Plan(tile, count, q.phases, splits, q.elements);
      }
    }
    return Objects.requireNonNull(best);
  }

  /// Memory for the results of all splits.
  CudaStorage partials(Plan plan) {
    return memory.scratch(Math.toIntExact(plan.splits.count() * plan.elements));
  }

  /// A kernel for each of the tiles, by tile.
  Map<Tiling.Tile, CudaKernel> kernels(CudaModule module, String name, List<Tiling.Tile> tiles) {
    var kernels = new HashMap<Tiling.Tile, CudaKernel>();
    for (var tile : tiles) {
      kernels.put(
          tile, module.kernel(name + tile.name() + tiling.suffix()).allowShared(tile.shared()));
    }
    return kernels;
  }

  /// Gives a kernel the address of its result; bf16 results only where the sum is not split.
  CudaKernel result(CudaKernel kernel, CudaStorage result) {
    return precision == Precision.BF16 ? kernel.arg(result.address()) : kernel.arg(result);
  }

  /// Ends the arguments of a kernel whose result may be bf16 by whether it is.
  CudaKernel ofType(CudaStorage result, CudaKernel kernel) {
    return precision == Precision.BF16
        ? kernel.arg(result.type() == CudaStorage.Type.BF16)
        : kernel;
  }

  /// `c [rows, columns] = alpha * sum of partials [splits, rows, stored] + beta * c`; gives the
  /// partials back.
  void sum(
      CudaStorage partials,
      int splits,
      int rows,
      int stored,
      int columns,
      double alpha,
      double beta,
      Storage c) {
    sum(partials.address(), splits, rows, stored, columns, alpha, beta, c);
    memory.giveBack(partials);
  }

  /// `c = beta * c`.
  void scale(int rows, int columns, double beta, Storage c) {
    sum(0, 0, rows, columns, columns, 0, beta, c);
  }

  private void sum(
      long partials,
      int splits,
      int rows,
      int stored,
      int columns,
      double alpha,
      double beta,
      Storage c) {
    if (sumSplitsBf16 != null && CudaStorage.of(c).type() == CudaStorage.Type.BF16) {
      var n = rows * columns; // activations are stored as they are
      sumSplitsBf16.begin().arg(partials).arg(splits).arg(n);
      sumSplitsBf16.arg((float) alpha).arg((float) beta).activation(c);
      sumSplitsBf16.launch(LaunchGrid.strided(n), LaunchGrid.THREADS);
      return;
    }
    sumSplits.begin().arg(partials).arg(splits).arg(rows).arg(stored).arg(columns);
    sumSplits.arg((float) alpha).arg((float) beta).arg(c);
    sumSplits.launch(LaunchGrid.strided((long) rows * columns), LaunchGrid.THREADS);
  }
}
