# SPDX-License-Identifier: Apache-2.0
# What a driver needs besides the library: the command's own readers, and what
# the service derives and keeps.
set(TANDEM_FUZZ_ban import/ban.c import/ban_json.c core/csv.c page/utf8.c)
set(TANDEM_FUZZ_csv core/csv.c page/utf8.c)
set(TANDEM_FUZZ_peers peer/peers.c)
set(TANDEM_FUZZ_json pack/pack_build.c)
set(TANDEM_FUZZ_line core/line.c)
set(TANDEM_FUZZ_NEED_JANSSON ban peers json line)
set(TANDEM_FUZZ_NEED_FIGURES facts parts)

function(tandem_fuzz_sources target noun)
    target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/libsync
        ${CMAKE_SOURCE_DIR}/tests ${CMAKE_SOURCE_DIR}/cli)
    foreach(source ${TANDEM_FUZZ_${noun}})
        target_sources(${target} PRIVATE ${CMAKE_SOURCE_DIR}/cli/${source})
    endforeach()
    if(noun IN_LIST TANDEM_FUZZ_NEED_JANSSON)
        target_link_libraries(${target} PRIVATE PkgConfig::JANSSON)
    endif()
    if(noun STREQUAL "line")
        target_link_libraries(${target} PRIVATE tandem_packs)
    endif()
    if(noun IN_LIST TANDEM_FUZZ_NEED_FIGURES)
        target_link_libraries(${target} PRIVATE tandem_figures)
    endif()
endfunction()
