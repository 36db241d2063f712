package facet.train.data.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import facet.nn.loss.DdlBatch;
import facet.train.data.Domain;
import facet.train.data.FaceDataset;
import facet.train.data.GeneratedFaces;
import facet.train.data.LowResolutionCopies;
import facet.train.data.TestImages;
import facet.train.error.ExitCode;
import facet.train.error.FacetException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class SamplerTest {
  private static AbstractThrowableAssert<?, ?> assertRefused(ThrowingCallable call) {
    return assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            FacetException.class, e -> assertThat(e.exitCode()).isEqualTo(ExitCode.DATA));
  }

  /// The easy domain teaches the hard one.
  private static DdlSampler ddl(FaceDataset data, int people, long seed) {
    return new DdlSampler(
        List.of(Branch.of(data, Domain.EASY), Branch.of(data, Domain.HARD)), people, seed);
  }

  private static int[] batch(Sampler sampler, int epoch, int step) {
    var items = new int[sampler.batchSize()];
    sampler.batch(epoch, step, items);
    return items;
  }

  @Test
  void anEpochShowsEveryImageAtMostOnceInANewOrder() {
    var sampler = new ClassificationSampler(TestImages.faces(5, 5, 0), 4, 1);
    assertThat(sampler.stepsPerEpoch()).isEqualTo(6);
    var epochs = new ArrayList<List<Integer>>();
    for (int epoch = 0; epoch < 2; epoch++) {
      var seen = new ArrayList<Integer>();
      for (int step = 0; step < 6; step++) {
        for (int item : batch(sampler, epoch, step)) {
          seen.add(item);
        }
      }
      assertThat(seen).hasSize(24).doesNotHaveDuplicates().allMatch(i -> i >= 0 && i < 25);
      epochs.add(seen);
    }
    assertThat(epochs.get(0)).isNotEqualTo(epochs.get(1));
    var again = new ClassificationSampler(TestImages.faces(5, 5, 0), 4, 1);
    assertThat(batch(again, 1, 3)).isEqualTo(batch(sampler, 1, 3));
    var otherSeed = new ClassificationSampler(TestImages.faces(5, 5, 0), 4, 2);
    assertThat(batch(otherSeed, 1, 3)).isNotEqualTo(batch(sampler, 1, 3));
  }

  @Test
  void classificationRefusesDataItCannotBatch() {
    assertRefused(() -> new ClassificationSampler(TestImages.faces(2, 3, 0), 7, 1))
        .hasMessage("A batch of 7 images is larger than the data's 6; use a smaller --batch-size.");
    assertRefused(() -> new ClassificationSampler(TestImages.faces(1, 3, 0), 2, 1))
        .hasMessageContaining("at least 2 people");
    assertThatThrownBy(() -> new ClassificationSampler(TestImages.faces(2, 3, 0), 0, 1))
        .hasMessageContaining("batch size 0");
  }

  @Test
  void aDdlBatchHoldsDistinctPeopleOfTheRightDomainsAndTruePairs() {
    GeneratedFaces data = TestImages.faces(11, 4, 3);
    var sampler = ddl(data, 5, 3);
    DdlBatch layout = sampler.layout();
    assertThat(sampler.stepsPerEpoch()).isEqualTo(77 / 30);
    for (int step = 0; step < 200; step++) {
      int[] items = batch(sampler, step / 2, step % 2);
      for (int b = 0; b < 2; b++) {
        Domain domain = b == 0 ? Domain.EASY : Domain.HARD;
        List<Integer> singles = TestImages.indices(items, layout.singles(b));
        List<Integer> firsts = TestImages.indices(items, layout.firsts(b));
        List<Integer> seconds = TestImages.indices(items, layout.seconds(b));
        assertThat(singles.stream().map(i -> data.item(i).identity())).doesNotHaveDuplicates();
        assertThat(firsts.stream().map(i -> data.item(i).identity())).doesNotHaveDuplicates();
        for (int i = 0; i < layout.n(); i++) {
          assertThat(firsts.get(i)).isNotEqualTo(seconds.get(i));
          assertThat(data.item(firsts.get(i)).identity())
              .isEqualTo(data.item(seconds.get(i)).identity());
        }
        for (List<Integer> part : List.of(singles, firsts, seconds)) {
          assertThat(part).allMatch(i -> data.item(i).domain() == domain);
        }
      }
    }
  }

  @Test
  void everyImageAndEveryPairTakesItsTurn() {
    GeneratedFaces data = TestImages.faces(6, 3, 3);
    var sampler = ddl(data, 3, 1);
    DdlBatch layout = sampler.layout();
    var timesSingle = new int[data.size()];
    var pairs = new HashSet<List<Integer>>();
    int batches = 600; // each draws half of a domain's people
    for (int step = 0; step < batches; step++) {
      int[] items = batch(sampler, 0, step);
      for (int b = 0; b < 2; b++) {
        TestImages.indices(items, layout.singles(b)).forEach(i -> timesSingle[i]++);
        for (int i = 0; i < layout.n(); i++) {
          int first = items[layout.firsts(b).start() + i];
          pairs.add(List.of(first, items[layout.seconds(b).start() + i]));
        }
      }
    }
    for (int count : timesSingle) {
      assertThat(count).isEqualTo(batches / 2 / 3); // 2 batches a round, 3 images in turn
    }
    assertThat(pairs).hasSize(12 * 3 * 2); // ordered pairs of 3 images, 6 people, 2 domains
  }

  @Test
  void ddlBatchesDependOnNothingButSeedEpochAndStep() {
    var sampler = ddl(TestImages.faces(9, 3, 3), 4, 7);
    int[] straight = batch(sampler, 4, 1);
    assertThat(batch(ddl(TestImages.faces(9, 3, 3), 4, 7), 4, 1)).isEqualTo(straight);
    assertThat(batch(sampler, 4, 0)).isNotEqualTo(straight);
    assertThat(batch(ddl(TestImages.faces(9, 3, 3), 4, 8), 4, 1)).isNotEqualTo(straight);
  }

  @Test
  void severalStudentsHaveABranchEach() {
    GeneratedFaces data = TestImages.faces(4, 2, 4);
    var branches =
        List.of(
            Branch.of(data, Domain.EASY),
            Branch.of(
                data,
                "near",
                i -> Integer.parseInt(data.item(i).source().substring(5)) % 6 / 2 == 1),
            Branch.of(
                data,
                "far",
                i -> Integer.parseInt(data.item(i).source().substring(5)) % 6 / 2 == 2));
    var sampler = new DdlSampler(branches, 4, 1);
    assertThat(sampler.batchSize()).isEqualTo(36);
    int[] items = batch(sampler, 0, 0);
    for (int b = 0; b < 3; b++) {
      int kind = b;
      assertThat(TestImages.indices(items, sampler.layout().seconds(b)))
          .allMatch(i -> i % 6 / 2 == kind);
    }
  }

  @Test
  void studentsShareTheHardDomainByResolution() {
    var data = new LowResolutionCopies(TestImages.faces(20, 9, 0), 8, 12, 1);
    var branches = Branch.teacherAndStudents(data, 2);
    assertThat(branches.stream().map(Branch::name))
        .containsExactly("easy", "8 to 9 pixels", "10 to 12 pixels");
    assertThat(branches.stream().mapToInt(Branch::size).sum()).isEqualTo(data.size());
    assertThat(branches.get(1).people().stream().flatMap(List::stream).map(data::resolution))
        .isNotEmpty()
        .allMatch(r -> r == 8 || r == 9);
    assertThatThrownBy(() -> Branch.teacherAndStudents(data, 6))
        .hasMessageContaining("--students is 6, but the hard images have 5 different resolutions");
  }

  /// Three people with two easy images, and one in each of two kinds of hard ones.
  private static FaceDataset kinds() {
    var items = new ArrayList<FaceDataset.Item>();
    for (int p = 0; p < 3; p++) {
      items.add(new FaceDataset.Item(p, "p", Domain.EASY, ""));
      items.add(new FaceDataset.Item(p, "p", Domain.EASY, ""));
      items.add(new FaceDataset.Item(p, "p", Domain.HARD, "Near", ""));
      items.add(new FaceDataset.Item(p, "p", Domain.HARD, "far", ""));
    }
    return new GeneratedFaces(items, (index, size, rgb) -> {});
  }

  @Test
  void studentsAreTheFoldersThatAreNamed() {
    var data = kinds();
    var branches = Branch.teacherAndStudents(data, List.of("near", "far"));
    assertThat(branches.stream().map(Branch::name)).containsExactly("easy", "near", "far");
    assertThat(branches.get(1).people()).containsExactly(List.of(2), List.of(6), List.of(10));
    assertThat(branches.get(2).pairings()).isEmpty(); // one image each
    assertThatThrownBy(() -> Branch.teacherAndStudents(data, List.of("near", "further")))
        .hasMessageContaining("--students names 'further', but no hard images");
  }

  @Test
  void pairsAcrossJoinAnEasyImageAndAHardOne() {
    var data = kinds();
    var branches = Branch.teacherAndStudents(data, List.of("near", "far"));
    var teacher = branches.getFirst();
    var sampler =
        new DdlSampler(
            List.of(
                teacher,
                branches.get(1).across(teacher, data),
                branches.get(2).across(teacher, data)),
            3,
            1);
    var firsts = new HashSet<Integer>();
    for (int step = 0; step < 8; step++) {
      int[] batch = batch(sampler, 0, step);
      for (int b = 0; b < 3; b++) {
        var first = TestImages.indices(batch, sampler.layout().firsts(b));
        var second = TestImages.indices(batch, sampler.layout().seconds(b));
        for (int i = 0; i < 3; i++) {
          assertThat(first.get(i) / 4).isEqualTo(second.get(i) / 4); // one person
          assertThat(first.get(i) % 4).isLessThan(2);
          assertThat(second.get(i) % 4).isNotEqualTo(first.get(i) % 4);
          if (b == 0) {
            assertThat(second.get(i) % 4).isLessThan(2);
          } else {
            assertThat(second.get(i) % 4).isEqualTo(1 + b);
            firsts.add(first.get(i));
          }
        }
      }
    }
    assertThat(firsts).hasSize(6); // both easy images of each come in turn
  }

  /// Every easy image meets every hard one, also where a person has as many of both.
  @Test
  void pairsAcrossAreOfAnyTwoImages() {
    var data = TestImages.faces(2, 3, 3);
    var teacher = Branch.of(data, Domain.EASY);
    var student = Branch.of(data, Domain.HARD).across(teacher, data);
    var sampler = new DdlSampler(List.of(teacher, student), 2, 1);
    var pairs = new HashSet<List<Integer>>();
    for (int step = 0; step < 200; step++) {
      int[] batch = batch(sampler, 0, step);
      for (int i = 0; i < 2; i++) {
        pairs.add(
            List.of(
                batch[sampler.layout().firsts(1).start() + i],
                batch[sampler.layout().seconds(1).start() + i]));
      }
    }
    assertThat(pairs).hasSize(2 * 3 * 3);
  }

  @Test
  void peopleWithOneImageInADomainServeAsSinglesOnly() {
    var items = new ArrayList<FaceDataset.Item>();
    for (int p = 0; p < 4; p++) {
      for (int i = 0; i < (p == 0 ? 1 : 2); i++) {
        items.add(new FaceDataset.Item(p, "p", Domain.EASY, ""));
        items.add(new FaceDataset.Item(p, "p", Domain.HARD, ""));
      }
    }
    var data = new GeneratedFaces(items, (index, size, rgb) -> {});
    assertRefused(() -> ddl(data, 4, 1))
        .hasMessageContaining("needs 4 people with images for a pair, the easy domain has 3");
    var sampler = ddl(data, 3, 1);
    var singles = new HashSet<Integer>();
    for (int step = 0; step < 50; step++) {
      int[] batch = batch(sampler, 0, step);
      singles.addAll(TestImages.indices(batch, sampler.layout().singles(0)));
      assertThat(TestImages.indices(batch, sampler.layout().firsts(0)))
          .allMatch(i -> data.item(i).identity() != 0);
    }
    assertThat(singles).anyMatch(i -> data.item(i).identity() == 0);
  }

  @Test
  void ddlRefusesDataItCannotBatch() {
    assertRefused(() -> ddl(TestImages.faces(5, 3, 0), 2, 1))
        .hasMessageStartingWith("No images in the hard domain; put them into a sub-folder 'hard'");
    assertRefused(() -> ddl(TestImages.faces(1, 3, 3), 1, 1))
        .hasMessageContaining("at least 2 people to tell apart, the easy domain has 1");
    assertRefused(() -> ddl(TestImages.faces(5, 3, 3), 6, 1))
        .hasMessage(
            "A DDL batch of 6 singles needs 6 people, the easy domain has 5;"
                + " use a smaller --ddl-branch or more people.");
    assertThatThrownBy(() -> ddl(TestImages.faces(5, 3, 3), 0, 1))
        .hasMessageContaining("at least 1 person");
  }
}
