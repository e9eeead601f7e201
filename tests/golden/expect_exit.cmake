# cmake -DEXPECTED=1 -DSAYS=TEXT -DCOMMAND="a;b" -P expect_exit.cmake: the command must end with that code and say TEXT.
execute_process(COMMAND ${COMMAND} RESULT_VARIABLE code OUTPUT_VARIABLE output ERROR_VARIABLE output)
message(STATUS "${output}")
if(NOT code STREQUAL EXPECTED)
    message(FATAL_ERROR "ended with ${code}, expected ${EXPECTED}")
endif()
if(NOT output MATCHES "${SAYS}")
    message(FATAL_ERROR "does not say \"${SAYS}\"")
endif()
