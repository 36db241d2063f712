package facet.train.training;

import static facet.train.error.Printable.format;

import facet.nn.Network;
import facet.nn.NetworkSpec;
import facet.nn.loss.DdlBatch;
import facet.nn.ranks.Shards;
import facet.tensor.Scope;
import facet.tensor.ShapeException;
import facet.tensor.Tape;
import facet.train.config.TrainOptions;
import facet.train.data.batch.Batch;
import facet.train.error.ExitCode;
import facet.train.error.FacetException;
import java.lang.management.ManagementFactory;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What a run takes of the memory, known before its first step: network, head, optimiser and one
/// step are put up without computing anything ([DryBackend]); what is in memory already, above all
/// images, is measured.
///
/// @param identities that the head tells apart
/// @param branches of a batch of easy and hard images, 0 for plain batches
/// @param parts in which a batch goes through the network
/// @param batches how many are kept: those prepared ahead, and the one in use
/// @param evaluated images that an evaluation embeds at a time, 0 if there is none
/// @param shards what batches and the head are cut into, null if they are not
record StepMemory(
    TrainOptions options,
    NetworkSpec spec,
    int identities,
    int branches,
    int parts,
    int batches,
    int evaluated,
    @Nullable Shards shards) {
  /// No computer has so much.
  private static final long TOO_MUCH = Long.MAX_VALUE / 4;

  private static final String TOO_LARGE = "needs a tensor of more than 2^31 elements";

  /// The kernels' own buffers, at most, and what Java needs to find room for large arrays.
  private static final long KERNELS = 16L << 20;

  private static final double WASTE = 1.06;

  /// What governs the size of a batch.
  private String option() {
    return branches > 0 ? "--ddl-branch" : "--batch-size";
  }

  /// The bytes that a run takes whose batches have this size, as [#option] counts it.
  long bytes(int value) {
    var images = branches > 0 ? 3L * value * branches : value;
    if (images * spec.size() * spec.size() * 3 > Integer.MAX_VALUE) {
      return TOO_MUCH;
    }
    if (shards != null && images < shards.count()) {
      return 0; // a smaller batch is another matter
    }
    var own =
        shards == null ? null : new Shards(new DryRanks(shards.ranks().size()), shards.count());
    var job = own == null ? Job.alone() : new Job(own.ranks());
    var layout = branches > 0 ? new DdlBatch(value, branches) : null;
    // of many parts two say it all: there are larger and smaller ones
    var sizes = new RunModel.Sizes(spec, identities, layout, Math.min(parts, 2));
    var some = parts == 1 ? (int) images : Math.ceilDiv((int) images, parts) + (int) images / parts;
    var dry = new DryBackend();
    try (var scope = Scope.on(dry)) {
      var model = RunModel.unfilled(scope, options, sizes, own, job);
      model.step().run(new Batch(some, 0, spec.size()), 0, 0);
      evaluate(dry, model.network());
      var pixels = 3L * spec.size() * spec.size() * model.step().part().images((int) images);
      var floats = batches * pixels + (own == null ? copies(model) : sums(own, model));
      return (long) (WASTE * dry.bytes()) + Float.BYTES * floats + KERNELS;
    } catch (ShapeException e) {
      return TOO_MUCH; // a tensor of more elements than an array holds
    }
  }

  private void evaluate(DryBackend dry, Network network) {
    for (var last = evaluated; last > Math.max(0, evaluated - 2); last--) { // one is smaller
      try (var tape = Tape.inference(dry)) {
        network.forward(tape, tape.allocate(last, spec.size(), spec.size(), 3));
      }
    }
  }

  /// The floats of copies on their way to the disk: two of the largest parameter.
  private static long copies(RunModel model) {
    return 2
        * Stream.concat(model.parameters().stream(), model.head().stream())
            .mapToLong(p -> p.value().size())
            .max()
            .orElse(0);
  }

  /// The floats of the gradients that one of several ranks sums outside of the backend.
  private static long sums(Shards own, RunModel model) {
    var sums = 2L + Integer.SIZE - Integer.numberOfLeadingZeros(own.own());
    return sums * model.parameters().stream().mapToLong(p -> p.value().size()).sum();
  }

  /// What is in use now, in bytes: the images.
  static long inUse() {
    var memory = ManagementFactory.getMemoryMXBean();
    memory.gc();
    return memory.getHeapMemoryUsage().getUsed();
  }

  /// `needs 1.23 GiB of memory, 18.80 GiB are there`.
  String describe(int value, long inUse, long heap) {
    var bytes = bytes(value);
    return bytes == TOO_MUCH
        ? TOO_LARGE
        : format(
            "needs %.2f GiB of memory, %.2f GiB are there",
            (inUse + bytes) / 0x1p30, heap / 0x1p30);
  }

  /// `needs 1.23 GiB of memory in float32`.
  String describe(int value) {
    var bytes = bytes(value);
    return bytes == TOO_MUCH
        ? TOO_LARGE
        : format("needs %.2f GiB of memory in float32", bytes / 0x1p30);
  }

  /// Sees that batches of a size fit into `heap` bytes.
  ///
  /// @throws FacetException naming the largest that do
  void require(int value, long inUse, long heap) {
    if (inUse + bytes(value) <= heap) {
      return;
    }
    var fits = 0;
    for (int low = least(), high = value - 1; low <= high; ) {
      var middle = (low + high) >>> 1;
      if (inUse + bytes(middle) <= heap) {
        fits = middle;
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    throw new FacetException(
        ExitCode.DEVICE,
        format(
            "Training with %s %d%s %s; %s%s.",
            option(),
            value,
            parts == 1 ? "" : " --accumulate " + parts,
            describe(value, inUse, heap),
            fits == 0
                ? "not even the smallest fits: take fewer people, or a smaller --model or --size"
                : "the largest that fits is " + option() + " " + fits,
            fits == 0 || branches > 0 || shards != null ? "" : accumulated(value, inUse, heap)));
  }

  /// The smallest batch that can be asked for, as [#option] counts it.
  private int least() {
    var images = Math.max(parts, shards == null ? 1 : shards.count());
    return branches > 0 ? Math.max(2, Math.ceilDiv(images, 3 * branches)) : images;
  }

  /// How a batch fits that does not at once: in parts.
  private String accumulated(int value, long inUse, long heap) {
    for (var more = 2 * parts; more <= value; more *= 2) {
      var step =
          new StepMemory(options, spec, identities, branches, more, batches, evaluated, null);
      if (inUse + step.bytes(value) <= heap) {
        return format("; or keep %s %d, with --accumulate %d", option(), value, more);
      }
    }
    return "";
  }
}
