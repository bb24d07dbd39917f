package org.fathom4j.init;

/** The matrices of a residual network, as an initialization scheme tells them apart. */
public enum NetworkMatrix {
  /** V_0, [D, d]. */
  EMBEDDING("V_0") {
    @Override
    public WeightLaw law(InitializationScheme scheme, NetworkShape shape) {
      return scheme.embedding(shape);
    }
  },
  /** V_l, [M, D]. */
  INNER("V_l") {
    @Override
    public WeightLaw law(InitializationScheme scheme, NetworkShape shape) {
      return scheme.inner(shape);
    }
  },
  /** U_l, [D, M]. */
  OUTER("U_l") {
    @Override
    public WeightLaw law(InitializationScheme scheme, NetworkShape shape) {
      return scheme.outer(shape);
    }
  },
  /** A_l, [D, D], of linear blocks. */
  LINEAR("A_l") {
    @Override
    public WeightLaw law(InitializationScheme scheme, NetworkShape shape) {
      return scheme.linear(shape);
    }
  },
  /** U_{L+1}, [classes, D]. */
  READOUT("U_{L+1}") {
    @Override
    public WeightLaw law(InitializationScheme scheme, NetworkShape shape) {
      return scheme.readout(shape);
    }
  };

  private final String symbol;

  NetworkMatrix(String symbol) {
    this.symbol = symbol;
  }

  /** The law that the scheme gives this matrix. */
  public abstract WeightLaw law(InitializationScheme scheme, NetworkShape shape);

  /** The papers' symbol, such as {@code U_{L+1}}. */
  public String symbol() {
    return symbol;
  }

  boolean inResidualBranch() {
    return this == INNER || this == OUTER || this == LINEAR;
  }
}
