/// Benchmarks of the GPU: kernels and training steps timed by the GPU's own clock. They do not run
/// under JMH, which can only time the host; `kernels/gpu-check.sh` takes them to a machine with a
/// GPU and runs PyTorch on the same shapes beside them.
@NullMarked
package facet.bench.cuda;

import org.jspecify.annotations.NullMarked;
