#ifndef PARABLE_STOP_H
#define PARABLE_STOP_H

// From now on the signals that ask a program to end (SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2,
// SIGXCPU) are noted, and the program goes on; those that are ignored stay so,
// those that are blocked do not. Another one, at least
// two seconds after the first, ends the process as if nothing were noted: what comes sooner is the
// same request, sent to several processes of a job and passed on among them. SIGXCPU comes every
// second and never counts as another.
void parable_note_stops(void);

// The first signal that was noted; 0 where none was.
int parable_noted_stop(void);

// From now on they end the process again, also the one that was noted already.
void parable_obey_stops(void);

#endif
