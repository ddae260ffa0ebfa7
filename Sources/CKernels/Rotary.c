#include "Rotary.h"

#define LOOPS "RotaryLoops.h"
#include "EachInstructionSet.h"

void parable_rotate(parable_heads x, ptrdiff_t batch, ptrdiff_t sequence, ptrdiff_t heads,
                    ptrdiff_t half, parable_rotation rotation, int inverse) {
  DISPATCH(rotate, x, batch, sequence, heads, half, rotation, inverse);
}
