package facet.train.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import facet.nn.ranks.Threads;
import facet.train.error.ExitCode;
import facet.train.error.FacetException;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Ranks that meet: what fails on one fails on all, with one message.
class JobTest {
  private static FacetException failure(Runnable body) {
    return catchThrowableOfType(FacetException.class, body::run);
  }

  @Test
  void whatFailsOnOneRankFailsOnAllAndNamesIt() {
    var failures =
        Threads.run(
            3,
            ranks -> {
              var job = new Job(ranks);
              return failure(
                  () ->
                      job.together(
                          () -> {
                            if (ranks.rank() == 1) {
                              throw FacetException.data("faces/a.jpg", "is cut off", "replace it");
                            }
                            return 0;
                          }));
            });
    for (var failure : failures) {
      assertThat(failure.exitCode()).isEqualTo(ExitCode.DATA);
      assertThat(failure).hasMessage("Rank 1 on thread: faces/a.jpg: is cut off; replace it.");
    }
  }

  @Test
  void whatFailsOnAllIsSaidOnce() {
    var failures =
        Threads.run(
            2,
            ranks -> {
              var job = new Job(ranks);
              return failure(() -> job.agree(FacetException.usage("--lr is 0."), false));
            });
    assertThat(failures).allSatisfy(failure -> assertThat(failure).hasMessage("--lr is 0."));
  }

  @Test
  void aSignalToOneRankIsHeardByAll() {
    var heard =
        Threads.run(
            3,
            ranks -> {
              var job = new Job(ranks);
              job.agree(null, ranks.rank() == 2);
              return job.othersRaised();
            });
    assertThat(heard).containsOnly(true);
  }

  @Test
  void otherOptionsAndDataAreNamed() {
    var failures =
        Threads.run(
            3,
            ranks -> {
              var job = new Job(ranks);
              var facts = ranks.rank() == 2 ? Map.of("lr", "0.1") : Map.of("lr", "0.1", "a", "b");
              return failure(() -> job.requireSame(facts));
            });
    assertThat(failures)
        .allSatisfy(
            failure -> {
              assertThat(failure.exitCode()).isEqualTo(ExitCode.USAGE);
              assertThat(failure)
                  .hasMessageStartingWith("Rank 2 on thread has a unset, rank 0 has b");
            });
  }
}
