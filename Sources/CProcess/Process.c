#define _GNU_SOURCE
#include "Process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

static void close_both(const int pipe[2]) {
  close(pipe[0]);
  close(pipe[1]);
}

pid_t parable_spawn_with_parent(
    const char *path, char *const *arguments, char *const *environment, int *output, int *errors) {
  // A pipe that exec closes tells the parent why exec failed, if it did.
  int failure[2], written[2], complained[2];
  if (pipe2(failure, O_CLOEXEC) != 0) return -errno;
  if (pipe2(written, O_CLOEXEC) != 0) {
    int reason = errno;
    close_both(failure);
    return -reason;
  }
  if (pipe2(complained, O_CLOEXEC) != 0) {
    int reason = errno;
    close_both(failure);
    close_both(written);
    return -reason;
  }
  pid_t parent = getpid();
  pid_t child = fork();
  if (child == 0) {
    sigset_t none;
    sigemptyset(&none);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    // The parent may have died before it could be watched.
    if (getppid() != parent) _exit(1);
    setpgid(0, 0);
    sigprocmask(SIG_SETMASK, &none, NULL);
    dup2(written[1], STDOUT_FILENO);
    dup2(complained[1], STDERR_FILENO);
    // The child holds the reading ends too: after this process's death it has to end in order, and
    // a broken pipe would come between.
    fcntl(written[0], F_SETFD, 0);
    fcntl(complained[0], F_SETFD, 0);
    execve(path, arguments, environment);
    int reason = errno;
    ssize_t told = write(failure[1], &reason, sizeof reason);
    _exit(told == sizeof reason ? 127 : 126);
  }
  int reason = child < 0 ? errno : 0;
  close(failure[1]);
  close(written[1]);
  close(complained[1]);
  if (child > 0 && read(failure[0], &reason, sizeof reason) == sizeof reason)
    waitpid(child, NULL, 0);
  close(failure[0]);
  if (reason != 0) {
    close(written[0]);
    close(complained[0]);
    return -reason;
  }
  *output = written[0];
  *errors = complained[0];
  return child;
}

int parable_signal_descriptor(const sigset_t *signals) {
  return signalfd(-1, signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

int parable_next_signal(int descriptor) {
  struct signalfd_siginfo information;
  if (read(descriptor, &information, sizeof information) != sizeof information) return 0;
  return (int)information.ssi_signo;
}

int parable_is_ignored(int signal) {
  struct sigaction action;
  return sigaction(signal, NULL, &action) == 0 && !(action.sa_flags & SA_SIGINFO)
      && action.sa_handler == SIG_IGN;
}

int parable_new_memory(size_t byte_count) {
  int descriptor = memfd_create("parable", MFD_CLOEXEC);
  if (descriptor < 0 || ftruncate(descriptor, (off_t)byte_count) == 0) return descriptor;
  close(descriptor);
  return -1;
}
