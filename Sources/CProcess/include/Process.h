#ifndef PARABLE_PROCESS_H
#define PARABLE_PROCESS_H

#include <signal.h>
#include <sys/types.h>

// Starts a program as a child that is told to end (SIGTERM) should this process die, however it
// dies. It leads a process group of its own, so that a terminal's signals reach this process alone.
// No signal is blocked in the child; its standard output and error are pipes whose reading ends are
// stored in *output and *errors. Returns the child's number, or −errno.
//
// This process must have one thread only, now and later: the child of several would be told to end
// once for each of them, and mpirun takes a second signal for an order to leave all and go.
pid_t parable_spawn_with_parent(
    const char *path, char *const *arguments, char *const *environment, int *output, int *errors);

// A descriptor to wait at for these signals, which must be blocked; −1 on failure.
int parable_signal_descriptor(const sigset_t *signals);

// The next signal that came; 0 where none did.
int parable_next_signal(int descriptor);

// Whether this process ignores the signal.
int parable_is_ignored(int signal);

// A descriptor of so many bytes of zeros in memory, which vanish with the last process that has them open
// or mapped; −1 on failure. Others of the same user can open /proc/PROCESS/fd/DESCRIPTOR.
int parable_new_memory(size_t byte_count);

#endif
