#include "UTF8.h"

#include <string.h>

size_t parable_count_invalid_utf8(const uint8_t *bytes, size_t count) {
  size_t invalid = 0;
  for (size_t i = 0; i < count;) {
    uint64_t eight;
    if (i + 8 <= count && (memcpy(&eight, bytes + i, 8), (eight & 0x8080808080808080) == 0)) {
      i += 8;
      continue;
    }
    uint32_t code_point;
    int length = parable_decode_utf8(bytes + i, count - i, &code_point);
    invalid += length <= 0;
    i += length > 0 ? (size_t)length : 1;
  }
  return invalid;
}
