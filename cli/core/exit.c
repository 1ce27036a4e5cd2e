// SPDX-License-Identifier: Apache-2.0
// exit.c - which exit code a failure gets.
#include <errno.h>

#include "core/cli.h"

int
cli_exit_of(tandem_err err, int sys)
{
    if (err == TANDEM_OK) {
        return CLI_DONE;
    }
    if (err == TANDEM_EPEER || err == TANDEM_ENETWORK) {
        return CLI_NO_PEER;
    }
    if (err == TANDEM_EDENIED || err == TANDEM_EAUTH || err == TANDEM_EKEY ||
        err == TANDEM_EREFUSED || err == TANDEM_EEXPIRED ||
        err == TANDEM_EUNKNOWN || err == TANDEM_EREVOKED) {
        return CLI_NOT_ALLOWED;
    }
    if (err == TANDEM_ECORRUPT) {
        return CLI_DAMAGED;
    }
    if (err == TANDEM_EFULL || (err == TANDEM_EIO && sys == ENOSPC)) {
        return CLI_FULL;
    }
    if (err == TANDEM_EVERSION) {
        return CLI_VERSION;
    }
    if (err == TANDEM_ECUT || err == TANDEM_EBUSY) {
        return CLI_CUT;
    }
    return CLI_FAILED;
}

int
cli_done(const struct cli *c)
{
    if (!c->exit_code) {
        return CLI_DONE;
    }
    if (c->look) {
        return CLI_LOOK;
    }
    return c->nothing ? CLI_NOTHING : CLI_DONE;
}
