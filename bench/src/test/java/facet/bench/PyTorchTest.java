package facet.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/// A peer that is not what it should be, played by a shell script, must not win us a comparison.
class PyTorchTest {
  private static final double FLOP = 2.0 * 2048 * 2048 * 2048;
  private static final Question PRODUCT = product(2);

  @TempDir private Path temp;

  private static Question product(int threads) {
    return new Question(
        "facet.bench.GemmBenchmark.multiply",
        Map.of("product", "2048x2048x2048", "threads", Integer.toString(threads)));
  }

  /// A peer that gives the same answer to every question and notes what it was asked.
  private PyTorch peer(String answer) throws IOException {
    var script =
        Files.writeString(
            temp.resolve("peer.sh"),
            """
            echo ready
            while read -r line; do
              echo "$line" >>'%s'
              echo '%s'
            done
            """
                .formatted(temp.resolve("asked"), answer));
    return new PyTorch("sh", script, new OptionsBuilder().build());
  }

  private List<String> doubts(double cores, double gflops) throws IOException {
    var seconds = FLOP * 1e-9 / gflops;
    var answer = "{\"threads\": 2, \"seconds\": [%s], \"cores\": [%s]}".formatted(seconds, cores);
    var ours =
        new Launch(new double[] {0.1}, new double[] {2}, new double[] {200}, new double[] {20});
    try (var peer = peer(answer)) {
      return Doubts.about(Duel.of(List.of(PRODUCT), 2, q -> ours, peer));
    }
  }

  @Test
  void aPeerThatRunsAsAskedIsTrusted() throws IOException {
    assertThat(doubts(1.9, 150)).isEmpty();
    assertThat(Files.readString(temp.resolve("asked")))
        .startsWith("Gemm.multiply product=2048x2048x2048 threads=2\n");
  }

  @Test
  void aPeerOnOneCoreOfTwoIsNot() throws IOException {
    assertThat(doubts(1.0, 150))
        .singleElement()
        .asString()
        .contains("kept 1.00 of 2 cores busy in Gemm.multiply product=2048x2048x2048");
  }

  @Test
  void aPeerFarFromThePeakInALargeProductIsNot() throws IOException {
    assertThat(doubts(2.0, 90)).singleElement().asString().contains("reached 45 % of the");
  }

  @Test
  void aPeerThatCannotSayHowManyCoresItUsesIsNot() throws IOException {
    assertThat(doubts(Double.NaN, 150)).hasSize(1);
  }

  @Test
  void aPeerWithOtherThreadsIsAnError() throws IOException {
    try (var peer = peer("{\"threads\": 1, \"seconds\": [0.1], \"cores\": [1]}")) {
      assertThatIOException()
          .isThrownBy(() -> peer.measure(PRODUCT))
          .withMessageContaining("on 1 threads, asked for 2");
      assertThat(peer.measure(product(1)).seconds()).containsExactly(0.1);
    }
  }

  @Test
  void anAnswerThatIsNoneIsAnError() throws IOException {
    try (var peer = peer("0.1 0.1")) {
      assertThatIOException()
          .isThrownBy(() -> peer.measure(PRODUCT))
          .withMessageContaining("with '0.1 0.1'");
    }
  }

  @Test
  void noCounterpartIsNoAnswer() throws IOException {
    try (var peer = peer("null")) {
      assertThat(peer.measure(PRODUCT)).isNull();
    }
  }
}
