# The three kinds of target here, so that warnings, sanitizers and include paths are said once.

function(_attnsweep_settings target)
    target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR})
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual)
    if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13 AND NOT ARG_TORCH)
        target_compile_options(${target} PRIVATE -Wno-restrict)  # GCC bug 105651: a false alarm about "text" + std::string()
    endif()
    if(ATTNSWEEP_WARNINGS_AS_ERRORS)
        target_compile_options(${target} PRIVATE -Werror)
    endif()
    target_link_options(${target} PRIVATE -Wl,--as-needed)
    if(ATTNSWEEP_UNITY AND NOT ARG_TORCH)
        # Sources compiled a dozen at a time read their headers and instantiate their templates once: a third of the work.
        set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 12)
        target_compile_options(${target} PRIVATE -Wno-subobject-linkage)  # takes a source included by another for a header
    endif()
endfunction()

# libtorch's wheel is not built with sanitizers and clashes with ASan's allocator: what links it goes without.
function(attnsweep_sanitize target)
    if(ATTNSWEEP_SANITIZE)
        target_compile_options(${target} PRIVATE -fsanitize=${ATTNSWEEP_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
        target_link_options(${target} PRIVATE -fsanitize=${ATTNSWEEP_SANITIZE})
    endif()
endfunction()

# attnsweep_library(data SOURCES a.cpp ... PUBLIC attnsweep::configs PRIVATE attnsweep::hdf5 [TORCH | NUMERIC])
# -> static library attnsweep_data, alias attnsweep::data. TORCH: sees libtorch's headers through a precompiled header.
# NUMERIC: has loops that gain by the preset's optimisation, like what sees torch; the others are built with -O2.
function(attnsweep_library name)
    cmake_parse_arguments(ARG "TORCH;NUMERIC" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
    add_library(attnsweep_${name} STATIC ${ARG_SOURCES})
    add_library(attnsweep::${name} ALIAS attnsweep_${name})
    target_link_libraries(attnsweep_${name} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
    _attnsweep_settings(attnsweep_${name})
    if(ARG_TORCH)
        _attnsweep_torch(attnsweep_${name})
    elseif(NOT ARG_NUMERIC)
        target_compile_options(attnsweep_${name} PRIVATE $<$<CONFIG:RelWithDebInfo>:-O2>)
    endif()
endfunction()

function(_attnsweep_torch target)
    # The wheel's headers carry their own newer fmt: sources that see torch do not use fmt.
    target_link_libraries(${target} PUBLIC attnsweep::torch)
    # One precompiled header for all: compiling it takes half a minute and 300 MB.
    if(target STREQUAL attnsweep_model)
        target_precompile_headers(${target} PRIVATE <torch/torch.h>)
    else()
        target_precompile_headers(${target} REUSE_FROM attnsweep_model)
    endif()
    target_compile_options(${target} PRIVATE -Winvalid-pch -fpch-preprocess)  # the latter for ccache
    target_compile_options(${target} PRIVATE -Wno-shadow -Wno-pedantic)
    # Its own sources go without sanitizers, but it links libraries that have them and so needs their run time.
    get_target_property(kind ${target} TYPE)
    if(ATTNSWEEP_SANITIZE AND kind STREQUAL "EXECUTABLE")
        target_link_options(${target} PRIVATE -fsanitize=${ATTNSWEEP_SANITIZE})
    endif()
endfunction()

# attnsweep_program(attnsweep-trial SOURCES ... LINKS ... [TORCH]) -> build/<preset>/bin/attnsweep-trial
function(attnsweep_program name)
    cmake_parse_arguments(ARG "TORCH" "" "SOURCES;LINKS" ${ARGN})
    add_executable(${name} ${ARG_SOURCES})
    target_link_libraries(${name} PRIVATE ${ARG_LINKS})
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
    _attnsweep_settings(${name})
    if(ARG_TORCH)
        _attnsweep_torch(${name})
    endif()
endfunction()

# attnsweep_test(data_tests SOURCES ... LINKS ... [TORCH] [LABELS ...] [TIMEOUT s]): a GoogleTest program; each of its tests is one of ctest's.
function(attnsweep_test name)
    cmake_parse_arguments(ARG "TORCH" "TIMEOUT" "SOURCES;LINKS;LABELS" ${ARGN})
    if(NOT ARG_TIMEOUT)
        set(ARG_TIMEOUT 600)  # a shared machine may be ten times slower than usual; what hangs is ended all the same
    endif()
    add_executable(${name} ${ARG_SOURCES})
    target_link_libraries(${name} PRIVATE ${ARG_LINKS} attnsweep_test_paths GTest::gmock GTest::gtest_main)
    _attnsweep_settings(${name})
    if(ARG_TORCH)
        _attnsweep_torch(${name})
    else()
        target_compile_options(${name} PRIVATE $<$<CONFIG:RelWithDebInfo>:-O0>)  # halves their compile time; what they test stays optimised
    endif()
    gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}")
endfunction()
