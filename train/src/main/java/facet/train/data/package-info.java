/// From files on disk to batches in memory.
///
/// A [FaceDataset][facet.train.data.FaceDataset] names the images and loads one of them, a
/// [Sampler][facet.train.data.batch.Sampler] decides which of them make up a batch, an
/// [Augmentation][facet.train.data.batch.Augmentation] varies them, and a
/// [BatchLoader][facet.train.data.batch.BatchLoader] does all three in the background, ahead of the
/// training loop.
///
/// Nothing here has state that a checkpoint would have to save: every random choice is a pure
/// function of seed, epoch and position ([RandomStream][facet.train.data.RandomStream]), so a run
/// resumed at any step sees exactly the batches that the unbroken run would have seen.
@NullMarked
package facet.train.data;

import org.jspecify.annotations.NullMarked;
