package facet.train.config;

import static facet.train.error.Printable.format;

import facet.train.error.FacetException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import picocli.CommandLine.Model.CommandSpec;

/// The description of an experiment, a YAML file of options of `facet train` in sections:
///
///     data: faces              # options of everything that is trained
///     people: 1-450            # all who take part
///     folds: 2-5/5             # keep folds 2 to 5 of five back in turn; or val-people:
///     seeds: 1-5
///     baseline: arcface        # the arm that the others are compared with
///     groups: folders          # judge groups of people by themselves, too, as facet eval --groups
///     pretrain:                # options of the pretraining
///       people: 1-200          # whom it sees, and which domain
///       domain: easy
///       epochs: 16
///     finetune:                # options of every arm
///       epochs: 2
///     arms:                    # what distinguishes the arms
///       arcface: {loss: head}
///       ddl: {loss: ddl}
///       cosface: {loss: head, head: cosface}
///       ddl-cosface: {loss: ddl, head: cosface, against: cosface} # compared with this arm
///
/// Their names are looked up and their values read as those of `--config` files.
///
/// @param common the options outside of sections
/// @param pretrain null without such a section
/// @param arms in the file's order
/// @param against the arms that are compared with another arm than the baseline, and with which
public record ExperimentFile(
    Path file,
    @Nullable String seeds,
    @Nullable String folds,
    @Nullable String baseline,
    @Nullable String groups,
    Map<String, ConfigFile.Entry> common,
    @Nullable Map<String, ConfigFile.Entry> pretrain,
    Map<String, ConfigFile.Entry> finetune,
    Map<String, Map<String, ConfigFile.Entry>> arms,
    Map<String, String> against) {
  private static final String AGAINST = "against";
  private static final List<String> SECTIONS =
      List.of("seeds", "folds", "baseline", "groups", "pretrain", "finetune", "arms");

  /// Of the options that say whom to train on, those that sections take.
  private static final List<String> WHOM = List.of("people", "domain");

  /// What the experiment itself decides.
  private static final List<String> DECIDED =
      List.of("seed", "name", "output", "dry-run", "max-steps");

  /// Reads `file`.
  ///
  /// @param common an object with all options of `facet train`
  /// @param training one with those that say how to train
  public static ExperimentFile read(Path file, Object common, Object training) {
    var known = keys(common);
    var inSections = keys(training);
    inSections.remove("init");
    inSections.addAll(WHOM);
    known.addAll(SECTIONS);
    var sections = new LinkedHashMap<String, NodeTuple>();
    var options = new ArrayList<NodeTuple>();
    for (var tuple : ConfigFile.mapping(file).getValue()) {
      var key = ConfigFile.key(file, tuple, known);
      if (SECTIONS.contains(key)) {
        ConfigFile.putOnce(sections, key, tuple, file, tuple);
      } else {
        options.add(tuple);
      }
    }
    var arms = new LinkedHashMap<String, Map<String, ConfigFile.Entry>>();
    var against = new LinkedHashMap<String, String>();
    var inArms = new ArrayList<>(inSections);
    inArms.add(AGAINST);
    for (var tuple : mapping(file, "arms", sections.get("arms"))) {
      var name = ConfigFile.key(file, tuple, List.of());
      var entries = ConfigFile.entries(file, mapping(file, name, tuple), inArms);
      var other = entries.remove(AGAINST);
      if (other != null) {
        against.put(name, other.value());
      }
      ConfigFile.putOnce(arms, name, entries, file, tuple);
    }
    var pretrain = sections.get("pretrain");
    return new ExperimentFile(
        file,
        word(file, "seeds", sections),
        word(file, "folds", sections),
        word(file, "baseline", sections),
        word(file, "groups", sections),
        ConfigFile.entries(file, options, known),
        pretrain == null
            ? null
            : ConfigFile.entries(file, mapping(file, "pretrain", pretrain), inSections),
        ConfigFile.entries(file, mapping(file, "finetune", sections.get("finetune")), inSections),
        arms,
        against);
  }

  private static List<String> keys(Object options) {
    var keys = new ArrayList<>(Config.keys(CommandSpec.forAnnotatedObject(options)));
    keys.removeAll(DECIDED);
    return keys;
  }

  /// The same with other faces.
  public ExperimentFile withData(Path data) {
    var changed = new LinkedHashMap<>(common);
    changed.put("data", new ConfigFile.Entry(data.toString(), "--data", 0));
    return new ExperimentFile(
        file, seeds, folds, baseline, groups, changed, pretrain, finetune, arms, against);
  }

  /// The entries of a section; none if it is not there or empty.
  private static List<NodeTuple> mapping(Path file, String name, @Nullable NodeTuple section) {
    if (section == null) {
      return List.of();
    }
    if (section.getValueNode() instanceof MappingNode mapping) {
      return mapping.getValue();
    }
    if (ConfigFile.value(name, section.getValueNode()).isEmpty()) {
      return List.of();
    }
    throw FacetException.usage(
        ConfigFile.where(file, section)
            + format("'%s' must hold 'key: value' lines or be {}.", name));
  }

  private static @Nullable String word(Path file, String key, Map<String, NodeTuple> sections) {
    var tuple = sections.get(key);
    return tuple == null
        ? null
        : ConfigFile.value(ConfigFile.where(file, tuple) + "'" + key + "'", tuple.getValueNode());
  }

  /// Whether sections name people of their own.
  public boolean sectionsChoosePeople() {
    return Stream.concat(
            Stream.of(finetune, pretrain == null ? finetune : pretrain), arms.values().stream())
        .anyMatch(section -> section.containsKey("people"));
  }

  /// Fills `options` from the common part.
  public <T> T common(T options) {
    return fill(options, common);
  }

  /// Fills `options` from the common part and the pretraining's section.
  public <T> T pretraining(T options) {
    return fill(options, common, pretrain == null ? Map.of() : pretrain);
  }

  /// Fills `options` from the common part, that of fine-tuning and the arm's section.
  public <T> T arm(String name, T options) {
    return fill(options, common, finetune, arms.getOrDefault(name, Map.of()));
  }

  @SafeVarargs
  private <T> T fill(T options, Map<String, ConfigFile.Entry>... layers) {
    var entries = new LinkedHashMap<String, ConfigFile.Entry>();
    for (var layer : layers) {
      entries.putAll(layer);
    }
    return Config.fill(options, entries);
  }
}
