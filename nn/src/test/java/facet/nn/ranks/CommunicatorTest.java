package facet.nn.ranks;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommunicatorTest {
  @Test
  void aloneEveryCollectiveBringsItsOwn() {
    Collectives.check(new Alone());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void ranksThatAreThreads(int size) {
    Threads.run(
        size,
        ranks -> {
          Collectives.check(ranks);
          return true;
        });
  }
}
