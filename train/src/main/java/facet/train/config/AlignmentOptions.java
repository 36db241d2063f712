package facet.train.config;

import facet.train.data.align.Warp;
import picocli.CommandLine.Option;

/// How faces are aligned.
public final class AlignmentOptions {
  @Option(
      names = "--resize",
      paramLabel = "HOW",
      description =
          "What a pixel of an aligned face is: average, the mean of all that it covers; opencv, to"
              + " the bit that of OpenCV's warpAffine, with which insightface aligns, and which"
              + " looks at four pixels however many are covered. Default: ${DEFAULT-VALUE}.")
  public String resize = "average";

  /// How to cut aligned faces out.
  public Warp warp() {
    var warp = Warp.named(resize);
    if (warp == null) {
      throw Checks.wrong("resize", resize, Warp.names());
    }
    return warp;
  }
}
