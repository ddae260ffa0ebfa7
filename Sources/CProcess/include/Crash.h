#ifndef PARABLE_CRASH_H
#define PARABLE_CRASH_H

// Lets a signal that ends the process write this line to standard error first; the line is copied.
// Where the backtrace is kept, the handler that was there before (Swift's runtime installs one) is
// called between. A signal that is ignored stays so. Returns 0 or −errno.
int parable_last_words(int signal, const char *line, int keeps_backtrace);

// Sees to it that 0, 1 and 2 are open, so that no file that is opened later gets their number and
// what is meant for the standard output with it. Using one that was closed fails as before.
void parable_reserve_standard_descriptors(void);

#endif
