package org.fathom4j.kernel;

/**
 * One launch a product, for widths and precisions that no march serves: {@code
 * src/main/cuda/layers.cu}.
 */
final class CudaLayers implements CudaBlocks, AutoCloseable {

  /** What a launch makes of its product, in the order of the enum in layers.cu. */
  private enum Mode {
    HIDDEN,
    STREAM,
    HIDDEN_GRADIENT,
    STREAM_GRADIENT
  }

  private final CudaContext context;
  private final StackShape shape;
  private final DeviceMemory scratch; // two z, then one h

  /** With room for minibatches of up to so many examples. */
  CudaLayers(CudaContext context, StackShape shape, int examples) {
    this.context = context;
    this.shape = shape;
    scratch =
        context.allocate(
            2 * CudaPlan.streamSlot(shape, examples) + CudaPlan.hiddenSlot(shape, examples),
            "one block's activations");
  }

  @Override
  public void forward(Span span) {
    Work work = new Work(span);
    long z = span.input();
    for (int i = 0; i < span.count(); i++) {
      if (span.streams() != 0) {
        z = work.keep(z, span.streams() + i * work.streamSlot, i == 0);
      }
      boolean last = i == span.count() - 1;
      long next = last ? span.output() : work.next(span, i + 1, z);
      int layer = span.first() + i;
      if (shape.kind() == BlockKind.LINEAR) {
        work.stream(Mode.STREAM, layer, span.inner(), z, shape.width(), z, next);
      } else {
        long h = span.hidden() == 0 ? work.hidden : span.hidden() + i * work.hiddenSlot;
        work.hidden(Mode.HIDDEN, layer, span.inner(), z, 0, h);
        work.stream(Mode.STREAM, layer, span.outer(), h, shape.hiddenWidth(), z, next);
      }
      z = next;
    }
  }

  @Override
  public void backward(Span span) {
    Work work = new Work(span);
    long dz = span.input();
    for (int i = span.count() - 1; i >= 0; i--) {
      if (span.streams() != 0) {
        dz = work.keep(dz, span.streams() + i * work.streamSlot, i == span.count() - 1);
      }
      long next = i == 0 ? span.output() : work.next(span, i - 1, dz);
      int layer = span.first() + i;
      if (shape.kind() == BlockKind.LINEAR) {
        work.stream(Mode.STREAM, layer, span.inner(), dz, shape.width(), dz, next);
      } else {
        long h = span.hidden() + i * work.hiddenSlot;
        long da = span.hiddenGradients() + i * work.hiddenSlot;
        work.hidden(Mode.HIDDEN_GRADIENT, layer, span.inner(), dz, h, da);
        work.stream(Mode.STREAM_GRADIENT, layer, span.outer(), da, shape.hiddenWidth(), dz, next);
      }
      dz = next;
    }
  }

  /** The launches of one span. */
  private final class Work {

    private final Span span;
    private final long streamSlot;
    private final long hiddenSlot;
    private final long hidden; // a place for h that nobody keeps

    Work(Span span) {
      this.span = span;
      streamSlot = CudaPlan.streamSlot(shape, span.examples());
      hiddenSlot = CudaPlan.hiddenSlot(shape, span.examples());
      hidden = scratch.address(2 * streamSlot);
    }

    /** Makes sure that a stream lies in its slot: those after the first were written there. */
    long keep(long stream, long slot, boolean isInput) {
      if (isInput) {
        context.copy(slot, stream, streamSlot);
      }
      return slot;
    }

    /** Where the next stream goes: into its slot, or into the scratch that is not in use. */
    long next(Span span, int i, long now) {
      if (span.streams() != 0) {
        return span.streams() + i * streamSlot;
      }
      return now == scratch.address() ? scratch.address(streamSlot) : scratch.address();
    }

    void hidden(Mode mode, int layer, long matrices, long x, long added, long y) {
      start(mode, layer, matrices, x, shape.width(), added, y, shape.hiddenWidth());
    }

    void stream(Mode mode, int layer, long matrices, long x, int rows, long added, long y) {
      start(mode, layer, matrices, x, rows, added, y, shape.width());
    }

    private void start(
        Mode mode, int layer, long matrices, long x, int rows, long added, long y, int columns) {
      long matrix = shape.matrixLength() * shape.precision().bytes();
      context.start(
          CudaLaunches.layerProduct(shape.precision(), columns, span.examples()),
          matrices + layer * matrix,
          x,
          added,
          y,
          span.scalars(),
          shape.form().scalarsPerBlock(),
          layer,
          rows,
          columns,
          CudaPlan.padded(span.examples()),
          shape.activation().ordinal(),
          mode.ordinal());
    }
  }

  @Override
  public void close() {
    scratch.close();
  }
}
