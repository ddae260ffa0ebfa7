#include "Build.h"

const char *parable_version(void) { return "0.1.0"; }

const char *parable_commit(void) { return PARABLE_COMMIT; }
