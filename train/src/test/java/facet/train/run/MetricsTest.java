package facet.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import facet.train.error.ExitCode;
import facet.train.error.FacetException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsTest {
  private static final String HEADER =
      "step,epoch,loss,rate,gradient_norm,images_per_second,wait_seconds,rank_wait_share,"
          + "memory_mib,score";

  private static final Map<String, Double> NONE = Map.of();

  @TempDir Path root;

  private static void rows(Metrics metrics, int from, int to) {
    for (var step = from; step < to; step++) {
      metrics.row(
          new Metrics.Row(step, 0, step / 2.0, 0.1, 3, 99.96, 0.5, 0.25, 3 << 19, Map.of(), NONE));
    }
  }

  @Test
  void aRowIsOnDiskAsSoonAsItIsWritten() throws IOException {
    var folder = new RunFolder(root);
    try (var metrics = Metrics.open(folder, 0, false)) {
      rows(metrics, 0, 2);
      assertThat(Files.readAllLines(folder.metrics()))
          .containsExactly(
              HEADER,
              "0,0,0.0,0.1,3.0,100.0,0.5000,0.2500,1.5,",
              "1,0,0.5,0.1,3.0,100.0,0.5000,0.2500,1.5,");
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
        .startsWith(HEADER, "0,0,0.0,0.1,3.0,100.0,0.5000,0.2500,1.5,")
        .endsWith(
            "9,0,4.5,0.1,3.0,100.0,0.5000,0.2500,1.5,",
            "10,0,5.0,0.1,3.0,100.0,0.5000,0.2500,1.5,");
  }

  @Test
  void stepsAndEvaluationsGoToTensorBoard() throws IOException {
    try (var metrics = Metrics.open(new RunFolder(root), 0, false)) {
      rows(metrics, 0, 1);
      metrics.evaluation(1, 0.75, Map.of("hard-hard/margin", 0.25));
    }
    try (var files = Files.newDirectoryStream(root, "events.out.tfevents.*")) {
      assertThat(Files.readString(files.iterator().next(), StandardCharsets.ISO_8859_1))
          .contains("train/loss", "train/learning_rate", "eval/hard-hard/margin");
    }
  }

  @Test
  void termsGradientsAndScoresHaveColumns() throws IOException {
    var folder = new RunFolder(root);
    var terms = new LinkedHashMap<String, Double>();
    terms.put("softmax", 2.5);
    terms.put("order", -0.25);
    try (var metrics = Metrics.open(folder, 0, false)) {
      metrics.row(new Metrics.Row(0, 0, 2.25, 0.1, 3, 50, 0, 0, 0, terms, Map.of("order", 0.5)));
      metrics.evaluation(1, 0.75, Map.of());
      metrics.row(new Metrics.Row(1, 1, 2.25, 0.1, 3, 50, 0, 0, 0, terms, Map.of("order", 0.5)));
    }
    assertThat(Files.readAllLines(folder.metrics()))
        .containsExactly(
            HEADER.replace("score", "softmax,order,gradient/order,score"),
            "0,0,2.25,0.1,3.0,50.0,0.0000,0.0000,0.0,2.5,-0.25,0.5,0.75",
            "1,1,2.25,0.1,3.0,50.0,0.0000,0.0000,0.0,2.5,-0.25,0.5,");
  }

  @Test
  void aFileOfAnOlderVersionGetsTheColumnsOfThisOne() throws IOException {
    var folder = new RunFolder(root);
    Files.writeString(
        folder.metrics(), "step,epoch,loss,rate,gradient_norm,images_per_second\n0,0,9,8,7,6\n");
    try (var metrics = Metrics.open(folder, 1, false)) {
      rows(metrics, 1, 2);
    }
    assertThat(Files.readAllLines(folder.metrics()))
        .containsExactly(HEADER, "0,0,9,8,7,6,,,,", "1,0,0.5,0.1,3.0,100.0,0.5000,0.2500,1.5,");
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
