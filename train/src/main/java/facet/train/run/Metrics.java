package facet.train.run;

import facet.train.ExitCode;
import facet.train.FacetException;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;

/// `metrics.csv`: one row a step, written through at once so that a killed run keeps them.
public final class Metrics implements AutoCloseable {
  private static final String HEADER = "step,epoch,loss,rate,gradient_norm,images_per_second";

  private final Path file;
  private final BufferedWriter writer;

  private Metrics(Path file, BufferedWriter writer) {
    this.file = file;
    this.writer = writer;
  }

  /// Opens the file, keeping the rows of steps before `firstStep` if there are any.
  public static Metrics open(Path file, long firstStep) {
    try {
      if (Files.exists(file)) {
        var kept =
            Files.readAllLines(file).stream()
                .filter(line -> line.equals(HEADER) || stepOf(line) < firstStep)
                .toList();
        Files.write(file, kept);
      } else {
        Files.writeString(file, HEADER + "\n");
      }
      return new Metrics(file, Files.newBufferedWriter(file, StandardOpenOption.APPEND));
    } catch (IOException e) {
      throw cannotWrite(file, e);
    }
  }

  private static long stepOf(String line) {
    try {
      return Long.parseLong(line.substring(0, Math.max(0, line.indexOf(','))));
    } catch (NumberFormatException e) {
      return Long.MAX_VALUE; // a row cut off by a crash
    }
  }

  public void row(
      long step, int epoch, double loss, double rate, double gradientNorm, double speed) {
    try {
      writer.write(
          String.format(
              Locale.ROOT,
              "%d,%d,%s,%s,%s,%.1f%n",
              step, epoch, (float) loss, (float) rate, (float) gradientNorm, speed));
      writer.flush();
    } catch (IOException e) {
      throw cannotWrite(file, e);
    }
  }

  private static FacetException cannotWrite(Path file, IOException e) {
    return new FacetException(
        ExitCode.DISK, file + ": cannot be written (" + e.getMessage() + "); free space.", e);
  }

  @Override
  public void close() {
    try {
      writer.close();
    } catch (IOException e) {
      throw cannotWrite(file, e);
    }
  }
}
