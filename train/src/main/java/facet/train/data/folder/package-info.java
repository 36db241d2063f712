/// Faces and pairs that are image files in folders.
@NullMarked
package facet.train.data.folder;

import org.jspecify.annotations.NullMarked;
