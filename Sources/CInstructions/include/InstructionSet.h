#pragma once

/// The instruction sets that the loops of this module are compiled for, each containing the one
/// before it.
typedef enum {
  PARABLE_BASELINE = 0,
  PARABLE_AVX2 = 1,         // x86-64-v3: AVX2 and FMA
  PARABLE_AVX512 = 2,       // x86-64-v4: AVX-512 F, BW, CD, DQ, VL
  PARABLE_AVX512_BF16 = 3,  // and the bfloat16 dot product
} parable_instruction_set;

/// The widest set that this processor has.
parable_instruction_set parable_supported_instruction_set(void);

/// The set in use: the supported one, or a narrower one chosen by `PARABLE_INSTRUCTIONS=baseline`,
/// `avx2` or `avx512` in the environment or by `parable_select_instruction_set`.
parable_instruction_set parable_active_instruction_set(void);

/// Whether this thread keeps to what gives the same bits on every processor that has AVX2: loops of 16 lanes
/// (those of AVX2 and of AVX-512, the wider one of which is then in use), without instructions for bfloat16.
int parable_is_portable(void);

/// Chooses that for the thread that calls it, or goes back.
void parable_select_portable(int is_portable);

/// Chooses the set that the loops use from now on where this thread calls them; one that the
/// processor lacks is lowered to what it has. For tests that compare the variants.
void parable_select_instruction_set(parable_instruction_set set);
