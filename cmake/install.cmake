# SPDX-License-Identifier: Apache-2.0
# What a host finds of libtandem after `cmake --install`: library, headers,
# tandemConfig.cmake, tandem.pc. The command and the packs are installed where
# they are built. Components: library, dev, command (cmake/package.cmake).
include(CMakePackageConfigHelpers)

set(TANDEM_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/tandem)
set(TANDEM_PKGCONFIG_DIR ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(TARGETS tandem_shared EXPORT tandemTargets
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        COMPONENT library NAMELINK_COMPONENT dev)
install(TARGETS tandem_static EXPORT tandemStaticTargets
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT dev)
install(DIRECTORY include/tandem DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
    COMPONENT dev FILES_MATCHING PATTERN "*.h")

# Two files, because only the archive asks its host for the dependencies.
foreach(file tandemTargets tandemStaticTargets)
    install(EXPORT ${file} NAMESPACE tandem:: COMPONENT dev
        DESTINATION ${TANDEM_CMAKE_DIR})
endforeach()
configure_package_config_file(cmake/tandemConfig.cmake.in
    ${CMAKE_BINARY_DIR}/tandemConfig.cmake
    INSTALL_DESTINATION ${TANDEM_CMAKE_DIR})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/tandemConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/tandemConfig.cmake
    ${CMAKE_BINARY_DIR}/tandemConfigVersion.cmake
    DESTINATION ${TANDEM_CMAKE_DIR} COMPONENT dev)

# tandem.pc says where things are from where it lies itself.
file(RELATIVE_PATH TANDEM_PC_PREFIX /prefix/${TANDEM_PKGCONFIG_DIR} /prefix)
string(REGEX REPLACE "/$" "" TANDEM_PC_PREFIX "${TANDEM_PC_PREFIX}")
list(JOIN ZMQ_LDFLAGS " " TANDEM_PC_ZMQ)
list(JOIN MSGPACK_LDFLAGS " " TANDEM_PC_MSGPACK)
list(JOIN LMDB_LDFLAGS " " TANDEM_PC_LMDB)
list(JOIN SODIUM_LDFLAGS " " TANDEM_PC_SODIUM)
configure_file(cmake/tandem.pc.in ${CMAKE_BINARY_DIR}/tandem.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/tandem.pc
    DESTINATION ${TANDEM_PKGCONFIG_DIR} COMPONENT dev)
