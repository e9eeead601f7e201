# Run at each build: writes version.h when version or commit have changed, so that results name the code they come from.
execute_process(COMMAND git describe --always --dirty --abbrev=10 WORKING_DIRECTORY ${SOURCE} OUTPUT_VARIABLE ATTNSWEEP_COMMIT
                OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT ATTNSWEEP_COMMIT)
    set(ATTNSWEEP_COMMIT "no commit known")
endif()
configure_file(${SOURCE}/runner/version_text.h.in ${OUTPUT} @ONLY)
