package org.fathom4j.kernel;

import org.fathom4j.kernel.CudaContext.Launch;

/** Any number of blocks in one launch: {@code src/main/cuda/march.cuh}. */
final class CudaMarch implements CudaBlocks {

  private final CudaContext context;
  private final StackShape shape;

  CudaMarch(CudaContext context, StackShape shape) {
    this.context = context;
    this.shape = shape;
  }

  /** Whether there is a march for blocks of this shape. */
  static boolean serves(StackShape shape) {
    return CudaLaunches.march(shape, false, 1).isPresent();
  }

  @Override
  public void forward(Span span) {
    start(span, false);
  }

  @Override
  public void backward(Span span) {
    start(span, true);
  }

  private void start(Span span, boolean backward) {
    Launch launch = CudaLaunches.march(shape, backward, span.examples()).orElseThrow();
    context.start(
        launch,
        span.inner(),
        span.outer(),
        span.scalars(),
        span.input(),
        span.output(),
        span.streams(),
        span.hidden(),
        span.hiddenGradients(),
        span.first(),
        span.count(),
        CudaPlan.padded(span.examples()),
        shape.width(),
        shape.hiddenWidth(),
        shape.form().scalarsPerBlock(),
        shape.activation().ordinal());
  }
}
