// SPDX-License-Identifier: Apache-2.0
// service.c - the packs that the command carries: what the field records, and
// what the sessions that designed it did.
#include "core/service.h"

#include "fr.immersion.pack.h"
#include "fr.terrain.pack.h"

tandem_slice
service_pack(size_t i)
{
    return i == 0 ? tandem_bytes(pack_fr_terrain, sizeof(pack_fr_terrain))
                  : tandem_bytes(pack_fr_immersion, sizeof(pack_fr_immersion));
}
