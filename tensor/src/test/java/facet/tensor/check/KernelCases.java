package facet.tensor.check;

import java.util.List;
import java.util.stream.Stream;

/// The cases of all kernels: awkward sizes, extreme values. One class for each family.
public final class KernelCases {
  /// Around vector widths and tile sizes.
  static final int[] SIZES = {0, 1, 7, 8, 31, 33, 257};

  private KernelCases() {}

  public static List<KernelCase> all() {
    return Stream.of(
            GemmCases.all(),
            ConvCases.all(),
            GroupedConvCases.all(),
            NormCases.all(),
            PoolCases.all(),
            PointwiseCases.all(),
            RowCases.all(),
            HistogramCases.all(),
            UpdateCases.all())
        .flatMap(List::stream)
        .toList();
  }
}
