/// The differentiable ops: one class each, with `forward` and an explicit `backward`.
@NullMarked
package facet.tensor.op;

import org.jspecify.annotations.NullMarked;
