package facet.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SteadyStateTest {
  @Test
  void compiledKernelsAllocateNothingAndKeepTheirBits() throws IOException {
    var java = Path.of(System.getProperty("java.home"), "bin", "java");
    var process =
        new ProcessBuilder(
                java.toString(),
                "--add-modules=jdk.incubator.vector",
                "-cp",
                System.getProperty("java.class.path"),
                SteadyState.class.getName())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(output.lines()).hasSizeGreaterThan(30).allMatch(line -> line.startsWith("ok "));
  }

  @ParameterizedTest
  @ValueSource(ints = {128, 256, 512})
  void resultsDoNotDependOnTheThreads(int bits) {
    try (var one = new CpuBackend(1, bits);
        var three = new CpuBackend(3, bits)) {
      var expected = SteadyStateCases.independent(one);
      var actual = SteadyStateCases.independent(three);
      for (int i = 0; i < expected.size(); i++) {
        expected.get(i).call().run();
        actual.get(i).call().run();
        assertThat(actual.get(i).bits())
            .as(expected.get(i).name())
            .isEqualTo(expected.get(i).bits());
      }
    }
  }
}
