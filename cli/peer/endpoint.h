// SPDX-License-Identifier: Apache-2.0
// endpoint.h - where this device listens, and where it knows others to be.
#ifndef TANDEM_CLI_ENDPOINT_H
#define TANDEM_CLI_ENDPOINT_H

#include "core/cli.h"

/** --listen, or any port of this device's own address. */
const char *endpoint_default(const struct cli *c, char out[192]);
/** `tcp://host:*` with a port that is free now. False: none, or malformed. */
bool endpoint_free_port(const char *endpoint, char out[192]);
/** An address others can use: `0.0.0.0` and `*` become this device's own. */
void endpoint_reachable(const char *address, char out[320]);

/** Remember where a device answered. Failing is no failure: it is a help. */
void peers_remember(
    const struct cli *c, tandem_device_id d, const char *address);
/** The address of a device, or false. */
bool peers_address(const struct cli *c, tandem_device_id d, char out[320]);
/** All known addresses, {device: address}; the caller's. */
json_t *peers_all(const struct cli *c);

#endif
