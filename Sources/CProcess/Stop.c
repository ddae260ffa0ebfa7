#define _GNU_SOURCE
#include "Stop.h"

#include <signal.h>
#include <stdatomic.h>
#include <time.h>

enum { same_request_milliseconds = 2000 };

static const int stops[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGXCPU};
enum { stop_count = sizeof stops / sizeof stops[0] };

static struct sigaction before[NSIG];
static int is_installed[NSIG];
static atomic_int noted;
static atomic_llong noted_at;

static long long milliseconds(void) {
  struct timespec now = {0, 0};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// Only what is safe in a handler of signals.
static void note(int number) {
  long long now = milliseconds();
  int none = 0;
  if (atomic_load(&noted) == 0) {
    atomic_store(&noted_at, now);
    if (atomic_compare_exchange_strong(&noted, &none, number)) return;
  }
  if (number == SIGXCPU || now - atomic_load(&noted_at) < same_request_milliseconds) return;
  signal(number, SIG_DFL);
  // It is blocked until this returns, and then ends the process.
  raise(number);
}

void parable_note_stops(void) {
  struct sigaction action = {.sa_flags = SA_RESTART};
  action.sa_handler = note;
  sigemptyset(&action.sa_mask);
  for (int place = 0; place < stop_count; place++) sigaddset(&action.sa_mask, stops[place]);
  for (int place = 0; place < stop_count; place++) {
    struct sigaction old;
    if (sigaction(stops[place], NULL, &old) != 0) continue;
    if (!(old.sa_flags & SA_SIGINFO) && old.sa_handler == SIG_IGN) continue;
    before[stops[place]] = old;
    is_installed[stops[place]] = sigaction(stops[place], &action, NULL) == 0;
  }
  // A program that was started with them blocked could not be stopped.
  pthread_sigmask(SIG_UNBLOCK, &action.sa_mask, NULL);
}

void parable_obey_stops(void) {
  for (int place = 0; place < stop_count; place++) {
    int number = stops[place];
    if (is_installed[number]) sigaction(number, &before[number], NULL);
    is_installed[number] = 0;
  }
  if (atomic_load(&noted) != 0) raise(atomic_load(&noted));
}

int parable_noted_stop(void) { return atomic_load(&noted); }
