package facet.train.text;

import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/// What YAML from anywhere may do: a few bytes of it can nest deeper than a stack or, by aliases,
/// stand for more than a memory. The parser's events come one after another, so that nothing grows
/// while they are counted.
public final class YamlLimits {
  /// How deep lists and mappings may lie in each other; Facet's own files need 6.
  static final int MAX_DEPTH = 20;

  private YamlLimits() {}

  /// Checks `text` before it is composed.
  ///
  /// @throws YamlEngineException if it nests too deep, has an alias, or is no YAML
  public static void check(String text, LoadSettings settings) {
    var depth = 0;
    for (var event : new Parse(settings).parseString(text)) {
      switch (event) {
        case CollectionStartEvent _ -> depth++;
        case CollectionEndEvent _ -> depth--;
        case AliasEvent alias ->
            throw refused(event, "the alias *" + alias.getAlias() + " is not read; write it out");
        default -> {}
      }
      if (depth > MAX_DEPTH) {
        throw refused(event, "nested deeper than " + MAX_DEPTH + " lists and mappings");
      }
    }
  }

  private static YamlEngineException refused(Event event, String problem) {
    var line = event.getStartMark().map(mark -> "line " + (mark.getLine() + 1) + ": ").orElse("");
    return new YamlEngineException(line + problem);
  }
}
