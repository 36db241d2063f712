/// [SyntheticFaces] and the software renderer behind them: a parametric head, a z-buffer
/// rasteriser and a small shader.
///
/// The way through: a [Person] (who) and a [Sample] (how photographed) go to [FaceRenderer], which
/// builds the meshes ([HeadShape], [Hair], [Props]), rasterises them into a [GBuffer], colours
/// every visible point ([Shader], [FacePaint]) and passes the result through the [Camera].
///
/// Everything is plain IEEE arithmetic, `Math.sqrt` (exactly rounded by specification) and
/// `StrictMath`, so an image has the same bytes on every machine.
@NullMarked
package facet.train.data.synthetic;

import org.jspecify.annotations.NullMarked;
