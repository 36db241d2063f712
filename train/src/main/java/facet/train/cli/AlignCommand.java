package facet.train.cli;

import facet.train.config.AlignmentOptions;
import facet.train.data.align.Aligner;
import facet.train.data.align.LandmarkFile;
import facet.train.error.ExitCode;
import facet.train.error.FacetException;
import facet.train.run.Console;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `facet align`.
@Command(
    name = "align",
    header = "Aligns faces by their landmarks.",
    description =
        "It turns, scales and cuts each image so that eyes, nose and mouth lie where insightface's"
            + " 112 x 112 template has them, by a similarity transform.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class AlignCommand implements Callable<Integer> {
  private static final int SHOWN = 5;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      required = true,
      description = "The folder that the list's paths start from.")
  private Path data = Path.of("");

  @Option(
      names = "--landmarks",
      paramLabel = "FILE.csv",
      required = true,
      description =
          "Lines 'path,x1,y1,...,x5,y5' of left eye, right eye, nose, left and right corner of the"
              + " mouth (left in the image), in pixels. Other points, at least three, need a header"
              + " such as 'path,left_eye_x,left_eye_y,nose_x,nose_y,left_mouth_x,left_mouth_y'; a"
              + " part that is hidden stays empty.")
  private Path landmarks = Path.of("");

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "Where the aligned images go, under the same paths.")
  private Path out = Path.of("");

  @Option(
      names = "--size",
      paramLabel = "PIXELS",
      description = "Side of the aligned images. Default: ${DEFAULT-VALUE}.")
  private int size = 112;

  @Mixin private AlignmentOptions alignment = new AlignmentOptions();

  @Option(
      names = "--skip-corrupt",
      description = "Leave unreadable images out instead of failing at the end.")
  private boolean skipCorrupt;

  @Override
  public Integer call() {
    check();
    var warp = alignment.warp();
    var console = Console.standard();
    var entries = LandmarkFile.read(landmarks);
    var report =
        new Aligner(data, out, size, warp)
            .align(entries, done -> console.progress("Aligning", done, entries.size()));
    console.line("%s: %,d images of %d x %d", out, report.aligned(), size, size);
    if (!report.suspicious().isEmpty()) {
      console.line(
          "%,d of them hardly show a face upright; are the points these images' own, in the order"
              + " and sense of --help?",
          report.suspicious().size());
      list(console, report.suspicious());
    }
    if (!report.failed().isEmpty()) {
      console.line("%,d of %,d images cannot be used:", report.failed().size(), entries.size());
      list(console, report.failed());
    }
    return report.failed().isEmpty() || skipCorrupt ? ExitCode.OK.code() : ExitCode.DATA.code();
  }

  private void check() {
    if (size < 8 || size > 4096) {
      throw FacetException.usage("--size is %d, expected 8 to 4096.", size);
    }
    if (!Files.isDirectory(data)) {
      throw FacetException.data(data, "no such folder", "name the folder of the images");
    }
    if (out.toAbsolutePath().normalize().equals(data.toAbsolutePath().normalize())) {
      throw FacetException.usage("--out is --data itself; name another folder.");
    }
  }

  private static void list(Console console, List<String> lines) {
    lines.stream().limit(SHOWN).forEach(line -> console.line("  " + line));
    if (lines.size() > SHOWN) {
      console.line("  and %,d more", lines.size() - SHOWN);
    }
  }
}
