package org.fathom4j.kernel;

import java.lang.reflect.InvocationTargetException;

/**
 * The border to the classes that need the Vector API, an incubating module of Java.
 *
 * <p>They are found by name: without {@code --add-modules jdk.incubator.vector} their classes
 * cannot be loaded, and with it the compiler warns of nothing else. {@link #available} says whether
 * they can be used.
 */
final class VectorSupport {

  private static final String MODULE = "jdk.incubator.vector";

  private VectorSupport() {}

  /** Whether this Java runtime was started with the module. */
  static boolean available() {
    return ModuleLayer.boot().findModule(MODULE).isPresent();
  }

  static ActivationPass activationPass(Activation activation, Precision precision) {
    return (ActivationPass)
        create(
            precision == Precision.FLOAT ? "FloatVectorPass" : "DoubleVectorPass",
            Activation.class,
            activation);
  }

  static UpdatePass updatePass(Precision precision, UpdatePass rest) {
    return (UpdatePass)
        create(
            precision == Precision.FLOAT ? "FloatUpdateVectorPass" : "DoubleUpdateVectorPass",
            UpdatePass.class,
            rest);
  }

  /** Bits of the vectors in use; 0 without the module. */
  static int vectorBits() {
    return available()
        ? ((VectorWidth) create("FloatVectorPass", Activation.class, Activation.RELU)).bits()
        : 0;
  }

  static Slab laneSlab(
      StackShape shape,
      MemoryPlan plan,
      Partition partition,
      int slab,
      Slab sibling,
      Arena arena,
      long offset) {
    return ((LaneSlabs) create("LaneVectorPass$Factory", Activation.class, shape.activation()))
        .slab(shape, plan, partition.firstRow(slab), partition.rows(slab), sibling, arena, offset);
  }

  /** Makes slabs of the class that this one does not name. */
  interface LaneSlabs {

    /**
     * @param sibling a slab that the same thread works on, for sharing working memory; or null
     */
    Slab slab(
        StackShape shape,
        MemoryPlan plan,
        int firstRow,
        int rows,
        Slab sibling,
        Arena arena,
        long offset);
  }

  private static Object create(String simpleName, Class<?> parameter, Object argument) {
    try {
      return Class.forName(VectorSupport.class.getPackageName() + "." + simpleName)
          .getDeclaredConstructor(parameter)
          .newInstance(argument);
    } catch (InvocationTargetException e) {
      throw new IllegalStateException("The vector class " + simpleName + " failed.", e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(
          "The vector class " + simpleName + " is missing from this build.", e);
    }
  }

  /** How wide a vector class computes. */
  interface VectorWidth {
    int bits();
  }
}
