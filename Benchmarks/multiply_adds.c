// Prints how many GFLOP/s one core reaches in multiply-adds on registers, over as many seconds as asked
// for: what the cores of a machine are worth together when they all compute, without any memory.
#define _DEFAULT_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { chains = 12, rounds = 1 << 20 };

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + 1e-9 * time.tv_nsec;
}

// As many independent sums as hide the latency of an addition; the vectors are of the widest kind.
#define LOOP(name, instructions, lanes) \
  typedef float name##_vector __attribute__((vector_size(4 * lanes))); \
  __attribute__((target(instructions), optimize("O3,fp-contract=fast"))) static double name( \
      double seconds) { \
    name##_vector sums[chains] = {{0}}, factor = {0}, term = {0}; \
    double begin = now(), done = 0, end; \
    for (int i = 0; i < lanes; i++) { \
      factor[i] = 0.999f; \
      term[i] = 0.001f * (float)i; \
    } \
    do { \
      for (int round = 0; round < rounds; round++) { \
        for (int i = 0; i < chains; i++) sums[i] = sums[i] * factor + term; \
        __asm__ volatile("" : "+v"(factor)); \
      } \
      done += 2.0 * lanes * chains * rounds; \
      end = now(); \
    } while (end - begin < seconds); \
    float sink = 0; \
    for (int i = 0; i < chains; i++) sink += sums[i][0]; \
    fprintf(stderr, "%g\n", sink); \
    return done / (end - begin); \
  }

LOOP(wide, "avx512f", 16)
LOOP(narrow, "avx2,fma", 8)

int main(int count, char **arguments) {
  double seconds = count > 1 ? atof(arguments[1]) : 2;
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("fma")) return 1;
  printf("%.2f\n", 1e-9 * (__builtin_cpu_supports("avx512f") ? wide(seconds) : narrow(seconds)));
  return 0;
}
