package facet.train.training;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import facet.kernels.cpu.CpuBackend;
import facet.nn.IResNet;
import facet.nn.IResNetSpec;
import facet.nn.Parameters;
import facet.nn.loss.MarginHead;
import facet.nn.optim.Optimizer;
import facet.nn.optim.Sgd;
import facet.tensor.Scope;
import facet.tensor.kernel.Margin;
import facet.train.data.batch.Batch;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// What a whole training step takes from the heap: the objects that describe tensors and ops, never
/// their content.
class StepAllocationTest {
  /// About three kilobytes an op; the activations of the step would be two megabytes.
  private static final long BYTES_PER_STEP = 100_000;

  private static final int STEPS = 1000;
  private static final int BATCH = 4;
  private static final long PATIENCE_NANOS = 180_000_000_000L;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @Test
  void aStepAllocatesLittleAndAThousandKeepNothing() {
    try (var backend = new CpuBackend(2);
        var scope = Scope.on(backend)) {
      var trainStep = trainStep(backend, scope);
      var batch = batch(trainStep.size());
      var bytes = steadyBytes(trainStep, batch);
      assertThat(bytes).as("bytes of a step").isLessThan(BYTES_PER_STEP);

      var before = liveBytes();
      for (var step = 0; step < STEPS; step++) {
        trainStep.run(batch, step, 1e-3);
      }
      assertThat(liveBytes() - before).as("live heap after 1000 steps").isLessThan(1 << 20);
    }
  }

  private static TrainStep trainStep(CpuBackend backend, Scope scope) {
    var spec = new IResNetSpec("iresnet-tiny", List.of(1, 1, 1), 16, 32, 32, 0.3);
    var network = new Parameters(scope, 1);
    var model = new IResNet(network, spec);
    var classifier = new Parameters(scope, 2);
    var margin = new Margin(Margin.Kind.ARCFACE, 0.5, 16);
    var head = new MarginHead(classifier, 50, spec.embedding(), margin);
    var sgd =
        new Sgd(
            scope,
            0.9,
            new Optimizer.Group(network.all(), 5e-4, 5),
            new Optimizer.Group(classifier.all(), 5e-4, 0));
    return new TrainStep(backend, model, new Objective.Classify(head), sgd, spec.size(), 1, 1);
  }

  private static Batch batch(int size) {
    var batch = new Batch(BATCH, size);
    var random = new Random(3);
    for (var i = 0; i < batch.images().length; i++) {
      batch.images()[i] = random.nextFloat(-1, 1);
    }
    for (var i = 0; i < BATCH; i++) {
      batch.labels()[i] = random.nextInt(50);
    }
    return batch;
  }

  /// Repeats the step until the JIT has removed what it can, for a while at most.
  private static long steadyBytes(TrainStep trainStep, Batch batch) {
    var deadline = System.nanoTime() + PATIENCE_NANOS;
    var steps = 100;
    while (true) {
      var before = THREADS.getTotalThreadAllocatedBytes();
      for (var step = 0; step < steps; step++) {
        trainStep.run(batch, step, 1e-3);
      }
      var bytes = (THREADS.getTotalThreadAllocatedBytes() - before) / steps;
      if (bytes < BYTES_PER_STEP || System.nanoTime() > deadline) {
        return bytes;
      }
    }
  }

  private static long liveBytes() {
    for (var i = 0; i < 3; i++) {
      System.gc();
    }
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
