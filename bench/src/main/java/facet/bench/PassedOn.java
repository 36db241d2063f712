package facet.bench;

import facet.train.error.FacetException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.util.Optional;

/// JMH's options where launches alternate with another program's: each is a run of JMH of its own,
/// here or in another checkout. Some hold for every launch; the others would change what is
/// compared, or write files that the next launch overwrites, and are refused.
final class PassedOn {
  /// How an option is written for a launch, by its name.
  static final Map<String, Function<Options, List<String>>> LAUNCH = new LinkedHashMap<>();

  static {
    LAUNCH.put("-wi", o -> value(o.getWarmupIterations()));
    LAUNCH.put("-w", o -> time(o.getWarmupTime()));
    LAUNCH.put("-i", o -> value(o.getMeasurementIterations()));
    LAUNCH.put("-r", o -> time(o.getMeasurementTime()));
    LAUNCH.put("-to", o -> time(o.getTimeout()));
    LAUNCH.put("-gc", o -> value(o.shouldDoGC()));
    LAUNCH.put("-jvm", o -> value(o.getJvm()));
    LAUNCH.put("-jvmArgs", o -> words(o.getJvmArgs()));
    LAUNCH.put("-jvmArgsAppend", o -> words(o.getJvmArgsAppend()));
    LAUNCH.put("-jvmArgsPrepend", o -> words(o.getJvmArgsPrepend()));
  }

  /// What says beside regexes of names which launches there are: [Suite] makes questions of it.
  static final List<String> CHOICE = List.of("-f", "-p", "-e");

  /// Whether an option that is refused was given, by its name.
  static final Map<String, Predicate<Options>> REFUSED = new LinkedHashMap<>();

  static {
    REFUSED.put("-prof", o -> !o.getProfilers().isEmpty());
    REFUSED.put("-rff", o -> o.getResult().hasValue());
    REFUSED.put("-rf", o -> o.getResultFormat().hasValue());
    REFUSED.put("-o", o -> o.getOutput().hasValue());
    REFUSED.put("-v", o -> o.verbosity().hasValue());
    REFUSED.put("-t", o -> o.getThreads().hasValue());
    REFUSED.put("-tg", o -> o.getThreadGroups().hasValue());
    REFUSED.put("-si", o -> o.shouldSyncIterations().hasValue());
    REFUSED.put("-foe", o -> o.shouldFailOnError().hasValue());
    REFUSED.put("-bm", o -> !o.getBenchModes().isEmpty());
    REFUSED.put("-bs", o -> o.getMeasurementBatchSize().hasValue());
    REFUSED.put("-wbs", o -> o.getWarmupBatchSize().hasValue());
    REFUSED.put("-tu", o -> o.getTimeUnit().hasValue());
    REFUSED.put("-opi", o -> o.getOperationsPerInvocation().hasValue());
    REFUSED.put("-wf", o -> o.getWarmupForkCount().hasValue());
    REFUSED.put("-wm", o -> o.getWarmupMode().hasValue());
    REFUSED.put("-wmb", o -> !o.getWarmupIncludes().isEmpty());
  }

  private PassedOn() {}

  /// @param mode in which launches alternate, for the message
  /// @throws FacetException naming an option that would not be passed on
  static void requireAll(Options given, String mode) {
    REFUSED.forEach(
        (name, isGiven) -> {
          if (isGiven.test(given)) {
            throw FacetException.usage(
                "%s does not go with %s, where launches take turns: of JMH's options it takes %s"
                    + " and %s.",
                name, mode, String.join(" ", CHOICE), String.join(" ", LAUNCH.keySet()));
          }
        });
    if (given.getForkCount().orElse(1) < 1) {
      throw FacetException.usage("-f 0 asks for no launch, but %s compares launches.", mode);
    }
  }

  /// The arguments of JMH for every launch.
  static List<String> arguments(Options given) {
    var arguments = new ArrayList<String>();
    BiConsumer<String, Function<Options, List<String>>> add =
        (name, values) ->
            values.apply(given).forEach(value -> arguments.addAll(List.of(name, value)));
    LAUNCH.forEach(add);
    return arguments;
  }

  /// The same as options.
  static Options options(Options given) {
    try {
      return new CommandLineOptions(arguments(given).toArray(String[]::new));
    } catch (CommandLineOptionException e) {
      throw new IllegalStateException("written as JMH reads them", e);
    }
  }

  private static List<String> value(Optional<?> given) {
    return given.hasValue() ? List.of(given.get().toString()) : List.of();
  }

  private static List<String> time(Optional<TimeValue> given) {
    return value(given).stream().map(time -> time.replace(" ", "")).toList();
  }

  /// JMH takes what stands alone apart at its spaces, but not between quotes, and several as they
  /// are.
  private static List<String> words(Optional<Collection<String>> given) {
    if (!given.hasValue()) {
      return List.of();
    }
    var words = List.copyOf(given.get());
    return words.size() > 1 ? words : List.of('"' + String.join("", words) + '"');
  }
}
