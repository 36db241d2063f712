/// Benchmarks of kernels, ops and training steps, run by JMH.
@NullMarked
package facet.bench;

import org.jspecify.annotations.NullMarked;
