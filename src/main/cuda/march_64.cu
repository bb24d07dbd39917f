// Marches of widths up to 64.
#include "march.cuh"

MARCH(64, 8, 128)
EXACT_MARCH(64, 8, 128)
MARCH(64, 64, 128)
EXACT_MARCH(64, 64, 128)
LINEAR_MARCH(64, 128)
