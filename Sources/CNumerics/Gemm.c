#include "Gemm.h"

#include "LoopTable.h"

static const gemm_loops *loops_for(parable_instruction_set set, parable_storage type) {
  return TABLE_FOR(set, parable_numeric_loops)->gemm[type];
}

size_t parable_gemm_workspace_bytes(void) { return sizeof(gemm_workspace); }

void parable_gemm(parable_instruction_set set, parable_storage type, parable_gemm_shape shape,
                  parable_gemm_factor left, parable_gemm_factor right, parable_gemm_target target,
                  void *workspace) {
  loops_for(set, type)->multiply(shape, left, right, NULL, target, workspace);
}

void parable_gemm_packed(parable_instruction_set set, parable_storage type,
                         parable_gemm_shape shape, parable_gemm_factor left, const void *right,
                         parable_gemm_target target, void *workspace) {
  loops_for(set, type)->multiply(shape, left, (parable_gemm_factor){0}, right, target, workspace);
}

parable_gemm_panels parable_gemm_own_panels(parable_instruction_set set, parable_storage type,
                                            size_t depth, size_t columns) {
  const gemm_loops *loops = loops_for(set, type);
  size_t padded_depth = (depth + loops->unit - 1) / loops->unit * loops->unit;
  return (parable_gemm_panels){depth, columns, loops->tile_columns, padded_depth};
}

static size_t panel_units(parable_gemm_panels panels, parable_storage type) {
  return panels.padded_depth / (type == PARABLE_BFLOAT16 ? 2 : 1) * panels.width;
}

size_t parable_gemm_panels_bytes(parable_gemm_panels panels, parable_storage type) {
  return (panels.columns + panels.width - 1) / panels.width * panel_units(panels, type) * 4;
}

void parable_gemm_pack(parable_instruction_set set, parable_storage type,
                       parable_gemm_panels panels, parable_gemm_factor right, void *destination) {
  const gemm_loops *loops = loops_for(set, type);
  uint32_t *units = destination;
  loops->pack_panels(units, panels, right);
  size_t panel_size = panel_units(panels, type);
  size_t used = (panels.depth + loops->unit - 1) / loops->unit * panels.width;
  for (size_t column = 0; column < panels.columns; column += panels.width, units += panel_size) {
    for (size_t i = used; i < panel_size; i++) units[i] = 0;
    size_t left = panels.columns - column;
    size_t count = left < panels.width ? left : panels.width;
    for (size_t i = 0; i < used; i += panels.width) {
      for (size_t j = count; j < panels.width; j++) units[i + j] = 0;
    }
  }
}
