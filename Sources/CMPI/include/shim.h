#ifndef PARABLE_MPI_SHIM_H
#define PARABLE_MPI_SHIM_H

#include <stdbool.h>
#include <stddef.h>

// The calls of MPI that are needed, without MPI's own types: these differ from library to library.
//
// Functions that return an int return MPI's error code, 0 for success; buffers are bytes. One
// thread calls them all.

// The longest text of MPI's, with the byte that ends it.
enum { PARABLE_MPI_TEXT = 8193 };

// The function of MPI that failed last.
const char *parable_mpi_failed_call(void);

// What an error code means.
void parable_mpi_error_text(int code, char *text);

// The library's name and version; also before its start.
void parable_mpi_library_version(char *text);

// The same of the library whose header this was built with.
const char *parable_mpi_built_version(void);

// A text among the library's control variables; empty where it has no such one.
void parable_mpi_control_variable(const char *name, char *text);

// Gives signals that the library has taken for itself as it was loaded back the meaning that they had
// before.
void parable_mpi_return_signals(void);

int parable_mpi_start(void);

// How many ranks there are.
int parable_mpi_size(int *size);

// Makes this job's own communicator and that of the ranks of this host, whose lowest rank in the job
// it tells. Everything below needs it.
int parable_mpi_join(int *rank, int *lowest_of_host);

// Ends MPI, unless that was done, in a process that is going to exit with this code.
void parable_mpi_end(int exit_code);

bool parable_mpi_has_ended(void);

// Ends all ranks; returns where MPI cannot.
void parable_mpi_abort(int exit_code);

// What waiting ranks call again and again; where it returns other than 0, the wait ends with
// PARABLE_MPI_STALLED, and nothing but parable_mpi_abort may follow.
enum { PARABLE_MPI_STALLED = -1 };
void parable_mpi_watch(int (*watch)(void));

int parable_mpi_barrier(void);

// Gives all ranks so many bytes of each.
int parable_mpi_all_gather(const void *source, int count, void *destination);

// Gives the root, or all ranks where it is PARABLE_MPI_ALL, bytes of each rank: counts[r] of rank r at
// destination + starts[r].
enum { PARABLE_MPI_ALL = -1 };
int parable_mpi_gather(
    const void *source, int count, void *destination, const int *counts, const int *starts,
    int root);

// Messages on their way. A rank sends itself none; those of two ranks arrive in the order in which
// they were started. NULL where there is no memory.
typedef struct parable_mpi_messages parable_mpi_messages;
parable_mpi_messages *parable_mpi_new_messages(void);

// Start a message in pieces of at most so many bytes, the same on both sides.
int parable_mpi_send(
    parable_mpi_messages *messages, const void *bytes, size_t count, size_t limit, int receiver);
int parable_mpi_receive(
    parable_mpi_messages *messages, void *bytes, size_t count, size_t limit, int sender);

// Tells whether all have arrived, or waits until they have.
int parable_mpi_test(parable_mpi_messages *messages, bool *done);
int parable_mpi_wait(parable_mpi_messages *messages);

// Frees what should be done; messages that are not go on.
void parable_mpi_free_messages(parable_mpi_messages *messages);

// Memory of the ranks of one host, all of which call these, but for the second. Ranks count here
// within the host.
typedef struct parable_mpi_window parable_mpi_window;
int parable_mpi_open_window(size_t byte_count, parable_mpi_window **window);
int parable_mpi_segment(const parable_mpi_window *window, int rank, void **base);
int parable_mpi_synchronize(const parable_mpi_window *window);
int parable_mpi_close_window(parable_mpi_window *window);

#endif
