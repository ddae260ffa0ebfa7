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

/// Chooses the set that the loops use from now on where this thread calls them; one that the
/// processor lacks is lowered to what it has. For tests that compare the variants.
void parable_select_instruction_set(parable_instruction_set set);
