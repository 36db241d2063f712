package facet.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import facet.train.error.FacetException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.Options;

class PassedOnTest {
  private static Options parse(String... arguments) throws CommandLineOptionException {
    return new CommandLineOptions(arguments);
  }

  @Test
  void everyLaunchGetsWhatIsPassedOn() throws Exception {
    var given =
        parse("-wi 1 -w 10ms -i 2 -r 1m -to 3s -gc true -jvm java -jvmArgs -Xmx1g".split(" "));
    assertThat(PassedOn.arguments(given))
        .containsExactly(
            "-wi 1 -w 10ms -i 2 -r 1min -to 3s -gc true -jvm java -jvmArgs \"-Xmx1g\"".split(" "));
    PassedOn.requireAll(given, "--peer");
    assertThat(PassedOn.arguments(parse("-f", "3", "-p", "threads=1", "Gemm"))).isEmpty();
  }

  @Test
  void optionsOfTheJvmArriveAsTheyWereGiven() throws Exception {
    var given =
        parse(
            "-jvmArgsAppend",
            "-XX:UseAVX=2 -Da=b",
            "-jvmArgsPrepend",
            "-Dc=d e",
            "-jvmArgsPrepend",
            "-Df=g",
            "-jvmArgs",
            "\"-Dh=i j\"");
    var passed = PassedOn.options(given);
    assertThat(passed.getJvmArgsAppend().get()).containsExactly("-XX:UseAVX=2", "-Da=b");
    assertThat(passed.getJvmArgsPrepend().get()).containsExactly("-Dc=d e", "-Df=g");
    assertThat(passed.getJvmArgs().get()).containsExactly("-Dh=i j");
    assertThat(PassedOn.options(parse("-jvmArgs", "")).getJvmArgs().get()).isEmpty();
    assertThat(PassedOn.options(parse()).getJvmArgs().hasValue()).isFalse();
  }

  @Test
  void aLaunchHereGetsThem() throws Exception {
    var given = parse("-jvmArgsAppend", "-XX:UseAVX=2", "-i", "2", "-f", "9", "Gemm", "Ddl");
    var question = new Question("facet.bench.Some.verb", Map.of("threads", "1"));
    var launch = new Suite(given).launch(question).build();
    assertThat(launch.getJvmArgsAppend().get()).containsExactly("-XX:UseAVX=2");
    assertThat(launch.getMeasurementIterations().get()).isEqualTo(2);
    assertThat(launch.getForkCount().get()).isEqualTo(1);
    assertThat(launch.getParameter("threads").get()).containsExactly("1");
    assertThat(launch.getIncludes()).singleElement().asString().contains("Some.verb");
  }

  @Test
  void anotherCheckoutGetsThem() throws Exception {
    var given = parse("-jvmArgsAppend", "-XX:UseAVX=2", "-i", "2", "-f", "9");
    var question = new Question("facet.bench.Some.verb", Map.of("threads", "1"));
    assertThat(new Checkout(Path.of("base"), given).command(question, Path.of("out.json")))
        .startsWith("base/facet", "bench", "-f", "1")
        .containsSubsequence("-p", "threads=1", "-i", "2", "-jvmArgsAppend", "\"-XX:UseAVX=2\"")
        .doesNotContain("9");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-prof gc", "-rff x.json", "-rf csv", "-o log", "-v extra", "-t 2", "-tg 1,2", "-si true",
        "-foe true", "-bm avgt", "-bs 2", "-wbs 2", "-tu ms", "-opi 2", "-wf 1", "-wm BULK",
        "-wmb Gemm"
      })
  void theOthersAreRefused(String option) throws Exception {
    var given = parse((option + " -wi 1 Gemm").split(" "));
    assertThatThrownBy(() -> PassedOn.requireAll(given, "--peer"))
        .isInstanceOf(FacetException.class)
        .hasMessageStartingWith(option.split(" ")[0] + " does not go with --peer")
        .hasMessageContaining("-jvmArgsAppend");
  }

  @Test
  void noLaunchAtAllIsRefused() throws Exception {
    var given = parse("-f", "0");
    assertThatThrownBy(() -> PassedOn.requireAll(given, "--peer")).hasMessageContaining("-f 0");
  }

  /// An option that a later JMH has must be in one of the lists.
  @Test
  void everyOptionOfJmhIsDecidedOn() {
    var regexes = 1;
    assertThat(Options.class.getMethods())
        .hasSize(
            regexes + PassedOn.CHOICE.size() + PassedOn.LAUNCH.size() + PassedOn.REFUSED.size());
  }
}
