// Prints how many GFLOP/s the cores that this process may use reach in multiply-adds on registers, without any
// memory: what a processor is worth, one core alone and all of them at once, which share power and heat.
//
// usage: peak [SECONDS [avx2|avx512]]
//
// One line of JSON: `cores`, and under `fp32` and `bf16` (vdpbf16ps, which multiplies pairs of bfloat16 and adds to
// fp32; null where the processor has none) what `one` core and `all` reach, each over so many seconds. AMX is
// another unit and is not measured.
#define _GNU_SOURCE
#include <immintrin.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { rounds = 1 << 18, most_cores = 1024 };

// As many independent sums as hide the latency of an addition and as registers hold: single variables, since
// compilers keep those of an array in memory.
#define EACH(what) \
  what(0) what(1) what(2) what(3) what(4) what(5) what(6) what(7) what(8) what(9) what(10) what(11)
enum { chains = 12 };

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + 1e-9 * time.tv_nsec;
}

// A loop over one kind of vector: `step` makes a sum of a sum, and `flops` are those of one step.
#define LOOP(name, instructions, vector, zero, step, flops) \
  __attribute__((target(instructions))) static double name(double seconds) { \
    vector EACH(SUM) last = zero; \
    EACH(BEGIN) \
    double begin = now(), done = 0, end; \
    do { \
      for (int round = 0; round < rounds; round++) { \
        EACH(step) \
      } \
      done += (double)(flops) * chains * rounds; \
      end = now(); \
    } while (end - begin < seconds); \
    return 1e-9 * done / (end - begin); \
  }
#define SUM(i) sum##i,
#define BEGIN(i) sum##i = last;
// The empty instruction keeps each step in the loop.
#define STEP(i, value) \
  sum##i = value; \
  __asm__ volatile("" : "+v"(sum##i));

#define STEP_AVX2(i) STEP(i, _mm256_fmadd_ps(sum##i, _mm256_set1_ps(0.999f), _mm256_set1_ps(0.001f)))
#define STEP_AVX512(i) STEP(i, _mm512_fmadd_ps(sum##i, _mm512_set1_ps(0.999f), _mm512_set1_ps(0.001f)))
#define STEP_BF16(i) \
  STEP(i, _mm512_dpbf16_ps(sum##i, (__m512bh)_mm512_set1_epi16(0x3f7f), (__m512bh)_mm512_set1_epi16(0x3a83)))
LOOP(avx2, "avx2,fma", __m256, _mm256_setzero_ps(), STEP_AVX2, 16)
LOOP(avx512, "avx512f", __m512, _mm512_setzero_ps(), STEP_AVX512, 32)
LOOP(bf16, "avx512f,avx512bw,avx512bf16", __m512, _mm512_setzero_ps(), STEP_BF16, 64)

struct core {
  int number;
  double (*loop)(double);
  double seconds;
  pthread_barrier_t *start;
  double reached;
};

static void *run(void *argument) {
  struct core *core = argument;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core->number, &set);
  pthread_setaffinity_np(pthread_self(), sizeof set, &set);
  pthread_barrier_wait(core->start);
  core->reached = core->loop(core->seconds);
  return NULL;
}

// What these cores reach together.
static double reach(const int *numbers, int count, double (*loop)(double), double seconds) {
  static struct core cores[most_cores];
  static pthread_t threads[most_cores];
  pthread_barrier_t start;
  pthread_barrier_init(&start, NULL, (unsigned)count);
  for (int i = 0; i < count; i++) {
    cores[i] = (struct core){numbers[i], loop, seconds, &start, 0};
    if (pthread_create(&threads[i], NULL, run, &cores[i])) exit(1);
  }
  double sum = 0;
  for (int i = 0; i < count; i++) {
    pthread_join(threads[i], NULL);
    sum += cores[i].reached;
  }
  pthread_barrier_destroy(&start);
  return sum;
}

static void print(const char *name, const int *numbers, int count, double (*loop)(double), double seconds) {
  if (!loop) {
    printf(", \"%s\": null", name);
    return;
  }
  double one = reach(numbers, 1, loop, seconds);
  printf(", \"%s\": {\"one\": %.2f, \"all\": %.2f}", name, one, reach(numbers, count, loop, seconds));
}

int main(int count, char **arguments) {
  double seconds = count > 1 ? atof(arguments[1]) : 2;
  int is_avx2 = count > 2 && strcmp(arguments[2], "avx2") == 0;
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("fma")) {
    fprintf(stderr, "peak: this processor has no fused multiply-adds\n");
    return 1;
  }
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set)) return 1;
  int numbers[most_cores], cores = 0;
  for (int i = 0; i < CPU_SETSIZE && cores < most_cores; i++)
    if (CPU_ISSET(i, &set)) numbers[cores++] = i;
  int is_wide = !is_avx2 && __builtin_cpu_supports("avx512f");
  printf("{\"cores\": %d", cores);
  print("fp32", numbers, cores, is_wide ? avx512 : avx2, seconds);
  print("bf16", numbers, cores, is_wide && __builtin_cpu_supports("avx512bf16") ? bf16 : NULL, seconds);
  printf("}\n");
  return 0;
}
