package facet.train.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import facet.nn.Parameters;
import facet.nn.loss.DdlBatch;
import facet.nn.loss.DdlLoss;
import facet.nn.loss.HeadSettings;
import facet.tensor.Scope;
import facet.tensor.reference.ReferenceBackend;
import facet.train.cli.Program;
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
        .containsEntry("momentum", "0.9")
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
      try (var backend = new ReferenceBackend();
          var scope = Scope.on(backend)) {
        var state = new Parameters(scope, 0);
        var comparison = options.comparison(new DdlBatch(2, 2), state);
        assertThat(comparison == null).isEqualTo(entry.factory() == null);
        assertThat(state.all()).isEmpty(); // nothing is remembered unless it is asked for
      }
    }
  }

  @Test
  void queueAndFrozenTeacherAreRemembered() {
    var options = new LossOptions();
    options.loss = "ddl";
    options.ddlQueue = 16;
    options.ddlTeacher = "frozen";
    options.ddlGroup = 4;
    options.check();
    try (var backend = new ReferenceBackend();
        var scope = Scope.on(backend)) {
      var state = new Parameters(scope, 0);
      var loss = (DdlLoss) options.comparison(new DdlBatch(8, 3), state);
      assertThat(loss).isNotNull();
      assertThat(loss.group()).isEqualTo(4);
      assertThat(loss.lessons() * 8).isEqualTo(2000);
      assertThat(state.all())
          .extracting(p -> p.name() + " " + p.value().size())
          .containsExactly("loss.queue 96", "loss.pushed 1", "loss.teacher 4000");
    }
  }

  static Stream<Arguments> wrongOptions() {
    return Stream.of(
        wrong(o -> o.optimizer.lr = -1.0, "--lr is -1.0, expected a number above 0."),
        wrong(o -> o.augmentation.erase = 2, "--erase is 2.0, expected a number from 0 to 1."),
        wrong(o -> o.optimizer.lr = 1e-320, "--lr is 1.0E-320, expected a number of 1e-37 to"),
        wrong(o -> o.optimizer.clip = 1e39, "--clip is 1.0E39, expected a number of 1e-37 to"),
        wrong(o -> o.run.keep = -1, "--keep is -1, expected 0 or more."),
        wrong(o -> o.loss.ddlQueue = 12, "--ddl-queue is 12, expected a multiple of --ddl-branch."),
        wrong(o -> o.loss.ddlGroup = 3, "--ddl-group is 3, expected a divisor of --ddl-branch."),
        wrong(o -> o.loss.ddlTeacher = "dead", "--ddl-teacher is dead, expected live, detached or"),
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
