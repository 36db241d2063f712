/// The optimiser and its learning-rate schedules.
@NullMarked
package facet.nn.optim;

import org.jspecify.annotations.NullMarked;
