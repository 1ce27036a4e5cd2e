// SPDX-License-Identifier: Apache-2.0
// qr.h - a text as a QR code of block characters.
#ifndef TANDEM_CLI_QR_H
#define TANDEM_CLI_QR_H

#include "tandem/base.h"

/** Is it drawn by this build? */
bool qr_drawn(void);
/** Onto the page. ELIMIT it is wider than that; ENOMEM; EUNSUPPORTED by this
 *  build. */
tandem_err qr_print(const char *text);

#endif
