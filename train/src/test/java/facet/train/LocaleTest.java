package facet.train;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import facet.kernels.cpu.CpuBackend;
import facet.nn.IResNet;
import facet.nn.IResNetSpec;
import facet.nn.Parameters;
import facet.tensor.Scope;
import facet.train.data.folder.DomainFolders;
import facet.train.data.folder.PairList;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/// No file and no name depends on where the user lives. That nothing is formatted in the user's
/// locale is the compiler's to check (Error Prone's DefaultLocale).
@Isolated
class LocaleTest {
  private final Locale before = Locale.getDefault();

  @TempDir Path folder;

  @BeforeEach
  void liveInEgypt() {
    Locale.setDefault(Locale.of("ar", "EG")); // %d has other digits there
    assertThat(String.format(Locale.getDefault(), "%d", 1))
        .isNotEqualTo("1"); // else nothing is tested
  }

  @AfterEach
  void comeHome() {
    Locale.setDefault(before);
  }

  @Test
  void tensorsHaveTheSameNames() {
    try (var backend = new CpuBackend(1);
        var scope = Scope.on(backend)) {
      var parameters = new Parameters(scope, 0);
      new IResNet(parameters, new IResNetSpec("iresnet-tiny", List.of(1, 1), 4, 8, 4, 0));
      assertThat(parameters.all())
          .extracting(p -> p.name())
          .contains("layer1.0.conv1.weight", "layer2.0.downsample.1.running_mean");
    }
  }

  @Test
  void imagesOfLfwHaveTheSameNames() throws IOException {
    Files.createDirectories(folder.resolve("ann"));
    for (var name : List.of("ann_0001.png", "ann_0012.png")) {
      Files.createFile(folder.resolve("ann").resolve(name));
    }
    var list = folder.resolve("pairs.txt");
    Files.writeString(list, "1\nann\t1\t12\nann\t12\tann\t1\n");
    assertThat(PairList.read(list, folder, DomainFolders.DEFAULT).images().size()).isEqualTo(2);
  }

  @Test
  void anEncodingThatLosesLettersOfNamesIsRefusedInOneLine() throws Exception {
    var java =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "facet.train.Main",
                "doctor")
            .redirectErrorStream(true);
    java.environment().put("LC_ALL", "C");
    java.environment().remove("JAVA_TOOL_OPTIONS");
    var process = java.start();
    var output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).isEqualTo(2);
    assertThat(output.lines())
        .singleElement()
        .asString()
        .contains("ANSI_X3.4-1968", "LC_ALL=C.UTF-8");
  }
}
