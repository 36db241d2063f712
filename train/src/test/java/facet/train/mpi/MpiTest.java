package facet.train.mpi;

import static org.assertj.core.api.Assertions.assertThat;

import facet.nn.ranks.Alone;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MpiTest {
  @Test
  void aProcessThatNoLauncherStartedIsAlone() {
    assertThat(Mpi.join()).isInstanceOf(Alone.class);
    assertThat(Mpi.onThisHost()).isEqualTo(1);
  }

  @Test
  void theLibraryIsDescribedOrWhereItWasLookedFor() {
    assertThat(Mpi.describe())
        .matches("available: Open MPI v4\\..*|not available: no libmpi.so.40.*");
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  void everyCollective(int size) throws IOException, InterruptedException {
    try (var run = MpiRun.start(size, CollectivesProgram.class)) {
      assertThat(run.end()).as(run.output()).isZero();
      assertThat(run.output()).contains("all " + size + " ranks are done");
    }
  }
}
