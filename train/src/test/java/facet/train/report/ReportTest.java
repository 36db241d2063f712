package facet.train.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
  private static final String COMMON = "step,epoch,loss,rate,gradient_norm";

  @TempDir private Path folder;

  private void run(String name, String loss, String columns, String... rows) throws IOException {
    var run = Files.createDirectories(folder.resolve(name));
    Files.writeString(run.resolve("config.yaml"), "loss: " + loss + "\nlr: 0.1\n");
    Files.writeString(
        run.resolve("env.json"),
        "{\"date\": \"2026-01-02\", \"seed\": 7, \"cpu\": \"of " + name + "\"}");
    Files.writeString(run.resolve("metrics.csv"), columns + "\n" + String.join("\n", rows) + "\n");
  }

  @Test
  void severalRunsAreToldApart() throws IOException {
    run("a", "arcface", COMMON, "0,0,5,0.1,1", "1,0,4,0.1,1");
    run("b", "ddl", COMMON + ",order", "0,0,5,0.1,1,2", "1,0,4,0.1,1,2", "2,0,4,0.1,1,2");
    var html = Files.readString(Report.write(folder));
    assertThat(html)
        .contains("<span class=\"key s0\">a</span> arcface · rate 0.1 · 2 steps")
        .contains("<span class=\"key s1\">b</span> ddl · rate 0.1 · 3 steps")
        .contains("of a", "of b", "seed 7");
    var order = html.substring(html.indexOf("<figcaption>order"));
    assertThat(order).contains("s1").doesNotContain("line s0"); // the colour of b, as in its key
  }
}
