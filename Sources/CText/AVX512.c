#if defined(__x86_64__)
#define COMPILED_FOR_AVX512
#include "AllLoops.h"
#endif
