import Foundation
import ParableLaunchEnvironment

/// Whether this build's MPI is Open MPI; else it is MPICH.
package let isOpenMPI = MPILibrary.linked == .openMPI

/// What a shell calls the number of its rank, and how many there are.
package let rankVariable = isOpenMPI ? "OMPI_COMM_WORLD_RANK" : "PMI_RANK"
package let rankCountVariable = isOpenMPI ? "OMPI_COMM_WORLD_SIZE" : "PMI_SIZE"

/// What mpirun itself may end with where a rank was ended by a signal.
///
/// MPICH's puts the numbers of all signals by which ranks ended together, bit by bit, that of the SIGKILL
/// for the others among them.
package func mpirunExitCodes(ofRankEndedBy signal: Int32) -> Set<Int32> {
  isOpenMPI ? [128 + signal] : [signal, signal | SIGKILL]
}

/// What mpirun itself may end with after it has passed a signal on and the ranks have ended with a code.
///
/// MPICH's then knows the codes of those alone that it sees end while others write still.
package func mpirunExitCodes(ofRanksEndedWith exitCode: Int32) -> Set<Int32> {
  isOpenMPI ? [exitCode] : [exitCode, 0]
}
