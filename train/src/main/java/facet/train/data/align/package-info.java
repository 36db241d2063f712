/// Alignment: faces turned, scaled and shifted so that eyes, nose and mouth lie where the field's
/// 112 x 112 template has them.
@NullMarked
package facet.train.data.align;

import org.jspecify.annotations.NullMarked;
