package facet.train.eval;

/// What is known of a figure without computing it: what tables need to show it.
public interface Quantity {
  /// In files.
  String name();

  /// In tables.
  String title();

  /// Whether it is a share, shown in percent.
  boolean percent();

  /// The value in the unit that is shown: percent or none.
  default double scaled(double value) {
    return percent() ? 100 * value : value;
  }
}
