/// The training system: commands, data, training loop, evaluation.
@NullMarked
package facet.train;

import org.jspecify.annotations.NullMarked;
