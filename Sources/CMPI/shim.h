// MPI spells its predefined handles as macros that Swift cannot import: each becomes a function.
#pragma once
#include <mpi/mpi.h>

static inline MPI_Comm parable_mpi_comm_world(void) { return MPI_COMM_WORLD; }
static inline MPI_Comm parable_mpi_comm_null(void) { return MPI_COMM_NULL; }
static inline MPI_Datatype parable_mpi_byte(void) { return MPI_BYTE; }
static inline MPI_Datatype parable_mpi_uint64(void) { return MPI_UINT64_T; }
static inline MPI_Errhandler parable_mpi_errors_return(void) { return MPI_ERRORS_RETURN; }
static inline MPI_Info parable_mpi_info_null(void) { return MPI_INFO_NULL; }
static inline MPI_Request parable_mpi_request_null(void) { return MPI_REQUEST_NULL; }
static inline MPI_Win parable_mpi_win_null(void) { return MPI_WIN_NULL; }
static inline MPI_Status *parable_mpi_statuses_ignore(void) { return MPI_STATUSES_IGNORE; }
