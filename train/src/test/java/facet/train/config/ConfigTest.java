package facet.train.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import facet.train.cli.Program;
import facet.train.error.ExitCode;
import facet.train.error.FacetException;
import facet.train.run.Interrupt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

class ConfigTest {
  @TempDir Path temp;

  @Command(name = "root", subcommands = Train.class)
  static final class Root {
    @Option(names = "--debug")
    boolean debug;
  }

  @Command(name = "train")
  static final class Train {
    @Option(names = "--config")
    Path config = Path.of("");

    @Option(names = "--resume")
    Path resume = Path.of("");

    @Option(names = "--epochs", defaultValue = "20")
    int epochs;

    @Option(names = "--lr", defaultValue = "0.1")
    double lr;

    @Option(names = "--name", defaultValue = "run")
    String name = "";

    @Option(names = "--easy", split = ",", defaultValue = "easy,frontal")
    List<String> easy = List.of();

    @Option(names = "--dry-run")
    boolean dryRun;
  }

  /// What `arguments` mean.
  private static CommandLine parse(String... arguments) {
    var root = new CommandLine(new Root()).setOverwrittenOptionsAllowed(true);
    Config.install(root, arguments);
    root.parseArgs(arguments);
    return root.getSubcommands().get("train");
  }

  private static Train train(String... arguments) {
    return parse(arguments).getCommand();
  }

  private String yaml(String text) throws IOException {
    return Files.writeString(temp.resolve("c.yaml"), text).toString();
  }

  @Test
  void aRecipeGivesWayToFileAndFlags() throws IOException {
    var file = yaml("lr: 0.3\nmomentum: 0.8\n");
    var arguments =
        "train --data d --recipe arcface-torch --config FILE --momentum 0.7"
            .replace("FILE", file)
            .split(" ");
    var root = new CommandLine(new Program(new Interrupt(75)));
    Config.install(root, arguments);
    root.parseArgs(arguments);
    var command = root.getSubcommands().get("train");
    assertThat(Config.effective(command.getCommandSpec()))
        .containsEntry("loss", "arcface-straight-through")
        .containsEntry("decay-all", "true")
        .containsEntry("lr", "0.3")
        .containsEntry("momentum", "0.7");
    assertThat(Config.document(command.getCommandSpec(), Map.of()))
        .contains("scale: 64.0  # --recipe arcface-torch\n")
        .contains("lr: 0.3  # " + file)
        .contains("momentum: 0.7  # command line");
    assertThatThrownBy(() -> parse("train", "--recipe", "mine"))
        .hasMessage("--recipe is mine, expected one of arcface-torch, ddl-official, ddl-frozen.");
  }

  @Test
  void everyRecipeIsACommand() {
    for (var name : new Recipe.Names()) {
      var root = new CommandLine(new Program(new Interrupt(75)));
      var arguments = new String[] {"train", "--data", "d", "--recipe", name};
      Config.install(root, arguments);
      root.parseArgs(arguments);
      var options = root.getSubcommands().get("train").getCommandSpec();
      assertThat(Config.document(options, Map.of())).contains("# --recipe " + name);
      assertThat(Config.effective(options).get("ddl-teacher"))
          .isEqualTo(name.equals("ddl-frozen") ? "frozen" : "live");
    }
  }

  @Test
  void flagsWinOverTheFileAndTheFileOverDefaults() throws IOException {
    var file = yaml("epochs: 5\nlr: 1e-3 # small\neasy: [front, left]\ndry-run: true\n");
    var t = train("train", "--config", file, "--epochs", "7");
    assertThat(t.epochs).isEqualTo(7);
    assertThat(t.lr).isEqualTo(1e-3);
    assertThat(t.easy).containsExactly("front", "left");
    assertThat(t.dryRun).isTrue();
    assertThat(t.name).isEqualTo("run");
    assertThat(train("train").epochs).isEqualTo(20);
  }

  @Test
  void theFileIsFoundInAnySpelling() throws IOException {
    var file = yaml("epochs: 5");
    assertThat(train("--debug", "train", "--config=" + file).epochs).isEqualTo(5);
    assertThat(train("train", "--config", "none.yaml", "--config", file).epochs).isEqualTo(5);
  }

  @Test
  void aFlagOfTheFileCanBeGivenAgainOrTakenBack() throws IOException {
    var file = yaml("dry-run: true");
    assertThat(train("train", "--config", file, "--dry-run").dryRun).isTrue();
    assertThat(train("train", "--config", file, "--dry-run=false").dryRun).isFalse();
  }

  @Test
  void aResumedRunTakesItsOwnFile() throws IOException {
    Files.createDirectories(temp.resolve("checkpoints"));
    Files.writeString(temp.resolve("config.yaml"), "epochs: \"9\"\n");
    assertThat(train("train", "--resume", temp.toString()).epochs).isEqualTo(9);
    var checkpoint = temp.resolve("checkpoints/last.safetensors").toString();
    assertThat(train("train", "--resume", checkpoint).epochs).isEqualTo(9);
    assertThat(train("train", "--resume", temp.resolve("none").toString()).epochs).isEqualTo(20);
  }

  @Test
  void wordsAreTakenAsWritten() throws IOException {
    assertThat(train("train", "--config", yaml("name: 1.10")).name).isEqualTo("1.10");
    assertThat(train("train", "--config", yaml("name: no")).name).isEqualTo("no");
    assertThat(train("train", "--config", yaml("name:\nepochs: 3")).name).isEqualTo("run");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "epochs: 1\\nepoch: 2 | , line 2: unknown key 'epoch'; did you mean 'epochs'?",
        "dry_run: true | , line 1: unknown key 'dry_run'; did you mean 'dry-run'?",
        "debug: true | , line 1: unknown key 'debug'",
        "epochs: 1\\nepochs: 2 | , line 2: the key 'epochs' occurs a second time.",
        "epochs:\\n  a: 1 | , line 1: 'epochs' must be a value or a list, not nested keys.",
        "[1]: 2 | , line 1: expected 'key: value'.",
        "- epochs | : expected lines 'key: value', such as 'epochs: 20'.",
        "# nothing | : expected lines 'key: value', such as 'epochs: 20'.",
        "lr: 1\\nepochs: [1 | , line 2: not valid YAML: ",
      })
  void aBadFileIsNamedWithItsLine(String text, String message) throws IOException {
    var file = yaml(text.replace("\\n", "\n"));
    assertThatThrownBy(() -> train("train", "--config", file))
        .isInstanceOfSatisfying(
            FacetException.class, e -> assertThat(e.exitCode()).isEqualTo(ExitCode.USAGE))
        .hasMessageStartingWith(file + message)
        .hasMessageNotContaining("\n");
  }

  @Test
  void aMissingFileIsNamed() {
    assertThatThrownBy(() -> train("train", "--config", "none.yaml"))
        .isInstanceOf(FacetException.class)
        .hasMessageStartingWith("none.yaml: no such file");
  }

  @Test
  void aWrongTypeNamesKeyValueExpectationAndLine() throws IOException {
    var file = yaml("lr: 1\nepochs: many\n");
    assertThatThrownBy(() -> train("train", "--config", file))
        .isInstanceOfSatisfying(
            ParameterException.class,
            e -> {
              assertThat(Config.origin(e)).isEqualTo(file + ", line 2: ");
              assertThat(e).hasMessage("Invalid value for option '--epochs': 'many' is not an int");
            });
    assertThatThrownBy(() -> train("train", "--config", yaml("epochs: 1"), "--epochs", "x"))
        .isInstanceOfSatisfying(
            ParameterException.class, e -> assertThat(Config.origin(e)).isEmpty());
  }

  @Test
  void theEffectiveOptionsAreReadBackTheSame() throws IOException {
    var command = parse("train", "--lr", "1e-4", "--name", "a \"b\" \\ \n\té: #", "--easy", "x,y");
    Map<String, String> effective = Config.effective(command.getCommandSpec());
    assertThat(effective)
        .containsEntry("epochs", "20")
        .containsEntry("easy", "x,y")
        .doesNotContainKeys("config", "resume");
    var again = parse("train", "--config", yaml(Config.yaml(effective)));
    CommandSpec spec = again.getCommandSpec();
    assertThat(Config.effective(spec)).isEqualTo(effective);
    assertThat(again.<Train>getCommand().lr).isEqualTo(1e-4);
  }
}
