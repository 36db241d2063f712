package facet.train.data.batch;

import static facet.train.error.Printable.format;

import facet.nn.loss.DdlBatch;
import facet.train.data.RandomStream;
import facet.train.error.FacetException;
import java.util.List;

/// Draws the batches of the Distribution Distillation Loss: for each branch `n` single images of
/// `n` different people and `n` pairs of images of `n` different people, laid out as in [DdlBatch].
///
/// People come in turn: a random order of all, cut into batches, then another random order. A
/// person's images come in turn as well. An epoch is as many batches as hold the number of images
/// in the data.
public final class DdlSampler implements Sampler {
  private static final int SINGLES = 0;
  private static final int PAIRS = 1;
  private static final int APART = -1; // rounds are counted from 0

  private final DdlBatch layout;
  private final List<List<List<Integer>>> singles; // branch, person, image
  private final List<List<Branch.Pairing>> pairs;
  private final int stepsPerEpoch;
  private final RandomStream random;

  /// The first branch is the teacher, the others are students.
  ///
  /// @throws FacetException if a branch has too few people
  public DdlSampler(List<Branch> branches, int n, long seed) {
    if (n < 1 || branches.size() < 2) {
      throw FacetException.usage(
          "a DDL batch needs at least 1 person a branch and 2 branches, got %d and %d.",
          n, branches.size());
    }
    this.layout = new DdlBatch(n, branches.size());
    this.singles = branches.stream().map(Branch::people).toList();
    this.pairs = branches.stream().map(Branch::pairings).toList();
    this.random = new RandomStream(seed);
    branches.forEach(branch -> check(branch, n));
    int images = branches.stream().mapToInt(Branch::size).sum();
    this.stepsPerEpoch = Math.max(1, images / layout.size());
  }

  private static void check(Branch branch, int n) {
    String domain = "the " + branch.name() + " domain";
    int people = branch.people().size();
    if (people == 0) {
      throw FacetException.data(
          format(
              "No images in %s; put them into a sub-folder '%s' of each person's folder (other"
                  + " names: --easy, --hard), or make hard ones of the easy with --low-resolution.",
              domain, branch.name()));
    }
    if (people < 2) {
      throw FacetException.data(
          format(
              "DDL needs at least 2 people to tell apart, %s has %d; add people or select more of"
                  + " them.",
              domain, people));
    }
    if (people < n) {
      throw FacetException.data(
          format(
                  "A DDL batch of %d singles needs %d people, %s has %d; use a smaller"
                      + " --ddl-branch",
                  n, n, domain, people)
              + " or more people.");
    }
    int withPairs = branch.pairings().size();
    if (withPairs < n) {
      throw FacetException.data(
          format(
                  "A DDL batch of %d pairs needs %d people with images for a pair, %s has %d; use a"
                      + " smaller",
                  n, n, domain, withPairs)
              + " --ddl-branch or more images.");
    }
  }

  /// Where things lie in the batches.
  public DdlBatch layout() {
    return layout;
  }

  @Override
  public int batchSize() {
    return layout.size();
  }

  @Override
  public int stepsPerEpoch() {
    return stepsPerEpoch;
  }

  @Override
  public void batch(int epoch, int step, int[] items) {
    long number = (long) epoch * stepsPerEpoch + step;
    for (int b = 0; b < layout.branches(); b++) {
      RandomStream branch = random.at(b);
      int at = layout.singles(b).start();
      for (int i = 0; i < layout.n(); i++) {
        var people = singles.get(b);
        Turn turn = turn(people.size(), number, i, branch.at(SINGLES));
        items[at + i] = turn.image(people.get(turn.person()), 0);
      }
      int first = layout.firsts(b).start();
      int second = layout.seconds(b).start();
      for (int i = 0; i < layout.n(); i++) {
        var people = pairs.get(b);
        Turn turn = turn(people.size(), number, i, branch.at(PAIRS));
        var pairing = people.get(turn.person());
        items[first + i] = turn.image(pairing.firsts(), 0);
        items[second + i] =
            switch (pairing.kind()) {
              case WITHIN ->
                  turn.image(pairing.seconds(), turn.otherOffset(pairing.firsts().size()));
              case ACROSS -> turn.apart().image(pairing.seconds(), 0);
              case LISTED -> turn.image(pairing.seconds(), 0); // in the same order as the firsts
            };
      }
    }
  }

  /// The `i`-th person of batch `number`, of so many people.
  private Turn turn(int people, long number, int i, RandomStream random) {
    int batchesPerRound = people / layout.n();
    long round = number / batchesPerRound;
    int place = (int) (number % batchesPerRound) * layout.n() + i;
    int person = new Permutation(people, random.at(round)).at(place);
    return new Turn(person, round, random.at(-1 - person));
  }

  /// A person's turn in a round; `random` is the person's own.
  private record Turn(int person, long round, RandomStream random) {
    /// The one of these images that comes in this round, or the one `offset` places after it in the
    /// person's current order.
    int image(List<Integer> images, int offset) {
      int count = images.size();
      var order = new Permutation(count, random.at(round / count));
      return images.get(order.at((int) ((round + offset) % count)));
    }

    /// The same turn with orders of its own.
    Turn apart() {
      return new Turn(person, round, random.at(APART));
    }

    /// A random offset to another of so many images.
    int otherOffset(int images) {
      return 1 + random.below(round, images - 1);
    }
  }
}
