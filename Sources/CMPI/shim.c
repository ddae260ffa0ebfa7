#include "shim.h"

#include PARABLE_MPI_HEADER
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

struct parable_mpi_messages {
  MPI_Request *requests;
  int count, capacity;
};

struct parable_mpi_window {
  MPI_Win handle;
};

static MPI_Comm job, host;
static bool has_joined;
static int (*watch)(void);
static const char *failed_call = "";

static int noted(const char *call, int code) {
  if (code != MPI_SUCCESS) failed_call = call;
  return code;
}

#define CALL(function, ...) noted(#function, function(__VA_ARGS__))
// Returns where a call fails.
#define TRY(function, ...) \
  do { \
    int code = CALL(function, __VA_ARGS__); \
    if (code != MPI_SUCCESS) return code; \
  } while (0)

// Starts an operation whose request comes last, and waits for it.
#define WAIT_FOR(function, ...) \
  do { \
    MPI_Request request; \
    TRY(function, __VA_ARGS__, &request); \
    return wait_for(&request, 1); \
  } while (0)

_Static_assert(MPI_SUCCESS == 0, "callers compare with 0");
_Static_assert(
    PARABLE_MPI_TEXT > MPI_MAX_ERROR_STRING && PARABLE_MPI_TEXT > MPI_MAX_LIBRARY_VERSION_STRING,
    "every text has room");

const char *parable_mpi_failed_call(void) { return failed_call; }

void parable_mpi_error_text(int code, char *text) {
  int length = 0;
  text[0] = 0;
  MPI_Error_string(code, text, &length);
}

void parable_mpi_library_version(char *text) {
  int length = 0;
  text[0] = 0;
  MPI_Get_library_version(text, &length);
}

#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)

const char *parable_mpi_built_version(void) {
#ifdef OMPI_MAJOR_VERSION
  return "Open MPI v" TEXT(OMPI_MAJOR_VERSION) "." TEXT(OMPI_MINOR_VERSION) "." TEXT(
      OMPI_RELEASE_VERSION);
#elif defined(MPICH_VERSION)
  return "MPICH " MPICH_VERSION;
#else
  return "another MPI";
#endif
}

void parable_mpi_control_variable(const char *name, char *text) {
  int provided, index, count;
  MPI_T_cvar_handle handle;
  text[0] = 0;
  if (MPI_T_init_thread(MPI_THREAD_SINGLE, &provided) != MPI_SUCCESS) return;
  if (MPI_T_cvar_get_index(name, &index) == MPI_SUCCESS &&
      MPI_T_cvar_handle_alloc(index, NULL, &handle, &count) == MPI_SUCCESS) {
    if (count >= PARABLE_MPI_TEXT || MPI_T_cvar_read(handle, text) != MPI_SUCCESS) count = 0;
    text[count] = 0;
    MPI_T_cvar_handle_free(&handle);
  }
  MPI_T_finalize();
}

int parable_mpi_start(void) { return CALL(MPI_Init, NULL, NULL); }

int parable_mpi_size(int *size) { return CALL(MPI_Comm_size, MPI_COMM_WORLD, size); }

int parable_mpi_join(int *rank, int *lowest_of_host) {
  TRY(MPI_Comm_set_errhandler, MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  TRY(MPI_Comm_dup, MPI_COMM_WORLD, &job);
  TRY(MPI_Comm_rank, job, rank);
  TRY(MPI_Comm_split_type, job, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &host);
  TRY(MPI_Comm_set_errhandler, host, MPI_ERRORS_RETURN);
  TRY(MPI_Allreduce, rank, lowest_of_host, 1, MPI_INT, MPI_MIN, host);
  has_joined = true;
  return MPI_SUCCESS;
}

#ifdef MPICH_VERSION
// UCX, on which MPICH stands, installs a handler of SIGHUP as it is loaded, whether that was ignored or
// not; only what stands here runs before.
static int is_hangup_ignored;

static void note_hangup(void) {
  struct sigaction action;
  is_hangup_ignored = sigaction(SIGHUP, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

__attribute__((section(".preinit_array"), used)) static void (*const first)(void) = note_hangup;
#endif

void parable_mpi_return_signals(void) {
#ifdef MPICH_VERSION
  signal(SIGHUP, is_hangup_ignored ? SIG_IGN : SIG_DFL);
#endif
}

#ifdef MPICH_VERSION
static volatile sig_atomic_t code_of_end;

static void exit_at_once(int signal) {
  (void)signal;
  _exit(code_of_end);
}

// Has this process exit where a call takes longer than it may.
static void limit_time(unsigned seconds, int exit_code) {
  code_of_end = exit_code;
  signal(SIGALRM, exit_at_once);
  alarm(seconds);
}
#endif

void parable_mpi_end(int exit_code) {
  if (parable_mpi_has_ended()) return;
#ifdef MPICH_VERSION
  // Up to version 4.1 a rank may wait here for one that waits for it in a barrier of PMI's, for ever,
  // where there are several hosts. All ranks are done when they have come so far.
  if (has_joined && parable_mpi_barrier() == MPI_SUCCESS) limit_time(10, exit_code);
#endif
  MPI_Finalize();
#ifdef MPICH_VERSION
  alarm(0);
#else
  (void)exit_code;
#endif
}

bool parable_mpi_has_ended(void) {
  int has_ended = 0;
  MPI_Finalized(&has_ended);
  return has_ended;
}

// MPICH's mpirun ends a job without reading what its ranks have written last: gives it a second.
static void wait_for_reader(int descriptor) {
  int unread = 0;
  struct stat status;
  for (int tries = 0; tries < 100; tries++) {
    if (fstat(descriptor, &status) != 0 || !S_ISFIFO(status.st_mode)) return;
    if (ioctl(descriptor, FIONREAD, &unread) != 0 || unread == 0) return;
    usleep(10000);
  }
}

void parable_mpi_abort(int exit_code) {
#ifdef MPICH_VERSION
  wait_for_reader(STDOUT_FILENO);
  wait_for_reader(STDERR_FILENO);
  // Where the network to mpirun's host is cut, it never returns.
  limit_time(5, exit_code);
#endif
  MPI_Abort(MPI_COMM_WORLD, exit_code);
}

void parable_mpi_watch(int (*function)(void)) { watch = function; }

// Waits by tests: a rank that waits in MPI can look at nobody.
static int wait_for(MPI_Request *requests, int count) {
  for (unsigned tries = 1;; tries++) {
    int done = 0;
    TRY(MPI_Testall, count, requests, &done, MPI_STATUSES_IGNORE);
    if (done) return MPI_SUCCESS;
    if (tries % 64 == 0 && watch && watch() != 0) return PARABLE_MPI_STALLED;
  }
}

int parable_mpi_barrier(void) { WAIT_FOR(MPI_Ibarrier, job); }

int parable_mpi_all_gather(const void *source, int count, void *destination) {
  WAIT_FOR(MPI_Iallgather, source, count, MPI_BYTE, destination, count, MPI_BYTE, job);
}

int parable_mpi_gather(
    const void *source, int count, void *destination, const int *counts, const int *starts,
    int root) {
  if (root == PARABLE_MPI_ALL) {
    WAIT_FOR(
        MPI_Iallgatherv, source, count, MPI_BYTE, destination, counts, starts, MPI_BYTE, job);
  }
  WAIT_FOR(
      MPI_Igatherv, source, count, MPI_BYTE, destination, counts, starts, MPI_BYTE, root, job);
}

parable_mpi_messages *parable_mpi_new_messages(void) {
  return calloc(1, sizeof(parable_mpi_messages));
}

static MPI_Request *next_request(parable_mpi_messages *messages) {
  if (messages->count == messages->capacity) {
    int capacity = 2 * messages->capacity + 16;
    MPI_Request *larger = realloc(messages->requests, (size_t)capacity * sizeof(MPI_Request));
    if (!larger) return NULL;
    messages->requests = larger;
    messages->capacity = capacity;
  }
  return &messages->requests[messages->count++];
}

// Messages of two ranks do not overtake each other, so the pieces need no numbers.
#define START_PIECES(function) \
  for (size_t start = 0; start < count; start += limit) { \
    size_t length = count - start < limit ? count - start : limit; \
    MPI_Request *request = next_request(messages); \
    if (!request) return noted(#function, MPI_ERR_NO_MEM); \
    *request = MPI_REQUEST_NULL; \
    TRY(function, (char *)bytes + start, (int)length, MPI_BYTE, peer, 0, job, request); \
  } \
  return MPI_SUCCESS

int parable_mpi_send(
    parable_mpi_messages *messages, const void *bytes, size_t count, size_t limit, int peer) {
  START_PIECES(MPI_Isend);
}

int parable_mpi_receive(
    parable_mpi_messages *messages, void *bytes, size_t count, size_t limit, int peer) {
  START_PIECES(MPI_Irecv);
}

int parable_mpi_test(parable_mpi_messages *messages, bool *done) {
  int all = 0;
  TRY(MPI_Testall, messages->count, messages->requests, &all, MPI_STATUSES_IGNORE);
  *done = all;
  if (all) return MPI_SUCCESS;
  static unsigned tries;
  return ++tries % 64 == 0 && watch && watch() != 0 ? PARABLE_MPI_STALLED : MPI_SUCCESS;
}

int parable_mpi_wait(parable_mpi_messages *messages) {
  return wait_for(messages->requests, messages->count);
}

void parable_mpi_free_messages(parable_mpi_messages *messages) {
  free(messages->requests);
  free(messages);
}

int parable_mpi_open_window(size_t byte_count, parable_mpi_window **window) {
  parable_mpi_window *opened = malloc(sizeof *opened);
  if (!opened) return noted("MPI_Win_allocate_shared", MPI_ERR_NO_MEM);
  void *base;
  int code = CALL(
      MPI_Win_allocate_shared, (MPI_Aint)byte_count, 1, MPI_INFO_NULL, host, &base,
      &opened->handle);
  if (code != MPI_SUCCESS) {
    free(opened);
    return code;
  }
  *window = opened;
  TRY(MPI_Win_set_errhandler, opened->handle, MPI_ERRORS_RETURN);
  return CALL(MPI_Win_lock_all, MPI_MODE_NOCHECK, opened->handle);
}

int parable_mpi_segment(const parable_mpi_window *window, int rank, void **base) {
  MPI_Aint size;
  int unit;
  return CALL(MPI_Win_shared_query, window->handle, rank, &size, &unit, base);
}

static int host_barrier(void) { WAIT_FOR(MPI_Ibarrier, host); }

int parable_mpi_synchronize(const parable_mpi_window *window) {
  TRY(MPI_Win_sync, window->handle);
  int code = host_barrier();
  return code != MPI_SUCCESS ? code : CALL(MPI_Win_sync, window->handle);
}

int parable_mpi_close_window(parable_mpi_window *window) {
  TRY(MPI_Win_unlock_all, window->handle);
  int code = CALL(MPI_Win_free, &window->handle);
  free(window);
  return code;
}
