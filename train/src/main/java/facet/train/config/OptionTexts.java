package facet.train.config;

import java.util.ListResourceBundle;

/// What descriptions of options say of the registries' entries, by key.
public final class OptionTexts extends ListResourceBundle {
  @Override
  protected Object[][] getContents() {
    return new Object[][] {
      {"text.losses", PairLosses.help()},
      {"text.weights", PairLosses.weights()},
      {"text.margins", Heads.margins()}
    };
  }
}
