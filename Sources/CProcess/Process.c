#define _GNU_SOURCE
#include "Process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t parable_spawn_with_parent(
    const char *path, char *const *arguments, char *const *environment, int *output) {
  // A pipe that exec closes tells the parent why exec failed, if it did.
  int failure[2], written[2];
  if (pipe2(failure, O_CLOEXEC) != 0 || pipe2(written, O_CLOEXEC) != 0) return -errno;
  pid_t parent = getpid();
  pid_t child = fork();
  if (child == 0) {
    sigset_t none;
    sigemptyset(&none);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    // The parent may have died before it could be watched.
    if (getppid() != parent) _exit(1);
    sigprocmask(SIG_SETMASK, &none, NULL);
    dup2(written[1], STDOUT_FILENO);
    // The child holds the reading end too: after this process's death it has to end in order, and
    // a broken pipe would come between.
    fcntl(written[0], F_SETFD, 0);
    execve(path, arguments, environment);
    int reason = errno;
    ssize_t told = write(failure[1], &reason, sizeof reason);
    _exit(told == sizeof reason ? 127 : 126);
  }
  int reason = child < 0 ? errno : 0;
  close(failure[1]);
  close(written[1]);
  if (child > 0 && read(failure[0], &reason, sizeof reason) == sizeof reason)
    waitpid(child, NULL, 0);
  close(failure[0]);
  *output = written[0];
  return reason == 0 ? child : -reason;
}

int parable_signal_descriptor(const sigset_t *signals) {
  return signalfd(-1, signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

int parable_next_signal(int descriptor, int *code) {
  struct signalfd_siginfo information;
  if (read(descriptor, &information, sizeof information) != sizeof information) return 0;
  *code = information.ssi_code;
  return (int)information.ssi_signo;
}
