#define _GNU_SOURCE
#include "Process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t parable_spawn_with_parent(
    const char *path, char *const *arguments, char *const *environment) {
  // A pipe that exec closes tells the parent why exec failed, if it did.
  int failure[2];
  if (pipe2(failure, O_CLOEXEC) != 0) return -errno;
  pid_t parent = getpid();
  pid_t child = fork();
  if (child == 0) {
    sigset_t none;
    sigemptyset(&none);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    // The parent may have died before it could be watched.
    if (getppid() != parent) _exit(1);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(path, arguments, environment);
    int reason = errno;
    ssize_t written = write(failure[1], &reason, sizeof reason);
    _exit(written == sizeof reason ? 127 : 126);
  }
  int reason = child < 0 ? errno : 0;
  close(failure[1]);
  if (child > 0 && read(failure[0], &reason, sizeof reason) == sizeof reason)
    waitpid(child, NULL, 0);
  close(failure[0]);
  return reason == 0 ? child : -reason;
}
