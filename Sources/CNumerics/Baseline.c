#define COMPILED_FOR_BASELINE
#include "AllLoops.h"
