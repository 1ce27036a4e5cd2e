// SPDX-License-Identifier: Apache-2.0
// peers.c - where other devices answered last.
//
// A small JSON file in the store's folder: {"peers": {device id: address}}.
// It holds device ids and endpoints only, nothing anybody typed: what a
// stranger on the network would see as well. Losing it loses nothing but the
// comfort of `tandem sync` without an address.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "peer/endpoint.h"

enum { PEERS_MAX = 256, FILE_BYTES_MAX = 1 << 18 };

static bool
file_name(const struct cli *c, const char *end, char out[4096])
{
    return snprintf(out, 4096, "%s/peers.json%s", c->dir, end) < 4096;
}

json_t *
peers_all(const struct cli *c)
{
    char path[4096];
    struct stat st;
    json_t *all, *peers = NULL;

    if (file_name(c, "", path) && stat(path, &st) == 0 &&
        st.st_size <= FILE_BYTES_MAX) {
        all = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
        peers = json_object_get(all, "peers");
        if (json_is_object(peers) && json_object_size(peers) <= PEERS_MAX) {
            json_incref(peers);
        } else {
            peers = NULL; // damaged: as good as none
        }
        json_decref(all);
    }
    return peers != NULL ? peers : json_object();
}

bool
peers_address(const struct cli *c, tandem_device_id d, char out[320])
{
    json_t *all = peers_all(c);
    char id[65];
    const char *address;

    tandem_device_text(d, id);
    address = json_string_value(json_object_get(all, id));
    if (address != NULL && strlen(address) < 320) {
        (void)snprintf(out, 320, "%s", address);
    } else {
        address = NULL;
    }
    json_decref(all);
    return address != NULL;
}

void
peers_remember(const struct cli *c, tandem_device_id d, const char *address)
{
    char path[4096], part[4096], id[65];
    json_t *all = peers_all(c);
    const char *known;

    tandem_device_text(d, id);
    known = json_string_value(json_object_get(all, id));
    if ((known != NULL && strcmp(known, address) == 0) ||
        !file_name(c, "", path) || !file_name(c, ".part", part)) {
        json_decref(all);
        return;
    }
    if (json_object_size(all) >= PEERS_MAX) {
        (void)json_object_clear(all);
    }
    (void)json_object_set_new(all, id, json_string(address));
    all = json_pack("{s:o}", "peers", all);
    if (json_dump_file(all, part, JSON_COMPACT) != 0 ||
        chmod(part, 0600) != 0 || rename(part, path) != 0) {
        (void)unlink(part);
    }
    json_decref(all);
}
