#pragma once

#include <stddef.h>
#include <stdint.h>

/// Folds `count` blocks of 64 bytes into the eight words of a SHA-256 state (FIPS 180-4, 6.2.2),
/// with the processor's SHA instructions where it has them.
void parable_sha256_blocks(uint32_t *state, const uint8_t *blocks, size_t count);

/// The same, always by the plain loop: what the other is tested against.
void parable_sha256_blocks_plain(uint32_t *state, const uint8_t *blocks, size_t count);
