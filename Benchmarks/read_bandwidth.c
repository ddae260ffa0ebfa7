// Prints how many bytes a second one core reads from a buffer of the given size, the best of 30
// passes: the bound of whatever has to read its weights for every token.
#define _DEFAULT_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + 1e-9 * time.tv_nsec;
}

int main(int count, char **arguments) {
  size_t words = (count > 1 ? strtoull(arguments[1], NULL, 10) : 1 << 28) / 64 * 8;
  uint64_t *buffer = aligned_alloc(1 << 21, (words * 8 + (1 << 21) - 1) >> 21 << 21);
  madvise(buffer, words * 8, MADV_HUGEPAGE);
  for (size_t i = 0; i < words; i++) buffer[i] = i;
  double best = 0;
  uint64_t sink = 0;
  for (int pass = 0; pass < 30; pass++) {
    double start = now();
    uint64_t sums[32] = {0};
    for (size_t i = 0; i + 32 <= words; i += 32) {
      for (int lane = 0; lane < 32; lane++) sums[lane] += buffer[i + lane];
    }
    for (int lane = 0; lane < 32; lane++) sink += sums[lane];
    double speed = words * 8 / (now() - start);
    if (speed > best) best = speed;
  }
  fprintf(stderr, "%llu\n", (unsigned long long)sink);
  printf("%.0f\n", best);
  return 0;
}
