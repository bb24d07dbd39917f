// Marches of widths up to 32.
#include "march.cuh"

MARCH(32, 8, 128)
MARCH(32, 32, 128)
EXACT_MARCH(32, 32, 128)
LINEAR_MARCH(32, 128)
