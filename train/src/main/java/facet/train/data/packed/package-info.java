/// Many images in one file, as insightface keeps them: RecordIO training sets (`.rec` with `.idx`)
/// and verification sets (`.bin`).
@NullMarked
package facet.train.data.packed;

import org.jspecify.annotations.NullMarked;
