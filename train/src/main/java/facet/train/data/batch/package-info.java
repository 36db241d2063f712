/// Training batches: which images, how they are varied, and loading them ahead of the step.
@NullMarked
package facet.train.data.batch;

import org.jspecify.annotations.NullMarked;
