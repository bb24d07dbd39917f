package org.fathom4j.bench.gpu;

/** What a kernel computes, array by array. */
enum Quantity {
  OUTPUT("output"),
  INFERENCE_OUTPUT("output without a backward pass"),
  INNER_GRADIENT("gradient of V or A"),
  OUTER_GRADIENT("gradient of U"),
  SCALAR_GRADIENT("gradient of the scalars"),
  INPUT_GRADIENT("gradient of the input"),
  ACTIVATION_NORMS("norms of activations"),
  GRADIENT_NORMS("norms of gradients");

  private final String words;

  Quantity(String words) {
    this.words = words;
  }

  /** The name in receipts. */
  String words() {
    return words;
  }
}
