#ifndef PARABLE_PROCESS_H
#define PARABLE_PROCESS_H

#include <sys/types.h>

// Starts a program as a child that is told to end (SIGTERM) should this process die, however it
// dies. No signal is blocked in the child. Returns the child's number, or −errno.
// Call it while this process has one thread only.
pid_t parable_spawn_with_parent(const char *path, char *const *arguments, char *const *environment);

#endif
