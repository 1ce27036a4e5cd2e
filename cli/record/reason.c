// SPDX-License-Identifier: Apache-2.0
// reason.c - why something held here has no effect.
#include "record/reason.h"

static const struct reason reasons[] = {
    {TANDEM_WAIT_CHANGE, "change",
        N_("waits for another change of the same record")},
    {TANDEM_WAIT_KEY, "key", N_("waits for the sector's key")},
    {TANDEM_WAIT_PAYLOAD, "payload", N_("its content has not arrived")},
    {TANDEM_WAIT_RIGHT, "right",
        N_("its author had no right: held in quarantine")},
    {TANDEM_WAIT_DAMAGED, "damaged", N_("damaged: set apart")},
};

const struct reason *
reason_of(tandem_wait_reason r)
{
    size_t i = 0;

    while (
        i + 1 < sizeof(reasons) / sizeof(*reasons) && reasons[i].reason != r) {
        i++;
    }
    return &reasons[i];
}
