package facet.train.config;

import static facet.train.error.Printable.format;

import facet.nn.Parameters;
import facet.nn.loss.BatchLoss;
import facet.nn.loss.DdlBatch;
import facet.nn.loss.TripletLoss;
import java.util.Iterator;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The losses over batches of easy and hard images, beside the margin softmax, by the names that
/// `--loss` takes: a new one is an entry here.
public final class PairLosses {
  /// A loss.
  ///
  /// @param weight the default, with which the gradient of the loss is about as large as the margin
  ///     softmax's in a small network (docs/ddl.md): with the published weights, 1, it is a
  ///     fourteenth of it or less
  /// @param factory null for the margin softmax alone
  record Entry(String name, String help, double weight, @Nullable Factory factory) {
    boolean isWeighted() {
      return factory != null;
    }
  }

  @FunctionalInterface
  interface Factory {
    BatchLoss loss(LossOptions options, DdlBatch layout, Parameters state);
  }

  static final List<Entry> ALL =
      List.of(
          new Entry(
              "ddl",
              "the Distribution Distillation Loss",
              10,
              (options, layout, state) -> options.ddl(layout, state)),
          new Entry(
              "histogram",
              "the Histogram Loss",
              40,
              (options, layout, state) -> options.histogram(layout)),
          new Entry(
              "triplet",
              "the triplet loss",
              25,
              (options, layout, state) -> new TripletLoss(options.tripletMargin, layout)),
          new Entry("head", "nothing", 0, null));

  private PairLosses() {}

  static @Nullable Entry named(String name) {
    return ALL.stream().filter(entry -> entry.name.equals(name)).findFirst().orElse(null);
  }

  static List<String> names() {
    return ALL.stream().map(Entry::name).toList();
  }

  /// Whether a value of `--loss` draws batches from branches of easy and hard images.
  public static boolean drawBranches(String loss) {
    return named(loss) != null;
  }

  /// Whether a value of `--loss` adds a loss to the margin softmax, which then has a weight.
  public static boolean isWeighted(String loss) {
    var entry = named(loss);
    return entry != null && entry.isWeighted();
  }

  /// The values of `--loss` for which `condition` holds, for a message: `ddl, triplet or head`.
  public static String namesThat(Predicate<String> condition) {
    var names = names().stream().filter(condition).toList();
    return String.join(", ", names.subList(0, names.size() - 1)) + " or " + names.getLast();
  }

  /// For the completion of `--loss`, margin softmaxes and these.
  static final class Names implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Stream.concat(Heads.names().stream(), names().stream()).iterator();
    }
  }

  /// For the help of `--loss`.
  static String help() {
    return ALL.stream()
        .map(entry -> entry.name + " (" + entry.help + ")")
        .collect(Collectors.joining(", "));
  }

  /// For the help of `--loss-weight`.
  static String weights() {
    return ALL.stream()
        .filter(Entry::isWeighted)
        .map(entry -> format("%s %.0f", entry.name, entry.weight))
        .collect(Collectors.joining(", "));
  }
}
