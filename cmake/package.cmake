# SPDX-License-Identifier: Apache-2.0
# `cpack -G DEB`: three Debian packages, one for each component. Configure for
# the prefix /usr (preset `debian`), where Debian's folders are known.
string(REGEX MATCH "^[0-9]+\\.[0-9]+" abi ${PROJECT_VERSION})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME tandem)
set(CPACK_PACKAGE_VENDOR "Tandem developers")
set(CPACK_PACKAGE_CONTACT "Tandem developers <developers@tandem.invalid>")
set(CPACK_PACKAGING_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE
    OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_COMPONENTS_ALL library dev)
if(TARGET tandem)
    list(APPEND CPACK_COMPONENTS_ALL command)
endif()
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)

# The package of the shared library is named after its soname, so that the next one can stand beside it.
set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME libtandem${abi})
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")
set(CPACK_COMPONENT_LIBRARY_DESCRIPTION
"Peer-to-peer sync for devices that are offline most of the day
Records are kept sealed on each device, written in signed logs, and merged
when two devices meet. This package contains the shared library.")

set(CPACK_DEBIAN_DEV_PACKAGE_NAME libtandem-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "libtandem${abi} (= ${PROJECT_VERSION}), \
libzmq3-dev, libmsgpack-dev, liblmdb-dev, libsodium-dev")
set(CPACK_DEBIAN_DEV_PACKAGE_SUGGESTS "tandem, pkg-config")
set(CPACK_COMPONENT_DEV_DESCRIPTION
"Peer-to-peer sync for devices offline most of the day - development files
Records are kept sealed on each device, written in signed logs, and merged
when two devices meet. This package contains headers, the static library,
and what CMake and pkg-config ask for.")

set(CPACK_DEBIAN_COMMAND_PACKAGE_NAME tandem)
set(CPACK_DEBIAN_COMMAND_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_COMMAND_PACKAGE_SHLIBDEPS ON)
set(CPACK_COMPONENT_COMMAND_DESCRIPTION
"Records of field work, offline, merged when two devices meet
The command of Tandem: write sheets without a network, meet a colleague's
device or the office, choose where two people wrote different things, and
see what the service counts. In English and French.")

foreach(pair "library libtandem${abi}" "dev libtandem-dev" "command tandem")
    string(REPLACE " " ";" pair ${pair})
    list(GET pair 0 component)
    list(GET pair 1 package)
    install(FILES LICENSE RENAME copyright COMPONENT ${component}
        DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${package})
endforeach()

include(CPack)
