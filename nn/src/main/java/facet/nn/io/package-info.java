/// Weights and optimiser state on disk: safetensors files, written atomically, read with suspicion.
@NullMarked
package facet.nn.io;

import org.jspecify.annotations.NullMarked;
