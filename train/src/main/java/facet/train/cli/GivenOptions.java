package facet.train.cli;

import facet.nn.io.AtomicFile;
import facet.train.config.PairLosses;
import facet.train.data.packed.RecordFaces;
import facet.train.data.packed.RecordWriter;
import facet.train.data.source.Faces;
import facet.train.error.FacetException;
import facet.train.run.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ParseResult;

/// Looks at a command's options together, before it starts: an option that was given but would
/// have no effect is refused, and so is an output that is an input or another output.
///
/// Defaults and the values in a configuration need not have one: a file describes several runs.
public final class GivenOptions {
  private static final List<String> OUTPUTS = List.of("--out", "--json", "--roc");

  /// When options act.
  ///
  /// @param needs what makes them act, for the message
  record Rule(List<String> options, String needs, Predicate<GivenOptions> acts) {}

  private static Rule rule(String options, String needs, Predicate<GivenOptions> acts) {
    return new Rule(List.of(options.split(" ")), needs, acts);
  }

  /// Options that act if another has this value.
  private static Rule with(String options, String other, String value) {
    return rule(options, other + " " + value, g -> g.text(other).equals(value));
  }

  /// Options that act if another is given.
  private static Rule beside(String options, String other) {
    return rule(options, other, g -> g.has(other));
  }

  /// Options that act unless another is given.
  private static Rule without(String options, String other) {
    return rule(options, "no " + other, g -> !g.has(other));
  }

  private static final Rule ON_CPU =
      rule("--convolution", "the CPU", g -> !g.text("--device").startsWith("cuda"));
  private static final Rule ON_GPU =
      rule("--precision --kernels", "a GPU", g -> !g.text("--device").equals("cpu"));
  private static final Rule DOMAINS =
      rule("--easy --hard", "folders of images", GivenOptions::readsFolders);
  private static final Rule UNPACKED =
      rule("--val-data", "no --pairs in .bin", g -> !g.pairsArePacked());
  private static final String VALIDATION = "--val-people, --val-data or --pairs";

  /// Options that act under a condition, by command; all others always do.
  static final Map<String, List<Rule>> RULES =
      Map.of(
          "train",
          List.of(
              rule(
                  "--head --head-sees --ddl-branch --students --ddl-hard-pairs",
                  "--loss " + PairLosses.namesThat(PairLosses::drawBranches),
                  GivenOptions::drawsBranches),
              rule(
                  "--loss-weight",
                  "--loss " + PairLosses.namesThat(PairLosses::isWeighted),
                  g -> PairLosses.isWeighted(g.text("--loss"))),
              with("--triplet-margin", "--loss", "triplet"),
              with("--histogram-pairs", "--loss", "histogram"),
              with(
                  "--ddl-nodes --ddl-positives --ddl-negatives --ddl-order --ddl-gamma"
                      + " --ddl-teacher --ddl-queue --ddl-group",
                  "--loss",
                  "ddl"),
              rule(
                  "--margin",
                  "a loss with a margin",
                  g -> !g.text(g.drawsBranches() ? "--head" : "--loss").equals("softmax")),
              rule(
                  "--batch-size --accumulate",
                  "a loss over plain batches; with this one --ddl-branch says how many images a"
                      + " step has",
                  g -> !g.drawsBranches()),
              with("--momentum", "--optimizer", "sgd"),
              with("--betas --eps", "--optimizer", "adamw"),
              with("--milestones", "--schedule", "step"),
              beside("--channels", "--init"),
              beside("--folds", "--pairs"),
              without("--val-people", "--pairs"),
              rule("--patience --allow-overlap", VALIDATION, GivenOptions::evaluates),
              rule("--shift --light --erase", "no --overfit", g -> g.text("--overfit").equals("0")),
              UNPACKED,
              rule(
                  "--output --name --init --recipe",
                  "no --resume of a run that is named",
                  g -> !g.has("--resume") || RunFolder.isNewest(g.text("--resume"))),
              rule(
                  "--eval-every",
                  VALIDATION,
                  g -> g.text("--eval-every").equals("0") || g.evaluates()),
              DOMAINS,
              ON_CPU,
              ON_GPU),
          "eval",
          List.of(
              rule(
                  "--pairs --val-people --val-data --groups",
                  "neither --gallery nor --templates",
                  g -> !g.has("--gallery") && !g.has("--templates")),
              rule("--data", "lists or people to read from it", GivenOptions::evaluatesData),
              rule(
                  "--low-resolution",
                  "a folder of people; listed images are taken as they are",
                  GivenOptions::evaluatesPeople),
              without("--val-people", "--pairs"),
              UNPACKED,
              beside("--folds", "--pairs"),
              rule("--distractors", "--gallery and --probes", g -> g.has("--gallery")),
              beside(
                  "--landmarks --template-pairs --template-galleries --template-probes",
                  "--templates"),
              beside("--resize", "--landmarks"),
              without("--templates --roc", "--gallery"),
              rule(
                  "--roc",
                  "--template-pairs",
                  g -> !g.has("--templates") || g.has("--template-pairs")),
              rule(
                  "--people --domain",
                  "evaluation on --data",
                  g ->
                      Stream.of("--gallery", "--templates", "--pairs", "--val-people", "--val-data")
                          .noneMatch(g::has)),
              DOMAINS,
              ON_CPU,
              ON_GPU),
          "embed",
          List.of(
              DOMAINS,
              rule("--low-resolution", "people of --data", g -> !g.namesImages()),
              ON_CPU,
              ON_GPU),
          "experiment",
          List.of(ON_CPU, ON_GPU),
          "compare",
          List.of(ON_CPU, ON_GPU),
          "demo",
          List.of(ON_CPU, ON_GPU),
          "pack",
          List.of(
              rule(
                  "--low-resolution --domain",
                  "other commands; images are packed as they are",
                  g -> false),
              rule(
                  "--people --easy --hard --skip-corrupt",
                  "a folder of people, without --pairs",
                  g -> !g.has("--pairs"))));

  private final ParseResult parsed;

  private GivenOptions(ParseResult parsed) {
    this.parsed = parsed;
  }

  /// Checks what was given to the command that is about to start.
  ///
  /// @throws FacetException naming the option and what is wrong with it
  public static void check(ParseResult parsed) {
    var command = parsed;
    while (command.hasSubcommand()) {
      command = command.subcommand();
    }
    if (command.isUsageHelpRequested() || command.isVersionHelpRequested()) {
      return;
    }
    var given = new GivenOptions(command);
    for (var rule : RULES.getOrDefault(command.commandSpec().name(), List.of())) {
      for (var option : rule.options) {
        if (command.hasMatchedOption(option) && !rule.acts.test(given)) {
          throw FacetException.usage(
              option + " does nothing here: it needs " + rule.needs + "; leave it out.");
        }
      }
    }
    given.requireFilesApart();
  }

  private @Nullable Object value(String option) {
    var found = parsed.commandSpec().findOption(option);
    return found == null ? null : found.getValue();
  }

  private boolean has(String option) {
    var value = value(option);
    return value != null && !(value instanceof Collection<?> list && list.isEmpty());
  }

  private String text(String option) {
    var value = value(option);
    return value == null ? "" : value.toString().toLowerCase(Locale.ROOT);
  }

  /// Whether all of `--pairs` bring their images with them.
  private boolean pairsArePacked() {
    return value("--pairs") instanceof Collection<?> files
        && !files.isEmpty()
        && files.stream()
            .allMatch(file -> file.toString().toLowerCase(Locale.ROOT).endsWith(".bin"));
  }

  private boolean evaluates() {
    return has("--val-people") || has("--val-data") || has("--pairs");
  }

  private boolean drawsBranches() {
    return PairLosses.drawBranches(text("--loss"));
  }

  /// Whether single images are named.
  private boolean namesImages() {
    return parsed.commandSpec().positionalParameters().stream()
        .anyMatch(p -> !paths(p.getValue()).isEmpty());
  }

  /// Whether an evaluation takes people or the paths of a list from `--data`.
  private boolean evaluatesData() {
    if (has("--gallery")) {
      return !(isFolder("--gallery") && isFolder("--probes"));
    }
    return has("--templates") || !has("--val-data") && !pairsArePacked();
  }

  /// Whether an evaluation takes people of a folder or of a packed file.
  private boolean evaluatesPeople() {
    if (has("--gallery")) {
      return isFolder("--gallery") || isFolder("--probes");
    }
    return !has("--templates") && !has("--pairs");
  }

  private boolean isFolder(String option) {
    var found = parsed.commandSpec().findOption(option);
    return found != null && paths(found.getValue()).stream().allMatch(Files::isDirectory);
  }

  /// Whether any images may come from folders, which have domains, or from a list of packed ones.
  private boolean readsFolders() {
    if (namesImages()) {
      return false;
    }
    return !(value("--data") instanceof Path data)
        || Faces.hasFolders(data)
        || has("--val-data")
        || has("--gallery");
  }

  private void requireFilesApart() {
    var inputs = new LinkedHashMap<String, List<Path>>();
    var outputs = new LinkedHashMap<String, List<Path>>();
    for (var option : parsed.commandSpec().options()) {
      var name = option.longestName();
      if (!name.equals("--output")) {
        (OUTPUTS.contains(name) ? outputs : inputs).put(name, paths(option.getValue()));
      }
    }
    outputs.computeIfPresent("--out", (option, out) -> withThoseBeside(out.getFirst()));
    for (var positional : parsed.commandSpec().positionalParameters()) {
      inputs.put(positional.paramLabel(), paths(positional.getValue()));
    }
    for (var output : outputs.entrySet()) {
      for (var path : output.getValue()) {
        refuse(output.getKey(), path, inputs, "read");
        var others = new LinkedHashMap<>(outputs);
        others.remove(output.getKey());
        refuse(output.getKey(), path, others, "written");
      }
    }
  }

  /// An output and what the command writes beside it, which must not be somebody else's.
  private List<Path> withThoseBeside(Path out) {
    var beside =
        switch (parsed.commandSpec().name()) {
          case "embed" -> EmbedCommand.beside(out);
          case "pack" -> RecordFaces.isRecordFile(out) ? RecordWriter.beside(out) : List.<Path>of();
          default -> List.<Path>of();
        };
    for (var file : beside) {
      if (Files.exists(file) && !Files.exists(out)) {
        throw FacetException.usage(
            "--out %s would replace %s, too, which is there without it; move that file, or choose"
                + " another name.",
            out, file);
      }
    }
    return Stream.concat(Stream.of(out), beside.stream()).toList();
  }

  private static void refuse(
      String option, Path output, Map<String, List<Path>> others, String what) {
    for (var other : others.entrySet()) {
      for (var path : other.getValue()) {
        if (isSame(output, path)) {
          throw FacetException.usage(
              "%s would replace %s, which is %s as %s, too; choose another name.",
              option, output, what, other.getKey());
        }
      }
    }
  }

  private static List<Path> paths(@Nullable Object value) {
    var paths = new ArrayList<Path>();
    if (value instanceof Path path) {
      paths.add(path);
    } else if (value instanceof Collection<?> list) {
      list.forEach(element -> paths.addAll(paths(element)));
    }
    return paths;
  }

  /// Whether two names are those of one file; a pipe or device takes more than one text.
  private static boolean isSame(Path a, Path b) {
    try {
      if (Files.exists(a) && Files.exists(b)) {
        return (Files.isRegularFile(a) || Files.isDirectory(a)) && Files.isSameFile(a, b);
      }
      return AtomicFile.target(a).equals(AtomicFile.target(b));
    } catch (IOException e) {
      return false; // opening it will say what is wrong
    }
  }
}
