/// Opens whatever holds faces.
@NullMarked
package facet.train.data.source;

import org.jspecify.annotations.NullMarked;
