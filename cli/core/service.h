// SPDX-License-Identifier: Apache-2.0
// service.h - the packs that the command carries.
#ifndef TANDEM_CLI_SERVICE_H
#define TANDEM_CLI_SERVICE_H

#include "tandem/base.h"

enum { SERVICE_PACKS = 2 };

/** The i-th of SERVICE_PACKS, as built; static. */
tandem_slice service_pack(size_t i);

#endif
