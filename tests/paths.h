#pragma once

/// Where this build lies: known to one small source alone, so that a compiler cache serves every clone of the repository.
namespace attnsweep::tests::paths {

extern const char* const source;    ///< the source tree
extern const char* const programs;  ///< the folder of attnsweep, attnsweep-run, attnsweep-trial
extern const char* const compiler;
extern const char* const mpirun;  ///< of the MPI linked
extern const char* const stand_in_trial;
extern const char* const stand_in_nvml_folder;

}  // namespace attnsweep::tests::paths
