package facet.train.config;

import facet.nn.loss.HeadSettings;
import facet.tensor.kernel.Margin;
import facet.train.error.FacetException;
import java.util.Iterator;
import java.util.List;
import java.util.function.DoubleFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The margin softmaxes by the names that `--head` and `--loss` take: a new one is a line here.
///
/// Margins are the published ones but for ArcFace's, whose 0.5 is too much for small networks
/// trained from scratch.
final class Heads {
  /// A margin softmax.
  ///
  /// @param margin the default, NaN if there is none to choose
  /// @param range in which the margin has its meaning
  /// @param factory makes it from margin and scale
  record Entry(String name, double margin, Range range, Factory factory) {
    private static Entry fixed(String name, Margin.Kind kind, double margin, Range range) {
      return new Entry(
          name, margin, range, (m, scale) -> new HeadSettings.Fixed(new Margin(kind, m, scale)));
    }

    private static Entry withoutMargin(String name, DoubleFunction<HeadSettings> factory) {
      return new Entry(name, Double.NaN, Range.ANGLE, (m, scale) -> factory.apply(scale));
    }

    /// @param chosen the margin, null for the default
    HeadSettings head(@Nullable Double chosen, double scale) {
      if (chosen != null && Double.isNaN(margin)) {
        throw FacetException.usage(
            "--margin is %s, but %s takes none; leave --margin out.", chosen, name);
      }
      if (chosen != null && !(chosen >= range.least && chosen <= range.most)) {
        throw Checks.wrong("margin", chosen, range.expected + " with " + name);
      }
      return factory.head(chosen == null ? margin : chosen, scale);
    }
  }

  private enum Range {
    ANGLE(0, Math.PI, "an angle of 0 to pi"),
    COSINE(0, 2, "a difference of cosines, 0 to 2,"),
    FACTOR(1, 100, "a factor of 1 to 100");

    private final double least;
    private final double most;
    private final String expected;

    Range(double least, double most, String expected) {
      this.least = least;
      this.most = most;
      this.expected = expected;
    }
  }

  @FunctionalInterface
  interface Factory {
    HeadSettings head(double margin, double scale);
  }

  static final List<Entry> ALL =
      List.of(
          Entry.fixed("arcface", Margin.Kind.ARCFACE, 0.3, Range.ANGLE),
          Entry.fixed("arcface-easy", Margin.Kind.ARCFACE_EASY, 0.3, Range.ANGLE),
          Entry.fixed(
              "arcface-straight-through", Margin.Kind.ARCFACE_STRAIGHT_THROUGH, 0.3, Range.ANGLE),
          Entry.fixed("cosface", Margin.Kind.COSFACE, 0.35, Range.COSINE),
          Entry.withoutMargin(
              "softmax",
              scale -> new HeadSettings.Fixed(new Margin(Margin.Kind.SOFTMAX, 0, scale))),
          new Entry("sphereface", 1.35, Range.FACTOR, HeadSettings.SphereFace::new),
          new Entry("curricularface", 0.5, Range.ANGLE, Heads::curricularFace),
          // as TFace configures it
          new Entry(
              "curricularface-tface",
              0.5,
              Range.ANGLE,
              (m, scale) -> new HeadSettings.CurricularFace(m, 0.1, scale)),
          new Entry("adaface", 0.4, Range.ANGLE, Heads::adaFace),
          // its margins, 0.45 to 0.8, follow the lengths of the embeddings
          Entry.withoutMargin("magface", HeadSettings.MagFace::new),
          // as its code is set: no margin beyond 90 degrees
          Entry.withoutMargin("magface-easy", scale -> new HeadSettings.MagFace(scale, true)));

  private Heads() {}

  private static HeadSettings curricularFace(double margin, double scale) {
    return new HeadSettings.CurricularFace(
        margin, new HeadSettings.CurricularFace(scale).momentum(), scale);
  }

  private static HeadSettings adaFace(double margin, double scale) {
    var published = new HeadSettings.AdaFace(scale);
    return new HeadSettings.AdaFace(margin, published.h(), published.momentum(), scale);
  }

  static @Nullable Entry named(String name) {
    return ALL.stream().filter(entry -> entry.name.equals(name)).findFirst().orElse(null);
  }

  static List<String> names() {
    return ALL.stream().map(Entry::name).toList();
  }

  /// For the help and the completion of `--head`.
  static final class Names implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return names().iterator();
    }
  }

  /// For the help of `--margin`.
  static String margins() {
    return ALL.stream()
        .filter(entry -> !Double.isNaN(entry.margin))
        .map(entry -> entry.name + " " + entry.margin)
        .collect(Collectors.joining(", "));
  }
}
