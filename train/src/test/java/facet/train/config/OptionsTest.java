package facet.train.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import facet.nn.loss.HeadSettings;
import facet.train.cli.Program;
import facet.train.data.batch.DdlBatch;
import facet.train.error.FacetException;
import facet.train.run.Interrupt;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

class OptionsTest {
  private static CommandLine program() {
    return new CommandLine(new Program(new Interrupt(75)));
  }

  @Test
  void everyOptionHasItsDefaultInTheFieldAlone() {
    for (var command : program().getSubcommands().values()) {
      for (var option : command.getCommandSpec().options()) {
        assertThat(option.defaultValue()).as(option.longestName()).isNull();
      }
    }
  }

  @Test
  void optionsMadeByHandAreThoseOfACommandLineWithoutFlags() {
    var parsed = new TrainOptions();
    new CommandLine(parsed).parseArgs();
    var made = CommandSpec.forAnnotatedObject(new TrainOptions());
    assertThat(Config.effective(CommandSpec.forAnnotatedObject(parsed)))
        .isEqualTo(Config.effective(made))
        .containsEntry("lr", "0.1")
        .containsEntry("keep", "2");
  }

  @Test
  void theHelpNamesEveryHeadAndLoss() {
    var help = program().getSubcommands().get("train").getUsageMessage().replaceAll("\\s+", " ");
    assertThat(help).contains(Heads.names()).contains(PairLosses.names());
    assertThat(help)
        .contains("ddl (the Distribution Distillation Loss)", "cosface 0.35", "ddl 10")
        .contains("Passes over the data. Default: 20.")
        .doesNotContain("${");
  }

  @Test
  void everyHeadAndLossCanBeMade() {
    for (var name : Heads.names()) {
      var options = new LossOptions();
      options.loss = name;
      options.scale = 17;
      options.check();
      assertThat(options.drawsBranches()).isFalse();
      assertThat(options.head()).extracting(HeadSettings::scale).isEqualTo(17.0);
    }
    for (var entry : PairLosses.ALL) {
      var options = new LossOptions();
      options.loss = entry.name();
      options.check();
      assertThat(options.drawsBranches()).isTrue();
      assertThat(options.comparisonWeight()).isEqualTo(entry.weight());
      assertThat(options.comparison(new DdlBatch(2, 2)) == null).isEqualTo(entry.factory() == null);
    }
  }

  static Stream<Arguments> wrongOptions() {
    return Stream.of(
        wrong(o -> o.optimizer.lr = -1, "--lr is -1.0, expected a number above 0."),
        wrong(o -> o.augmentation.erase = 2, "--erase is 2.0, expected a number from 0 to 1."),
        wrong(o -> o.run.keep = -1, "--keep is -1.0, expected 0 or more."),
        wrong(o -> o.loss.loss = "arc", "--loss is arc, expected one of arcface, "),
        wrong(
            o -> {
              o.loss.loss = "softmax";
              o.loss.margin = 0.5;
            },
            "--margin is 0.5, but softmax takes none; leave --margin out."),
        wrong(o -> o.optimizer.schedule = "step", "--schedule step needs --milestones"));
  }

  private static Arguments wrong(Consumer<TrainOptions> change, String message) {
    return Arguments.of(change, message);
  }

  @ParameterizedTest
  @MethodSource("wrongOptions")
  void aWrongOptionIsNamed(Consumer<TrainOptions> change, String message) {
    var options = new TrainOptions();
    options.check();
    change.accept(options);
    assertThatThrownBy(options::check)
        .isInstanceOf(FacetException.class)
        .hasMessageStartingWith(message);
  }
}
