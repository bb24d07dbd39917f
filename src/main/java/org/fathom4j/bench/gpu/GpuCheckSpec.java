package org.fathom4j.bench.gpu;

import java.util.List;
import org.fathom4j.record.GpuReceipt.Shape;
import org.fathom4j.record.PeerReport;

/**
 * What to check and time on a GPU.
 *
 * @param quick a few small stacks and no timings, for a run under a memory checker
 * @param shapes to time; the usual ones if empty
 * @param peers timed on the same device, to stand beside
 * @param seconds to measure each figure for, after half as long to warm up
 */
public record GpuCheckSpec(
    boolean quick, List<Shape> shapes, List<PeerReport> peers, double seconds) {

  public GpuCheckSpec {
    shapes = List.copyOf(shapes);
    peers = List.copyOf(peers);
    if (quick && !shapes.isEmpty()) {
      throw new IllegalArgumentException(
          "A quick check times nothing: leave out --quick or --shape.");
    }
    if (!(seconds > 0) || Double.isInfinite(seconds)) {
      throw new IllegalArgumentException(
          "--seconds must be positive and finite, but is " + seconds + ".");
    }
  }

  List<Shape> shapesToTime() {
    return shapes.isEmpty() ? StackTimings.USUAL : shapes;
  }
}
