package facet.bench;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Somebody who answers questions: this build, another one, PyTorch.
interface Contender extends AutoCloseable {
  /// Measures one launch; null if the question is not for this contender.
  @Nullable Launch measure(Question question) throws IOException;

  @Override
  default void close() {}
}
