/// A training run, from its options to a step.
@NullMarked
package facet.train.training;

import org.jspecify.annotations.NullMarked;
