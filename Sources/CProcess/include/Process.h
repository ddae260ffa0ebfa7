#ifndef PARABLE_PROCESS_H
#define PARABLE_PROCESS_H

#include <signal.h>
#include <sys/types.h>

// Starts a program as a child that is told to end (SIGTERM) should this process die, however it
// dies. No signal is blocked in the child, and its standard output is a pipe whose reading end is
// stored in *output. Returns the child's number, or −errno.
//
// This process must have one thread only, now and later: the child of several would be told to end
// once for each of them, and mpirun takes a second signal for an order to leave all and go.
pid_t parable_spawn_with_parent(
    const char *path, char *const *arguments, char *const *environment, int *output);

// A descriptor to wait at for these signals, which must be blocked; −1 on failure.
int parable_signal_descriptor(const sigset_t *signals);

// The next signal that came, and its si_code; 0 where none did.
int parable_next_signal(int descriptor, int *code);

#endif
