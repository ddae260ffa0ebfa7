#pragma once

#include <stddef.h>

/// The most values that may wait for their partner in `parable_tree_sum`.
#define PARABLE_TREE_SUM_DEPTH 64

/// Sums `sourceCount` buffers of `count` floats element by element in the order of a binary tree.
///
/// The tree is written as the work of a stack: source s is pushed, then the two topmost values are
/// replaced by their sum `merges[s]` times. One value must be left at the end; it goes to `into`,
/// which may be one of the sources (the same address, not a shifted one). Every element is added in
/// the order of the tree, so the bits are those of a plain loop whatever the instruction set.
void parable_tree_sum(const float *const *sources, const int *merges, size_t sourceCount,
                      float *into, size_t count);
