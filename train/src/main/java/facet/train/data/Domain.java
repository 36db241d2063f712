package facet.train.data;

import java.util.Locale;

/// How hard a face is to recognise: the easy domain (frontal, sharp) teaches the hard one (profile,
/// low resolution).
public enum Domain {
  EASY,
  HARD;

  /// The name of this domain's sub-folder and in messages: `easy`, `hard`.
  public String folder() {
    return name().toLowerCase(Locale.ROOT);
  }
}
