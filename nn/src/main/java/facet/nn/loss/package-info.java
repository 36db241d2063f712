/// Losses: margin softmax, soft histograms and the Distribution Distillation Loss.
@NullMarked
package facet.nn.loss;

import org.jspecify.annotations.NullMarked;
