/// The CPU backend: float32 kernels written with the Vector API, run by a fixed set of threads.
@NullMarked
package facet.kernels.cpu;

import org.jspecify.annotations.NullMarked;
