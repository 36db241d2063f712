/// The `cuda` backend: float32 on an NVIDIA GPU, kernels written in CUDA C++ (`src/main/cuda`) and
/// launched through JCuda's driver API, which [Driver] alone knows.
@NullMarked
package facet.kernels.cuda;

import org.jspecify.annotations.NullMarked;
