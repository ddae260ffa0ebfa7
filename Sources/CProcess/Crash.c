#define _GNU_SOURCE
#include "Crash.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *words[NSIG];
static struct sigaction before[NSIG];
static int calls_before;

// Only what is safe in a handler of signals.
static void say_and_end(int number, siginfo_t *information, void *context) {
  const char *rest = words[number];
  size_t length = rest ? strlen(rest) : 0;
  while (length > 0) {
    ssize_t count = write(STDERR_FILENO, rest, length);
    if (count < 0 && errno != EINTR) break;
    if (count > 0) rest += count, length -= (size_t)count;
  }
  if (calls_before && (before[number].sa_flags & SA_SIGINFO) && before[number].sa_sigaction)
    before[number].sa_sigaction(number, information, context);
  signal(number, SIG_DFL);
  // It is blocked until this returns, and then ends the process.
  raise(number);
}

int parable_last_words(int number, const char *line, int keeps_backtrace) {
  // A stack that overflowed has no room for a handler, and Swift's backtrace wants some.
  static char stack[1 << 18];
  stack_t alternative = {.ss_sp = stack, .ss_size = sizeof stack};
  if (sigaltstack(&alternative, NULL) != 0) return -errno;
  calls_before = keeps_backtrace;
  struct sigaction old, action = {.sa_flags = SA_SIGINFO | SA_ONSTACK};
  if (sigaction(number, NULL, &old) != 0) return -errno;
  // What was ignored when this program started stays ignored.
  if (!(old.sa_flags & SA_SIGINFO) && old.sa_handler == SIG_IGN) return 0;
  char *copy = strdup(line);
  if (!copy) return -ENOMEM;
  words[number] = copy;
  before[number] = old;
  action.sa_sigaction = say_and_end;
  sigemptyset(&action.sa_mask);
  return sigaction(number, &action, NULL) == 0 ? 0 : -errno;
}

void parable_reserve_standard_descriptors(void) {
  for (int descriptor = 0; descriptor <= 2; descriptor++) {
    if (fcntl(descriptor, F_GETFD) != -1 || errno != EBADF) continue;
    // The wrong way round, so that using it still fails. It takes the lowest number, which is this.
    int place = open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY);
    if (place != descriptor && place >= 0) close(place);
  }
}
