// Prints how many bytes a second the ranks of several hosts send and receive together, in messages of
// 256 KiB of which four to each other host are on their way: what is left of a link and of the cores
// when MPI has had its part, with nothing to compute. The fastest of some rounds.
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

enum { piece = 1 << 18, depth = 4, rounds = 5 };

int main(int count, char **arguments) {
  MPI_Init(&count, &arguments);
  int rank, size, lowest;
  MPI_Comm host;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &host);
  MPI_Allreduce(&rank, &lowest, 1, MPI_INT, MPI_MIN, host);
  int *hosts = malloc(sizeof(int) * size), others = 0, messages = count > 1 ? atoi(arguments[1]) : 16;
  MPI_Allgather(&lowest, 1, MPI_INT, hosts, 1, MPI_INT, MPI_COMM_WORLD);
  for (int other = 0; other < size; other++) others += hosts[other] != lowest;
  MPI_Request *requests = malloc(sizeof(MPI_Request) * 2 * depth * (others + 1));
  // As many bytes as no cache holds: gradients do not come from one either.
  size_t bytes = (size_t)piece * depth * messages;
  char *leaving = calloc(1, bytes), *landing = malloc(bytes * (others + 1));
  for (size_t i = 0; i < bytes; i += 4096) leaving[i] = 1;
  double best = 0;
  for (int round = 0; round < rounds; round++) {
    MPI_Barrier(MPI_COMM_WORLD);
    double begin = MPI_Wtime();
    // Each slot goes on by itself: the next message starts when one is done.
    int slots = 0, left = 0;
    int *peers = malloc(sizeof(int) * 2 * depth * (others + 1)), *remaining = malloc(sizeof(int) * 2 * depth * (others + 1));
    for (int other = 0; other < size; other++) {
      if (hosts[other] == lowest) continue;
      for (int slot = 0; slot < 2 * depth; slot++) {
        peers[slots] = other;
        remaining[slots] = messages;
        requests[slots++] = MPI_REQUEST_NULL;
        left += messages + 1;
      }
    }
    while (left > 0) {
      for (int slot = 0; slot < slots; slot++) {
        int done = 1;
        if (remaining[slot] < 0) continue;
        if (requests[slot] != MPI_REQUEST_NULL) MPI_Test(&requests[slot], &done, MPI_STATUS_IGNORE);
        if (!done) continue;
        left--;
        if (remaining[slot]-- == 0) continue;
        size_t place = (size_t)piece * (slot / 2 % depth * messages + remaining[slot]);
        if (slot % 2) {
          MPI_Isend(leaving + place, piece, MPI_BYTE, peers[slot], 0, MPI_COMM_WORLD, &requests[slot]);
        } else {
          MPI_Irecv(landing + bytes * (slot / (2 * depth)) + place, piece, MPI_BYTE, peers[slot], 0, MPI_COMM_WORLD, &requests[slot]);
        }
      }
    }
    MPI_Barrier(MPI_COMM_WORLD);
    double passed = 2.0 * others * depth * messages * piece, all;
    MPI_Allreduce(&passed, &all, 1, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
    double speed = all / (MPI_Wtime() - begin);
    if (speed > best) best = speed;
    free(peers);
    free(remaining);
  }
  if (rank == 0) printf("%.0f\n", best);
  MPI_Finalize();
  return 0;
}
