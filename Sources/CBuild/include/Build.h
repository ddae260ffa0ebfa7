#ifndef PARABLE_BUILD_H
#define PARABLE_BUILD_H

// The program's version.
const char *parable_version(void);

// The commit that was built, "unknown" where the sources are in no repository.
const char *parable_commit(void);

#endif
