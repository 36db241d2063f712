package facet.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import facet.train.error.ExitCode;
import facet.train.error.FacetException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsTest {
  private static final String HEADER = "step,epoch,loss,rate,gradient_norm,images_per_second";

  @TempDir Path root;

  private static void rows(Metrics metrics, int from, int to) {
    for (var step = from; step < to; step++) {
      metrics.row(step, 0, step / 2.0, 0.1, 3, 99.96);
    }
  }

  @Test
  void aRowIsOnDiskAsSoonAsItIsWritten() throws IOException {
    var folder = new RunFolder(root);
    try (var metrics = Metrics.open(folder, 0, false)) {
      rows(metrics, 0, 2);
      assertThat(Files.readAllLines(folder.metrics()))
          .containsExactly(HEADER, "0,0,0.0,0.1,3.0,100.0", "1,0,0.5,0.1,3.0,100.0");
    }
  }

  @Test
  void resumingDropsTheRowsThatAreRepeated() throws IOException {
    var folder = new RunFolder(root);
    try (var metrics = Metrics.open(folder, 0, false)) {
      rows(metrics, 0, 12);
    }
    // A crash in the middle of row 12.
    Files.writeString(folder.metrics(), Files.readString(folder.metrics()) + "1");
    try (var metrics = Metrics.open(folder, 10, false)) {
      rows(metrics, 10, 11);
    }
    assertThat(Files.readAllLines(folder.metrics()))
        .hasSize(1 + 11)
        .startsWith(HEADER, "0,0,0.0,0.1,3.0,100.0")
        .endsWith("9,0,4.5,0.1,3.0,100.0", "10,0,5.0,0.1,3.0,100.0");
  }

  @Test
  void stepsAndEvaluationsGoToTensorBoard() throws IOException {
    try (var metrics = Metrics.open(new RunFolder(root), 0, false)) {
      rows(metrics, 0, 1);
      metrics.evaluation(1, Map.of("hard-hard/margin", 0.25));
    }
    try (var files = Files.newDirectoryStream(root, "events.out.tfevents.*")) {
      assertThat(Files.readString(files.iterator().next(), StandardCharsets.ISO_8859_1))
          .contains("train/loss", "train/learning_rate", "eval/hard-hard/margin");
    }
  }

  @Test
  void aFolderThatIsGoneIsADiskError() {
    var folder = new RunFolder(root.resolve("file"));
    assertThatThrownBy(
            () -> {
              Files.createFile(folder.root());
              Metrics.open(folder, 0, false);
            })
        .hasMessageContaining("metrics.csv")
        .asInstanceOf(InstanceOfAssertFactories.type(FacetException.class))
        .extracting(FacetException::exitCode)
        .isEqualTo(ExitCode.DISK);
  }
}
