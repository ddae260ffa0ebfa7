#pragma once

#include <stddef.h>
#include <stdint.h>

/// Folds `count` blocks of 64 bytes into the eight words of a SHA-256 state (FIPS 180-4, 6.2.2),
/// with the processor's SHA instructions where it has them.
void parable_sha256_blocks(uint32_t *state, const uint8_t *blocks, size_t count);

/// The same, always by the plain loop: what the other is tested against.
void parable_sha256_blocks_plain(uint32_t *state, const uint8_t *blocks, size_t count);

/// Folds `count` blocks of 64 bytes into the eight words of a checksum's state.
///
/// Every word takes eight bytes of each block, multiplied by themselves as two halves (the idea of XXH3,
/// Y. Collet, 2019); the bytes also reach another word as they are, so that a product of zero forgets nothing.
void parable_checksum_blocks(uint64_t *state, const uint8_t *blocks, size_t count);
