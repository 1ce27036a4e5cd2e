// SPDX-License-Identifier: Apache-2.0
// pack_build.h - a pack as people write it (JSON) into the bytes that are
// published (canonical MessagePack).
#ifndef TANDEM_CLI_PACK_BUILD_H
#define TANDEM_CLI_PACK_BUILD_H

#include "tandem/schema.h"

/**
 * Build the pack in a JSON file and check it as strictly as can be: a key, a
 * type or a merge that this version does not know is refused here, for in a
 * file written by hand it is a misspelling.
 *
 * @param path  the JSON file
 * @param out   receives the pack (tandem_pack_bytes() gives what is
 *              published); release with tandem_pack_free()
 * @param e     what is wrong and where; may be NULL
 * @return TANDEM_OK; TANDEM_ENOTFOUND, TANDEM_EIO; TANDEM_EVALUE;
 *         TANDEM_ELIMIT; TANDEM_ENOMEM.
 */
tandem_err pack_build(const char *path, tandem_pack **out, tandem_error *e);

#endif
