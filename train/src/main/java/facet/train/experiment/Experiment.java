package facet.train.experiment;

import static facet.train.error.Printable.format;

import facet.train.config.ArmOptions;
import facet.train.config.Config;
import facet.train.config.ExperimentFile;
import facet.train.config.TrainOptions;
import facet.train.data.Ordinals;
import facet.train.error.FacetException;
import facet.train.run.FileName;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/// What is to be compared: arms, each fine-tuned from the same pretrained network with the same
/// seed, which makes the batches the same, for each of several seeds.
///
/// @param seeds each decides a pretraining and its arms
/// @param folds which people are kept back in turn
/// @param baseline the arm that the others are compared with, unless they say `against:`
public record Experiment(ExperimentFile file, List<Long> seeds, Folds folds, String baseline) {
  private static final int MAX_SEEDS = 1000;

  /// Reads and checks a description: every word of every arm, before the first is trained.
  ///
  /// @param data other faces than the description's, null for those
  public static Experiment read(Path path, @Nullable Path data) {
    var described = ExperimentFile.read(path, new ArmOptions(), new TrainOptions());
    var file = data == null ? described : described.withData(data);
    var folds = file.folds() == null ? Folds.none() : Folds.parse(file.folds(), path);
    var experiment = new Experiment(file, seeds(file), folds, baseline(file));
    experiment.check();
    return experiment;
  }

  private static List<Long> seeds(ExperimentFile file) {
    var seeds = file.seeds() == null ? "1" : file.seeds();
    var ranges = Ordinals.parse(seeds).ranges();
    var count = ranges.stream().mapToLong(range -> range.last() - range.first() + 1L).sum();
    if (count > MAX_SEEDS) {
      throw FacetException.usage(
          "%s: %,d seeds, at most %,d are taken.", file.file(), count, MAX_SEEDS);
    }
    return ranges.stream()
        .flatMapToLong(range -> LongStream.rangeClosed(range.first(), range.last()))
        .distinct()
        .boxed()
        .toList();
  }

  private static String baseline(ExperimentFile file) {
    var arms = file.arms().keySet();
    if (arms.isEmpty()) {
      throw FacetException.usage(
          file.file() + ": there are no arms; name what to compare under 'arms:'.");
    }
    var baseline = file.baseline() == null ? arms.iterator().next() : file.baseline();
    if (!arms.contains(baseline)) {
      throw FacetException.usage(
          "%s: the baseline '%s' is not among the arms %s.",
          file.file(), baseline, String.join(", ", arms));
    }
    return baseline;
  }

  /// The arm that an arm is compared with; a baseline with itself.
  public String baseline(String arm) {
    return file.against().getOrDefault(arm, baseline);
  }

  private void check() {
    file.against()
        .forEach(
            (arm, other) -> {
              if (!file.arms().containsKey(other)) {
                throw FacetException.usage(
                    "%s: %s is to be compared with '%s', which is not among the arms %s.",
                    file.file(), arm, other, String.join(", ", arms()));
              }
            });
    if ((options().train.run.init == null) == (file.pretrain() == null)) {
      throw FacetException.usage(
          file.file()
              + ": say either how to pretrain, under 'pretrain:', or 'init:', a trained network.");
    }
    arms().forEach(arm -> FileName.require(arm, file.file() + ": the arm"));
    if (file.arms().containsKey(Trial.PRETRAINING)) {
      throw FacetException.usage(
          "%s: '%s' is no name for an arm; it stands for the network that all arms start from.",
          file.file(), Trial.PRETRAINING);
    }
    if (file.pretrain() != null) {
      check(Trial.PRETRAINING, pretraining(seeds.getFirst()));
    }
    for (var arm : arms()) {
      check(arm, arm(arm, seeds.getFirst()));
    }
  }

  private void check(String name, ArmOptions options) {
    try {
      options.train.check();
      options.data.domainFilter();
    } catch (FacetException e) {
      throw new FacetException(
          e.exitCode(), format("%s, %s: %s", file.file(), name, e.getMessage()), e);
    }
  }

  /// What every arm is trained for, seed by seed.
  public List<Unit> units() {
    return seeds.stream()
        .flatMap(seed -> folds.chosen().stream().map(fold -> new Unit(seed, fold, folds.count())))
        .toList();
  }

  /// Whether not all trainings see all people.
  boolean choosesPeople() {
    return folds.count() > 0 || file.sectionsChoosePeople();
  }

  /// The names of the arms, in the file's order.
  public List<String> arms() {
    return List.copyOf(file.arms().keySet());
  }

  /// The options of all trainings: where the faces are.
  public ArmOptions options() {
    return file.common(new ArmOptions());
  }

  /// How to pretrain.
  ArmOptions pretraining(long seed) {
    var options = file.pretraining(new ArmOptions());
    options.train.run.seed = seed;
    options.train.run.evalEvery = 0; // the run is evaluated when it is done
    options.train.run.keep = 0; // it is short, and there are many
    return options;
  }

  /// How to fine-tune an arm; where it starts from is for the caller to add.
  ArmOptions arm(String name, long seed) {
    var options = file.arm(name, new ArmOptions());
    options.train.run.seed = seed;
    options.train.run.evalEvery = 0; // the run is evaluated when it is done
    options.train.run.keep = 0; // it is short, and there are many
    return options;
  }

  /// The options by key, for a run's `config.yaml`.
  static Map<String, String> effective(ArmOptions options) {
    return new TreeMap<>(Config.effective(CommandSpec.forAnnotatedObject(options)));
  }
}
