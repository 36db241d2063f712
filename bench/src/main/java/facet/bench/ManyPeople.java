package facet.bench;

import static facet.train.error.Printable.format;

import facet.kernels.cpu.CpuBackend;
import facet.nn.NetworkSpec;
import facet.nn.Parameters;
import facet.nn.loss.ClassShards;
import facet.nn.loss.HeadSettings;
import facet.nn.loss.ShardedHead;
import facet.nn.ranks.Shards;
import facet.tensor.Scope;
import facet.tensor.kernel.Margin;
import facet.train.config.OptimizerOptions;
import facet.train.data.batch.Batch;
import facet.train.error.FacetException;
import facet.train.mpi.Mpi;
import facet.train.training.Job;
import facet.train.training.Objective;
import facet.train.training.ShardedStep;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import picocli.CommandLine.Option;

/// How long is a training step with very many people, what does a rank take of the memory, and how
/// fast do ranks exchange bytes? For one process, or for all that `mpirun` starts: JMH measures one
/// process only. The images are random.
final class ManyPeople {
  /// Options that say how `--people` measures.
  static final List<String> DETAILS =
      List.of("--network", "--batch", "--shards", "--sample-rate", "--threads");

  @Option(
      names = "--people",
      paramLabel = "N",
      split = ",",
      description =
          "Measure training steps with so many people, the fewest first, and print times and the"
              + " peak of a rank's memory so far; on all ranks under mpirun. No benchmark of JMH"
              + " runs.")
  private List<Integer> people = List.of();

  @Option(
      names = "--exchange",
      description = "Measure what ranks of mpirun send each other; with --people or alone.")
  private boolean exchange;

  @Option(
      names = "--network",
      paramLabel = "NAME",
      defaultValue = "iresnet-tiny",
      description = "For --people, with 512 dimensions. Default: ${DEFAULT-VALUE}.")
  private String network = "";

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "64",
      description = "For --people: images of a step. Default: ${DEFAULT-VALUE}.")
  private int batch;

  @Option(
      names = "--shards",
      paramLabel = "N",
      description = "For --people: as that of 'facet train'. Default: the ranks.")
  private int shards;

  @Option(
      names = "--sample-rate",
      paramLabel = "SHARE",
      defaultValue = "1",
      description = "For --people: as that of 'facet train'. Default: ${DEFAULT-VALUE}.")
  private double sampleRate;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "For --people: of a rank. Default: the machine's cores by its ranks.")
  private int threads;

  private static final int D = 512;
  private static final double RATE = 1e-3;
  private static final int WARM_UP = 30; // until Java has compiled it
  private static final int MEASURED = 9;

  /// Whether any of this is asked for.
  boolean asked() {
    return exchange || !people.isEmpty();
  }

  /// Measures and prints.
  ///
  /// @return the exit code
  int run() {
    try (var job = Job.join()) {
      return job.run(
          () -> {
            if (exchange) {
              new ExchangeSpeed(job.ranks()).print();
            }
            if (!people.isEmpty()) {
              steps(job);
            }
            return 0;
          });
    }
  }

  private void steps(Job job) {
    var ranks = job.ranks().size();
    var cut = new Shards(job.ranks(), shards == 0 ? ranks : shards);
    var cores = Runtime.getRuntime().availableProcessors();
    var each = threads > 0 ? threads : Math.max(1, cores / Mpi.onThisHost());
    if (job.leads()) {
      System.out.print(
          format(
              "%s, %d dimensions, batches of %d, %d ranks of %d threads, %d shards, sample rate"
                  + " %s%n%12s %8s %15s %10s %10s %12s%n",
              network,
              D,
              batch,
              ranks,
              each,
              cut.count(),
              sampleRate,
              "people",
              "s/step",
              "min-max",
              "images/s",
              "rank wait",
              "peak a rank"));
    }
    for (var count : people.stream().sorted().toList()) {
      try (var backend = new CpuBackend(each);
          var scope = Scope.on(backend)) {
        measure(job, step(scope, job, cut, count), count);
      }
    }
  }

  private ShardedStep step(Scope scope, Job job, Shards cut, int count) {
    var named = NetworkSpec.named(network);
    if (named == null) {
      throw FacetException.usage("--network " + network + ": there is no such network.");
    }
    var spec = named.with(named.depths(), named.width(), named.size(), D, named.dropout());
    var weights = new Parameters(scope, 1);
    var built = spec.build(weights);
    var classes = new ClassShards(scope, cut, count, D, sampleRate, false);
    var arcface = new HeadSettings.Fixed(new Margin(Margin.Kind.ARCFACE, 0.5, 64));
    var head = new ShardedHead(classes, new Parameters(scope, 2), arcface);
    var options = new OptimizerOptions();
    var model = new ShardedStep.Model(built, weights.all(), new Objective.Classify(head), classes);
    var optimizer = options.optimizer(scope, weights.all(), List.of());
    return new ShardedStep(scope, model, optimizer, options, spec.size(), 1, job, cut);
  }

  private void measure(Job job, ShardedStep step, int count) {
    var images = new Batch(batch, step.part().images(batch), step.size());
    var random = new Random(job.ranks().rank());
    for (var i = 0; i < images.images().length; i++) {
      images.images()[i] = random.nextFloat(-1, 1);
    }
    var seconds = new double[MEASURED];
    var waited = 0.0;
    for (var k = -WARM_UP; k < MEASURED; k++) {
      var labels = new Random(k).ints(batch, 0, count).toArray();
      System.arraycopy(labels, 0, images.labels(), 0, batch);
      step.takeWaited();
      var begun = System.nanoTime();
      step.run(images, k + WARM_UP, RATE);
      if (k >= 0) {
        seconds[k] = (System.nanoTime() - begun) * 1e-9;
        waited += step.takeWaited();
      }
    }
    var share = waited / Arrays.stream(seconds).sum();
    var all = job.ranks().allGather(share, peak());
    Arrays.sort(seconds);
    if (job.leads()) {
      System.out.print(
          format(
              "%12d %8.3f %15s %10.1f %9.0f%% %8.2f GiB%n",
              count,
              seconds[MEASURED / 2],
              format("%.3f-%.3f", seconds[0], seconds[MEASURED - 1]),
              batch / seconds[MEASURED / 2],
              100 * Arrays.stream(all).mapToDouble(of -> of[0]).average().orElse(0),
              Arrays.stream(all).mapToDouble(of -> of[1]).max().orElse(0) / 0x1p30));
    }
  }

  /// The most memory that this process has had resident, in bytes; not a number where the system
  /// does not say.
  private static double peak() {
    try {
      return Files.readAllLines(Path.of("/proc/self/status")).stream()
          .filter(line -> line.startsWith("VmHWM:"))
          .mapToDouble(line -> 1024.0 * Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElse(Double.NaN);
    } catch (IOException e) {
      return Double.NaN;
    }
  }
}
