package facet.train.training;

import static facet.train.error.Printable.format;

import facet.nn.NetworkSpec;
import facet.train.config.BranchOptions;
import facet.train.config.Config;
import facet.train.config.TrainOptions;
import facet.train.data.FaceDataset;
import facet.train.data.batch.PairingList;
import facet.train.data.batch.Sampler;
import facet.train.run.Checkpoint;
import facet.train.text.Digest;
import facet.train.text.TextList;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import picocli.CommandLine.Model.CommandSpec;

/// What makes a run the same run: network, recipe, people and images. A checkpoint keeps it in its
/// header, and only a run with the same goes on from there bit for bit.
///
/// @param facts by name, as the header has them
/// @param defaults of the recipe: what a header means that lacks an option, because it is of a
///     version before that option. So an option has to come with a default that changes nothing.
record RunIdentity(Map<String, String> facts, Map<String, String> defaults) {
  /// Before the name of an option of the recipe.
  private static final String RECIPE = "recipe.";

  private static final String UNSET = "unset";

  /// Options that do not change what is learnt, or that stand in the header under their own names.
  private static final Set<String> NO_RECIPE =
      Set.of(
          "init",
          "resume",
          "output",
          "name",
          "save-every",
          "keep",
          "eval-every",
          "max-steps",
          "max-time",
          "patience",
          "allow-overlap",
          "dry-run",
          "log-gradients",
          "model",
          "depths",
          "width",
          "size",
          "embedding",
          "dropout",
          "loss",
          "seed",
          "batch-size");

  /// How the weights move: what a branch that begins at an earlier checkpoint may try otherwise.
  private static final Set<String> OPTIMISER =
      Set.of(
          "lr",
          "schedule",
          "milestones",
          "warmup",
          "momentum",
          "betas",
          "eps",
          "weight-decay",
          "clip",
          "epochs",
          "shift",
          "light",
          "erase");

  /// @param people their fingerprint
  /// @param pairs that of the pairs of hard branches
  static RunIdentity of(
      TrainOptions options,
      NetworkSpec network,
      FaceDataset data,
      Sampler sampler,
      String people,
      String pairs) {
    var facts = new LinkedHashMap<>(network.toMetadata());
    facts.put("loss", options.loss.loss);
    facts.put("seed", Long.toString(options.run.seed));
    facts.put("batch-size", Integer.toString(sampler.batchSize()));
    facts.put("classes", Integer.toString(data.identities()));
    facts.put("images", Integer.toString(data.size()));
    facts.put(Checkpoint.PEOPLE, people);
    facts.put("domains", domains(data));
    var recipe = new TreeMap<>(Config.effective(CommandSpec.forAnnotatedObject(options)));
    options.loss.resolved(true).forEach((key, value) -> recipe.put(key, value.toString()));
    options.optimizer.resolved().forEach((key, value) -> recipe.put(key, value.toString()));
    recipe.put("ddl-hard-pairs", pairs); // a list by what is in it, wherever it lies
    recipe.forEach(
        (key, value) -> {
          if (!NO_RECIPE.contains(key)) {
            facts.put(RECIPE + key, value);
          }
        });
    var defaults = new LinkedHashMap<String, String>();
    Config.effective(CommandSpec.forAnnotatedObject(new TrainOptions()))
        .forEach((key, value) -> defaults.put(RECIPE + key, value));
    options
        .loss
        .resolved(false)
        .forEach((key, value) -> defaults.put(RECIPE + key, value.toString()));
    return new RunIdentity(facts, defaults);
  }

  /// Which images are hard, and how hard.
  private static String domains(FaceDataset data) {
    var text = new StringBuilder();
    for (var i = 0; i < data.size(); i++) {
      text.append(data.item(i).domain()).append(data.resolution(i)).append('\n');
    }
    return new Digest().add(text.toString()).hex(8);
  }

  /// What tells runs with other pairs of hard branches apart: a word, or what is in a list.
  static String pairs(BranchOptions branch) {
    var list = branch.pairList();
    if (list == null) {
      return branch.hardPairs.toString();
    }
    var lines = TextList.read(list, PairingList.LINES).stream().map(TextList.Line::text).toList();
    return "list " + new Digest().add(String.join("\n", lines)).hex(8);
  }

  /// What is different from a checkpoint's header, a phrase each: `lr was 0.1, is 0.2`.
  ///
  /// @param branch whether the optimiser's settings may differ
  List<String> changes(Map<String, String> before, boolean branch) {
    var changes = new ArrayList<String>();
    var recipe = before.keySet().stream().filter(key -> key.startsWith(RECIPE)).toList();
    var keys = new TreeSet<>(facts.keySet());
    keys.addAll(recipe);
    for (var key : keys) {
      if (!before.containsKey(key) && (recipe.isEmpty() || !key.startsWith(RECIPE))) {
        continue; // of a version that did not keep it
      }
      var then = before.getOrDefault(key, defaults.getOrDefault(key, UNSET));
      var now = facts.getOrDefault(key, UNSET);
      var option = key.startsWith(RECIPE) ? key.substring(RECIPE.length()) : key;
      if (!now.equals(then) && !(branch && OPTIMISER.contains(option))) {
        changes.add(
            switch (key) {
              case Checkpoint.PEOPLE -> "the people are others or in another order";
              case "domains" -> "other images are hard";
              default -> format("%s was %s, is %s", option, then, now);
            });
      }
    }
    return changes;
  }
}
