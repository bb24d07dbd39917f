// Marches of widths up to 128.
#include "march.cuh"

MARCH(128, 8, 128)
MARCH(128, 32, 128)
MARCH(128, 128, 256)
EXACT_MARCH(128, 128, 256)
LINEAR_MARCH(128, 256)
