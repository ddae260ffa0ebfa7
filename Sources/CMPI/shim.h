// Open MPI spells its predefined handles as macros that Swift cannot import: each becomes a function.
#pragma once
#include <mpi/mpi.h>

static inline MPI_Comm parable_mpi_comm_world(void) { return MPI_COMM_WORLD; }
