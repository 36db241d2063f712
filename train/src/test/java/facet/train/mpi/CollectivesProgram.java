package facet.train.mpi;

import facet.nn.ranks.Collectives;

/// What [MpiTest] starts on several ranks.
final class CollectivesProgram {
  private CollectivesProgram() {}

  public static void main(String[] arguments) {
    try (var ranks = Mpi.join()) {
      Collectives.check(ranks);
      ranks.barrier();
      if (ranks.rank() == 0) { // lines of several ranks may come out mixed
        System.out.printf("all %d ranks are done%n", ranks.size());
      }
    } catch (AssertionError e) {
      e.printStackTrace();
      Runtime.getRuntime().halt(1); // MPI then ends the others
    }
  }
}
