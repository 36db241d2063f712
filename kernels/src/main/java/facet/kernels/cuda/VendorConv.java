package facet.kernels.cuda;

import facet.kernels.DeviceException;
import facet.kernels.Precision;
import facet.tensor.Storage;
import facet.tensor.kernel.Conv2dShape;
import facet.tensor.kernel.ConvKernels;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import jcuda.Pointer;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnConvolutionBwdDataAlgoPerf;
import jcuda.jcudnn.cudnnConvolutionBwdFilterAlgoPerf;
import jcuda.jcudnn.cudnnConvolutionDescriptor;
import jcuda.jcudnn.cudnnConvolutionFwdAlgoPerf;
import jcuda.jcudnn.cudnnConvolutionMode;
import jcuda.jcudnn.cudnnDataType;
import jcuda.jcudnn.cudnnFilterDescriptor;
import jcuda.jcudnn.cudnnHandle;
import jcuda.jcudnn.cudnnMathType;
import jcuda.jcudnn.cudnnTensorDescriptor;
import jcuda.jcudnn.cudnnTensorFormat;

/// [ConvKernels] by cuDNN, over the same NHWC images and OHWI weights. Its tensor cores take
/// float32 as TF32; with [Precision#BF16] it computes in TF32, too.
final class VendorConv implements ConvKernels {
  private static final int NHWC = cudnnTensorFormat.CUDNN_TENSOR_NHWC;
  private static final int FLOAT = cudnnDataType.CUDNN_DATA_FLOAT;

  /// The algorithms that a heuristic may propose, the best first.
  private static final int PROPOSALS = 8;

  private final cudnnHandle handle = new cudnnHandle();
  private final CudaMemory memory;
  private final CudaPointwise pointwise;
  private final int mathType;
  private final Pointer one = Pointer.to(new float[] {1});
  private final Pointer zero = Pointer.to(new float[] {0});
  private final Map<Conv2dShape, Plan> plans = new HashMap<>();

  /// @throws DeviceException if cuDNN cannot be loaded
  VendorConv(Driver driver, CudaMemory memory, CudaPointwise pointwise, Precision precision) {
    VendorLibraries.loadCudnn(() -> JCudnn.setExceptionsEnabled(false));
    this.memory = memory;
    this.pointwise = pointwise;
    mathType =
        precision == Precision.FP32
            ? cudnnMathType.CUDNN_FMA_MATH
            : cudnnMathType.CUDNN_TENSOR_OP_MATH;
    check(JCudnn.cudnnCreate(handle), "cudnnCreate");
    check(JCudnn.cudnnSetStream(handle, driver.runtimeStream()), "cudnnSetStream");
  }

  @Override
  public void forward(Conv2dShape s, Storage x, Storage w, Storage y) {
    if (isEmpty(s)) {
      pointwise.fill(s.n() * s.oh() * s.ow() * s.o(), 0, y);
      return;
    }
    var plan = plans.computeIfAbsent(s, Plan::new);
    var workspace = memory.scratch(plan.forwardWorkspace);
    check(
        JCudnn.cudnnConvolutionForward(
            handle,
            one,
            plan.x,
            pointer(x),
            plan.w,
            pointer(w),
            plan.convolution,
            plan.forward,
            pointer(workspace),
            bytes(workspace),
            zero,
            plan.y,
            pointer(y)),
        "cudnnConvolutionForward");
    memory.giveBack(workspace);
  }

  @Override
  public void backwardData(Conv2dShape s, Storage dy, Storage w, Storage dx) {
    if (isEmpty(s)) {
      pointwise.fill(s.n() * s.h() * s.w() * s.c(), 0, dx);
      return;
    }
    var plan = plans.computeIfAbsent(s, Plan::new);
    var workspace = memory.scratch(plan.backwardDataWorkspace);
    check(
        JCudnn.cudnnConvolutionBackwardData(
            handle,
            one,
            plan.w,
            pointer(w),
            plan.y,
            pointer(dy),
            plan.convolution,
            plan.backwardData,
            pointer(workspace),
            bytes(workspace),
            zero,
            plan.x,
            pointer(dx)),
        "cudnnConvolutionBackwardData");
    memory.giveBack(workspace);
  }

  @Override
  public void backwardWeight(Conv2dShape s, Storage x, Storage dy, Storage dw) {
    if (isEmpty(s)) {
      pointwise.fill(s.o() * s.kh() * s.kw() * s.c(), 0, dw);
      return;
    }
    var plan = plans.computeIfAbsent(s, Plan::new);
    var workspace = memory.scratch(plan.backwardWeightWorkspace);
    check(
        JCudnn.cudnnConvolutionBackwardFilter(
            handle,
            one,
            plan.x,
            pointer(x),
            plan.y,
            pointer(dy),
            plan.convolution,
            plan.backwardWeight,
            pointer(workspace),
            bytes(workspace),
            zero,
            plan.w,
            pointer(dw)),
        "cudnnConvolutionBackwardFilter");
    memory.giveBack(workspace);
  }

  /// Frees what cuDNN holds; the descriptors go with the process.
  void close() {
    JCudnn.cudnnDestroy(handle);
  }

  /// cuDNN refuses tensors without elements.
  private static boolean isEmpty(Conv2dShape s) {
    return s.n() == 0 || s.c() == 0 || s.o() == 0;
  }

  private static Pointer pointer(Storage storage) {
    return Driver.pointer(
        CudaStorage.of(storage, CudaStorage.Type.FLOAT32, "cuDNN's convolution").address());
  }

  private static long bytes(CudaStorage storage) {
    return (long) CudaStorage.ELEMENT * storage.length();
  }

  private static void check(int status, String call) {
    if (status != 0) {
      throw new DeviceException(
          String.format(
              Locale.ROOT,
              "cuDNN error %d (%s) in %s.",
              status,
              JCudnn.cudnnGetErrorString(status),
              call));
    }
  }

  /// What cuDNN wants to know of a shape, and the algorithms that its heuristics choose for it.
  private final class Plan {
    final cudnnTensorDescriptor x = new cudnnTensorDescriptor();
    final cudnnTensorDescriptor y = new cudnnTensorDescriptor();
    final cudnnFilterDescriptor w = new cudnnFilterDescriptor();
    final cudnnConvolutionDescriptor convolution = new cudnnConvolutionDescriptor();
    final int forward;
    final int backwardData;
    final int backwardWeight;
    final int forwardWorkspace;
    final int backwardDataWorkspace;
    final int backwardWeightWorkspace;

    Plan(Conv2dShape s) {
      describe(s);
      var found = new int[1];
      var size = new long[1];
      var fwd = new cudnnConvolutionFwdAlgoPerf[PROPOSALS];
      Arrays.setAll(fwd, i -> new cudnnConvolutionFwdAlgoPerf());
      check(
          JCudnn.cudnnGetConvolutionForwardAlgorithm_v7(
              handle, x, w, convolution, y, PROPOSALS, found, fwd),
          "cudnnGetConvolutionForwardAlgorithm_v7");
      forward = fwd[0].algo;
      check(
          JCudnn.cudnnGetConvolutionForwardWorkspaceSize(
              handle, x, w, convolution, y, forward, size),
          "cudnnGetConvolutionForwardWorkspaceSize");
      forwardWorkspace = elements(size[0]);
      var data = new cudnnConvolutionBwdDataAlgoPerf[PROPOSALS];
      Arrays.setAll(data, i -> new cudnnConvolutionBwdDataAlgoPerf());
      check(
          JCudnn.cudnnGetConvolutionBackwardDataAlgorithm_v7(
              handle, w, y, convolution, x, PROPOSALS, found, data),
          "cudnnGetConvolutionBackwardDataAlgorithm_v7");
      backwardData = data[0].algo;
      check(
          JCudnn.cudnnGetConvolutionBackwardDataWorkspaceSize(
              handle, w, y, convolution, x, backwardData, size),
          "cudnnGetConvolutionBackwardDataWorkspaceSize");
      backwardDataWorkspace = elements(size[0]);
      var weight = new cudnnConvolutionBwdFilterAlgoPerf[PROPOSALS];
      Arrays.setAll(weight, i -> new cudnnConvolutionBwdFilterAlgoPerf());
      check(
          JCudnn.cudnnGetConvolutionBackwardFilterAlgorithm_v7(
              handle, x, y, convolution, w, PROPOSALS, found, weight),
          "cudnnGetConvolutionBackwardFilterAlgorithm_v7");
      backwardWeight = weight[0].algo;
      check(
          JCudnn.cudnnGetConvolutionBackwardFilterWorkspaceSize(
              handle, x, y, convolution, w, backwardWeight, size),
          "cudnnGetConvolutionBackwardFilterWorkspaceSize");
      backwardWeightWorkspace = elements(size[0]);
    }

    private void describe(Conv2dShape s) {
      check(JCudnn.cudnnCreateTensorDescriptor(x), "cudnnCreateTensorDescriptor");
      check(JCudnn.cudnnCreateTensorDescriptor(y), "cudnnCreateTensorDescriptor");
      check(JCudnn.cudnnCreateFilterDescriptor(w), "cudnnCreateFilterDescriptor");
      check(JCudnn.cudnnCreateConvolutionDescriptor(convolution), "cudnnCreateConvolution");
      check(
          JCudnn.cudnnSetTensor4dDescriptor(x, NHWC, FLOAT, s.n(), s.c(), s.h(), s.w()),
          "cudnnSetTensor4dDescriptor");
      check(
          JCudnn.cudnnSetTensor4dDescriptor(y, NHWC, FLOAT, s.n(), s.o(), s.oh(), s.ow()),
          "cudnnSetTensor4dDescriptor");
      check(
          JCudnn.cudnnSetFilter4dDescriptor(w, FLOAT, NHWC, s.o(), s.c(), s.kh(), s.kw()),
          "cudnnSetFilter4dDescriptor");
      check(
          JCudnn.cudnnSetConvolution2dDescriptor(
              convolution,
              s.pad(),
              s.pad(),
              s.stride(),
              s.stride(),
              1,
              1,
              cudnnConvolutionMode.CUDNN_CROSS_CORRELATION,
              FLOAT),
          "cudnnSetConvolution2dDescriptor");
      check(
          JCudnn.cudnnSetConvolutionMathType(convolution, mathType), "cudnnSetConvolutionMathType");
    }

    private static int elements(long bytes) {
      return Math.toIntExact((bytes + CudaStorage.ELEMENT - 1) / CudaStorage.ELEMENT);
    }
  }
}
