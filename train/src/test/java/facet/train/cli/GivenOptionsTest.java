package facet.train.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import facet.train.run.Interrupt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class GivenOptionsTest {
  /// Options that act in every call of a command that accepts them.
  private static final Map<String, String> ALWAYS =
      Map.of(
          "demo", "--quick --seed --output --device --threads",
          "train",
              "--data --people --domain --low-resolution --skip-corrupt --model --depths --width"
                  + " --size --embedding --dropout --loss --scale --epochs --shards --sample-rate"
                  + " --optimizer --lr --schedule --warmup --weight-decay --decay-all --clip"
                  + " --shift --light --erase --resume --seed --save-every --keep --max-steps"
                  + " --dry-run --max-time --overfit --log-gradients --pairs --device --threads"
                  + " --config",
          "eval",
              "--checkpoint --channels --size --batch-size --no-flip"
                  + " --skip-corrupt --gallery --probes --device --threads --json",
          "embed",
              "--checkpoint --channels --size --batch-size --no-flip --data --people --domain"
                  + " --skip-corrupt --device --threads --out --raw",
          "export", "--checkpoint --channels --size --out --layout --pixels --no-fold",
          "experiment", "--data --output --name --dry-run --device --threads",
          "compare", "--checkpoint --channels --size --batch-size --no-flip --device --threads",
          "align", "--data --landmarks --out --size --resize --skip-corrupt",
          "pack", "--data --pairs --out");

  private static CommandLine program() {
    return new CommandLine(new Program(new Interrupt(75)))
        .setCaseInsensitiveEnumValuesAllowed(true);
  }

  private static void check(String... arguments) {
    GivenOptions.check(program().parseArgs(arguments));
  }

  /// A new option is either put on the list above, by somebody who made sure that it acts, or gets
  /// a rule.
  @Test
  void everyOptionOfEveryCommandActsOrHasARule() {
    program()
        .getSubcommands()
        .forEach(
            (name, command) -> {
              var known = new TreeSet<>(Set.of("--help", "--version", "--debug"));
              known.addAll(Arrays.asList(ALWAYS.getOrDefault(name, "").split(" ")));
              GivenOptions.RULES
                  .getOrDefault(name, List.of())
                  .forEach(r -> known.addAll(r.options()));
              assertThat(command.getCommandSpec().options())
                  .as(name)
                  .allSatisfy(option -> assertThat(known).contains(option.longestName()));
            });
  }

  @ParameterizedTest
  @CsvSource({
    "train --data d --head cosface, --head, '--loss ddl'",
    "train --data d --ddl-order 1 --loss triplet, --ddl-order, --loss ddl",
    "train --data d --triplet-margin 0.2 --loss ddl, --triplet-margin, --loss triplet",
    "train --data d --optimizer adamw --momentum 0.8, --momentum, --optimizer sgd",
    "train --data d --eps 1e-6, --eps, --optimizer adamw",
    "train --data d --loss-weight 2, --loss-weight, --loss ddl",
    "train --data d --loss softmax --margin 0.2, --margin, a loss with a margin",
    "train --data d --batch-size 8 --loss triplet, --batch-size, plain batches",
    "train --data d --milestones '2', --milestones, --schedule step",
    "train --data d --folds 1-3, --folds, --pairs",
    "train --data d --pairs p.txt --val-people 1-3, --val-people, no --pairs",
    "train --data d --eval-every 2, --eval-every, --val-people",
    "train --data d.rec --hard side, --hard, folders",
    "train --data d --device cpu --precision bf16, --precision, a GPU",
    "train --data d --device cuda:0 --convolution direct, --convolution, the CPU",
    "eval --checkpoint c --gallery g --probes p --pairs l.txt, --pairs, neither --gallery",
    "eval --checkpoint c --gallery g --probes p --roc r.csv, --roc, no --gallery",
    "eval --checkpoint c --data d --landmarks l.csv, --landmarks, --templates",
    "eval --checkpoint c --data d --val-people 1-3 --people 4-6, --people, evaluation on --data",
    "eval --checkpoint c --data d --val-data e, --data, lists or people",
    "eval --checkpoint c --data d --pairs lfw.bin, --data, lists or people",
    "eval --checkpoint c --data d --pairs l.txt --val-people 1-3, --val-people, no --pairs",
    "eval --checkpoint c --data d --pairs l.txt --low-resolution 4-8, --low-resolution, as they"
        + " are",
    "embed --checkpoint c a.png --out o.csv --low-resolution 4-8, --low-resolution, --data",
    "embed --checkpoint c a.png --out o.csv --hard side, --hard, folders",
    "train --data d --resume r --recipe arcface-torch, --recipe, no --resume",
    "train --data d --resume r --name x, --name, no --resume",
    "pack --data d --out o.rec --low-resolution 4-8, --low-resolution, packed as they are",
    "train --data d --ddl-queue 16 --loss histogram, --ddl-queue, --loss ddl",
    "eval --checkpoint c --data d --resize opencv, --resize, --landmarks",
    "pack --data d --out o.rec --domain easy, --domain, packed as they are",
    "pack --data d --pairs p.txt --out o.bin --skip-corrupt, --skip-corrupt, without --pairs",
  })
  void anOptionThatWouldNotActIsRefused(String line, String option, String needs) {
    assertThatThrownBy(() -> check(line.replace("'", "").split(" ")))
        .hasMessageStartingWith(option + " does nothing here: it needs ")
        .hasMessageContaining(needs);
  }

  @ParameterizedTest
  @CsvSource({
    "train --data d --loss ddl --head cosface --ddl-order 1 --loss-weight 3 --students 2",
    "train --data d --schedule step --milestones 2 --pairs p.txt --folds 1 --eval-every 1",
    "train --data d --eval-every 0",
    "eval --checkpoint c --data d --people 1-3 --roc r.csv --json j.json",
    "eval --checkpoint c --val-data d --easy front",
  })
  void anOptionThatActsIsNot(String line) {
    assertThatCode(() -> check(line.split(" "))).doesNotThrowAnyException();
  }

  @Test
  void anOutputNeverReplacesAnInputOrAnotherOutput(@TempDir Path folder) throws IOException {
    var checkpoint = Files.createFile(folder.resolve("a.safetensors")).toString();
    assertRefused("export", "--checkpoint", checkpoint, "--out", folder + "/./a.safetensors");
    var link = Files.createSymbolicLink(folder.resolve("b.safetensors"), Path.of(checkpoint));
    assertRefused("export", "--checkpoint", checkpoint, "--out", link.toString());
    assertRefused("align", "--data", "d", "--landmarks", "l.csv", "--out", "l.csv");
    assertRefused(
        "eval", "--checkpoint", checkpoint, "--data", "d", "--json", "x.json", "--roc", "x.json");
  }

  private static void assertRefused(String... arguments) {
    assertThatThrownBy(() -> check(arguments)).hasMessageContaining("would replace");
  }

  @Test
  void rulesNameOptionsThatExist() {
    var commands = program().getSubcommands();
    GivenOptions.RULES.forEach(
        (name, rules) -> {
          var options = new ArrayList<String>();
          rules.forEach(rule -> options.addAll(rule.options()));
          assertThat(options)
              .allSatisfy(
                  option ->
                      assertThat(commands.get(name).getCommandSpec().findOption(option))
                          .as(name + " " + option)
                          .isNotNull());
        });
  }
}
