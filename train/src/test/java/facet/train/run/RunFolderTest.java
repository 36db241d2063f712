package facet.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import facet.nn.io.AtomicFile;
import facet.train.error.FacetException;
import facet.train.text.TextFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFolderTest {
  @TempDir Path temp;

  @Test
  void anEarlierRunIsNeverTouched() throws IOException {
    var runs = temp.resolve("a/runs");
    var first = RunFolder.create(runs, "arcface");
    TextFile.write(first.config(), "epochs: \"1\"\n");
    assertThat(first.root()).isEqualTo(runs.resolve("arcface"));
    assertThat(RunFolder.create(runs, "arcface").root()).isEqualTo(runs.resolve("arcface-2"));
    Files.createFile(runs.resolve("arcface-3"));
    var fourth = RunFolder.create(runs, "arcface");
    assertThat(fourth.root()).isEqualTo(runs.resolve("arcface-4"));
    assertThat(fourth.checkpoint("last").getParent()).isDirectory();
    assertThat(first.config()).hasContent("epochs: \"1\"\n");
  }

  @Test
  void aPlaceThatCannotBeWrittenIsNamed() throws IOException {
    var file = Files.createFile(temp.resolve("runs"));
    assertThatThrownBy(() -> RunFolder.create(file, "x"))
        .isInstanceOf(FacetException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("--output");
  }

  @Test
  void theNewestCheckpointsAreKeptUnderTheirSteps() throws IOException {
    var folder = RunFolder.create(temp, "run");
    var last = folder.checkpoint("last");
    for (var step : new long[] {9, 10, 100}) {
      AtomicFile.write(last, new byte[] {(byte) step});
      folder.keepLast(step, 2);
    }
    AtomicFile.write(last, new byte[] {-1});
    assertThat(folder.checkpoints())
        .containsExactly(last, folder.checkpoint("step-100"), folder.checkpoint("step-10"));
    assertThat(folder.checkpoint("step-100")).hasBinaryContent(new byte[] {100});
    assertThat(folder.checkpoint("step-10")).hasBinaryContent(new byte[] {10});
    folder.keepLast(10, 2); // a resumed run saves the same step again
    assertThat(folder.checkpoint("step-10")).hasBinaryContent(new byte[] {-1});
    folder.keepLast(101, 0);
    assertThat(folder.checkpoints()).containsExactly(last);
  }

  @Test
  void factsNameWhatARunRanOn() {
    assertThat(Environment.facts())
        .containsEntry("facet", Environment.VERSION)
        .containsKeys("java", "os", "cpu", "cores", "heap", "commit");
  }
}
