package facet.bench;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import facet.train.error.FacetException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class MainTest {
  private static Main parse(String arguments) {
    var main = new Main();
    new CommandLine(main).parseArgs(arguments.split(" "));
    return main;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--threads 1 Gemm            | --threads goes with --people only; * -p threads=1,",
        "--exchange --threads 1      | --threads goes with --people only",
        "--batch 8 TrainingStep      | --batch goes with --people only",
        "--network iresnet18 Embed   | --network goes with --people only",
        "--shards 2                  | --shards goes with --people only",
        "--sample-rate 0.1           | --sample-rate goes with --people only",
        "--tolerance 0.1 Gemm        | --tolerance goes with --compare only",
        "--json verdicts.json Gemm   | --json goes with --compare only",
        "--peer --json verdicts.json | --json goes with --compare only",
        "--compare b.json --python p | --python goes with --peer only",
        "--compare b.json --peer     | --compare and --peer are two",
        "--people 9 --thread 1       | leave out --thread 1",
        "--people 9 --peer           | leave out --peer",
        "--exchange --compare b.json | leave out --compare",
      })
  void anOptionThatNothingLooksAtIsRefused(String arguments, String reason) {
    assertThatThrownBy(() -> parse(arguments).requireUse())
        .isInstanceOf(FacetException.class)
        .message()
        .containsSubsequence(reason.split("[*] "));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Gemm -p threads=1",
        "--people 9 --threads 1 --batch 8 --shards 2 --sample-rate 0.1 --network iresnet18",
        "--exchange",
        "--compare b.json --tolerance 0.1 --json - Gemm",
        "--peer --python p Gemm",
      })
  void anOptionInItsPlaceIsNot(String arguments) {
    assertThatCode(() -> parse(arguments).requireUse()).doesNotThrowAnyException();
  }
}
