# Every library from outside, as one imported target each. Debian 12's packages by pkg-config or their CMake files;
# libtorch and Open MPI from .deps/ (quickstart.sh puts PyPI's wheels there) unless a site names its own:
#   -DTorch_ROOT=DIR or CMAKE_PREFIX_PATH   libtorch (the folder that holds include/ and lib/)
#   -DMPI_HOME=DIR or -DMPI_C_COMPILER=...   MPI
#   -DHDF5_ROOT=DIR                          HDF5
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(CLI11 REQUIRED)
if(ATTNSWEEP_TESTS)
    find_package(GTest REQUIRED)
    include(GoogleTest)
endif()

set(ATTNSWEEP_DEPS ${PROJECT_SOURCE_DIR}/.deps CACHE PATH "Where the PyPI wheels lie")

foreach(pair sndfile:sndfile mpg123:libmpg123 soxr:soxr fftw:fftw3f fftw_double:fftw3 sqlite:sqlite3 nettle:nettle utf8proc:libutf8proc hwy:libhwy)
    string(REPLACE ":" ";" pair ${pair})
    list(GET pair 0 name)
    list(GET pair 1 module)
    pkg_check_modules(PC_${name} REQUIRED IMPORTED_TARGET GLOBAL ${module})
    add_library(attnsweep::${name} ALIAS PkgConfig::PC_${name})
endforeach()

# ISA-L: CRC-32C at memory speed. No pkg-config file in every release, so by name.
find_path(ISAL_INCLUDE isa-l/crc.h REQUIRED)
find_library(ISAL_LIBRARY isal REQUIRED)
add_library(attnsweep::isal UNKNOWN IMPORTED GLOBAL)
set_target_properties(attnsweep::isal PROPERTIES IMPORTED_LOCATION ${ISAL_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${ISAL_INCLUDE})

# Boost.Math, headers alone.
find_path(BOOST_MATH_INCLUDE boost/math/distributions/students_t.hpp REQUIRED)
add_library(attnsweep_boost_math INTERFACE)
add_library(attnsweep::boost_math ALIAS attnsweep_boost_math)
target_include_directories(attnsweep_boost_math SYSTEM INTERFACE ${BOOST_MATH_INCLUDE})

find_path(SQLITECPP_INCLUDE SQLiteCpp/SQLiteCpp.h REQUIRED)
find_library(SQLITECPP_LIBRARY SQLiteCpp REQUIRED)
add_library(attnsweep::sqlitecpp UNKNOWN IMPORTED GLOBAL)
set_target_properties(attnsweep::sqlitecpp PROPERTIES IMPORTED_LOCATION ${SQLITECPP_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${SQLITECPP_INCLUDE}
    INTERFACE_LINK_LIBRARIES attnsweep::sqlite)

# HDF5's own find module asks for a C compiler; this project is C++ alone.
find_path(HDF5_INCLUDE hdf5.h HINTS ${HDF5_ROOT}/include PATH_SUFFIXES hdf5/serial REQUIRED)
find_library(HDF5_LIBRARY NAMES hdf5_serial hdf5 HINTS ${HDF5_ROOT}/lib PATH_SUFFIXES hdf5/serial REQUIRED)
add_library(attnsweep::hdf5 UNKNOWN IMPORTED GLOBAL)
set_target_properties(attnsweep::hdf5 PROPERTIES IMPORTED_LOCATION ${HDF5_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${HDF5_INCLUDE})

if(ATTNSWEEP_DEMO)
    pkg_check_modules(FLUIDSYNTH IMPORTED_TARGET GLOBAL fluidsynth)
    if(FLUIDSYNTH_FOUND)
        add_library(attnsweep::fluidsynth ALIAS PkgConfig::FLUIDSYNTH)
    else()
        message(STATUS "libfluidsynth not found: `attnsweep demo-corpus` is left out (Debian: libfluidsynth-dev)")
    endif()
endif()

# DT_RPATH, not DT_RUNPATH: LD_LIBRARY_PATH of a loaded module must not put another MPI or cuDNN before the one that was linked.
add_link_options(-Wl,--disable-new-dtags)

# libtorch: torch_cpu and c10 by path. Linking libtorch.so, or the wheel's own find_package(Torch), drags CUDA in.
file(GLOB torch_wheel ${ATTNSWEEP_DEPS}/lib/python3*/site-packages/torch)
find_path(TORCH_INCLUDE torch/csrc/api/include/torch/torch.h HINTS ${Torch_ROOT}/include ${torch_wheel}/include)
find_library(TORCH_CPU_LIBRARY torch_cpu HINTS ${Torch_ROOT}/lib ${torch_wheel}/lib)
find_library(C10_LIBRARY c10 HINTS ${Torch_ROOT}/lib ${torch_wheel}/lib)
if(NOT TORCH_INCLUDE OR NOT TORCH_CPU_LIBRARY OR NOT C10_LIBRARY)
    message(FATAL_ERROR "libtorch not found: run ./quickstart.sh --install-only, or give -DTorch_ROOT=DIR")
endif()
get_filename_component(torch_library_folder ${TORCH_CPU_LIBRARY} DIRECTORY)
add_library(attnsweep_torch INTERFACE)
add_library(attnsweep::torch ALIAS attnsweep_torch)
target_include_directories(attnsweep_torch SYSTEM INTERFACE ${TORCH_INCLUDE} ${TORCH_INCLUDE}/torch/csrc/api/include)
target_link_libraries(attnsweep_torch INTERFACE -Wl,--no-as-needed ${TORCH_CPU_LIBRARY} ${C10_LIBRARY} -Wl,--as-needed Threads::Threads)
target_link_options(attnsweep_torch INTERFACE -Wl,-rpath,${torch_library_folder} -Wl,-rpath-link,${torch_library_folder})

# MPI: Open MPI 5 and 4 share the soname libmpi.so.40, so the library folder goes into the rpath.
if(NOT MPI_HOME AND NOT MPI_C_COMPILER AND NOT MPI_CXX_COMPILER AND EXISTS ${ATTNSWEEP_DEPS}/include/mpi.h)
    add_library(attnsweep::mpi INTERFACE IMPORTED GLOBAL)
    target_include_directories(attnsweep::mpi INTERFACE ${ATTNSWEEP_DEPS}/include)
    target_link_libraries(attnsweep::mpi INTERFACE ${ATTNSWEEP_DEPS}/lib/libmpi.so.40)  # libmpi.so there is a link script
    target_link_options(attnsweep::mpi INTERFACE -Wl,-rpath,${ATTNSWEEP_DEPS}/lib)
    set(ATTNSWEEP_MPIRUN ${ATTNSWEEP_DEPS}/bin/mpirun CACHE FILEPATH "mpirun of the MPI linked")
else()
    set(MPI_CXX_SKIP_MPICXX ON)
    find_package(MPI REQUIRED COMPONENTS CXX)
    add_library(attnsweep::mpi ALIAS MPI::MPI_CXX)
    set(ATTNSWEEP_MPIRUN ${MPIEXEC_EXECUTABLE} CACHE FILEPATH "mpirun of the MPI linked")
endif()

# Whether this MPI can tell of dead processes (Open MPI 5 can, 4 cannot).
include(CheckCXXSourceCompiles)
set(CMAKE_REQUIRED_LIBRARIES attnsweep::mpi)
check_cxx_source_compiles("#include <mpi.h>
#include <mpi-ext.h>
int main() { return MPIX_Comm_failure_ack(MPI_COMM_WORLD) == MPIX_ERR_PROC_FAILED; }" ATTNSWEEP_MPI_HAS_ULFM)
unset(CMAKE_REQUIRED_LIBRARIES)
