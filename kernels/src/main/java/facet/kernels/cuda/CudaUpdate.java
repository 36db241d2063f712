package facet.kernels.cuda;

import facet.tensor.Storage;
import facet.tensor.kernel.UpdateKernels;
import java.util.List;

/// [UpdateKernels] by `update.cu`: one launch for all parameters, which it finds through a table in
/// device memory.
final class CudaUpdate implements UpdateKernels {
  /// Elements of a block.
  private static final int CHUNK = 2048;

  /// Bytes and elements of a `struct Slot` of `update.cu`.
  private static final int SLOT_BYTES = 48;

  private static final int SLOT = SLOT_BYTES / CudaStorage.ELEMENT;

  private final CudaMemory memory;
  private final CudaKernel squaredNorm;
  private final CudaKernel squaredNormTotal;
  private final CudaKernel sgd;
  private final CudaKernel adamW;

  CudaUpdate(Driver driver, CudaMemory memory) {
    this.memory = memory;
    var module = CudaModule.load(driver, "update");
    squaredNorm = module.kernel("squared_norm");
    squaredNormTotal = module.kernel("squared_norm_total");
    sgd = module.kernel("sgd");
    adamW = module.kernel("adam_w");
  }

  @Override
  public void squaredNorm(List<Slot> slots, Storage y) {
    var blocks = blocks(slots);
    var table = table(slots);
    var partial = memory.scratch(blocks);
    squaredNorm
        .begin()
        .arg(slots.size())
        .arg(table)
        .arg(partial)
        .launch(blocks, LaunchGrid.THREADS);
    squaredNormTotal.begin().arg(blocks).arg(partial).arg(y).launch(1, LaunchGrid.ONE_BLOCK);
    memory.giveBack(partial);
    memory.giveBack(table);
  }

  @Override
  public void sgd(List<Slot> slots, Step step) {
    var clip = step.clip();
    var table = table(slots);
    sgd.begin()
        .arg(slots.size())
        .arg(table)
        .arg((float) step.rate())
        .arg((float) step.momentum())
        .arg(clip == null ? null : clip.squaredNorm())
        .arg(clip == null ? 0f : (float) clip.maxNorm())
        .launch(blocks(slots), LaunchGrid.THREADS);
    memory.giveBack(table);
  }

  @Override
  public void adamW(List<Slot> slots, AdamStep step) {
    var clip = step.clip();
    var table = table(slots);
    adamW
        .begin()
        .arg(slots.size())
        .arg(table)
        .arg((float) step.rate())
        .arg((float) step.beta1())
        .arg((float) step.beta2())
        .arg((float) (1 - step.beta1()))
        .arg((float) (1 - step.beta2()))
        .arg((float) step.factor())
        .arg((float) step.shift())
        .arg(clip == null ? null : clip.squaredNorm())
        .arg(clip == null ? 0f : (float) clip.maxNorm())
        .launch(blocks(slots), LaunchGrid.THREADS);
    memory.giveBack(table);
  }

  private static int blocks(List<Slot> slots) {
    var blocks = 0;
    for (var slot : slots) {
      blocks += LaunchGrid.blocks(slot.length(), CHUNK);
    }
    return blocks;
  }

  /// The slots as an array of `struct Slot` on the device.
  private CudaStorage table(List<Slot> slots) {
    var table = memory.scratch(SLOT * slots.size());
    memory
        .staging()
        .write(
            (buffer, from, count) -> {
              var block = 0;
              for (var i = 0; i < slots.size(); i++) {
                var slot = slots.get(i);
                var at = SLOT_BYTES * i;
                buffer.putLong(at, address(slot.value()));
                buffer.putLong(at + 8, address(slot.gradient()));
                buffer.putLong(at + 16, address(slot.momentum()));
                buffer.putLong(at + 24, slot.squares() == null ? 0 : address(slot.squares()));
                buffer.putInt(at + 32, slot.length());
                buffer.putInt(at + 36, block);
                buffer.putFloat(at + 40, (float) slot.weightDecay());
                block += LaunchGrid.blocks(slot.length(), CHUNK);
              }
            },
            table,
            SLOT * slots.size());
    return table;
  }

  private static long address(Storage storage) {
    return CudaStorage.of(storage, CudaStorage.Type.FLOAT32, "update").address();
  }
}
