// SPDX-License-Identifier: Apache-2.0
// import_ban_json.c - a geocoder's answer as GeoJSON, read whole.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/stop.h"
#include "import/ban_json.h"
#include "import/import_ban.h"

// A table begins with the name of a column, a GeoJSON with a brace.
bool
import_ban_is_json(int fd)
{
    char first[64];
    ssize_t n = pread(fd, first, sizeof(first) - 1, 0);
    const char *at = first;

    if (n <= 0) {
        return false;
    }
    first[n] = '\0';
    at += strncmp(at, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    at += strspn(at, " \t\r\n");
    return *at == '{';
}

// The whole file, up to BAN_JSON_BYTES_MAX. 0 or an exit code.
static int
read_whole(struct import *m, int fd, char **out, size_t *len)
{
    char *text = malloc(BAN_JSON_BYTES_MAX + 1);
    size_t n = 0;
    ssize_t got = -1;

    if (text == NULL) {
        return cli_fail_with(m->c, TANDEM_ENOMEM, _("out of memory"));
    }
    do {
        got = read(fd, text + n, BAN_JSON_BYTES_MAX + 1 - n);
        n += got > 0 ? (size_t)got : 0;
    } while (n <= BAN_JSON_BYTES_MAX &&
             (got > 0 || (got < 0 && errno == EINTR && !stop_asked())));
    if (got < 0 || n > BAN_JSON_BYTES_MAX) {
        free(text);
        return got < 0 ? cli_fail_with(
                             m->c, TANDEM_EIO, _("%s cannot be read"), m->file)
                       : cli_fail_with(m->c, TANDEM_ELIMIT,
                             _("%s is larger than %d bytes: ask the geocoder "
                               "for a table (CSV)"),
                             m->file, (int)BAN_JSON_BYTES_MAX);
    }
    *out = text;
    *len = n;
    return CLI_DONE;
}

static int
load(struct import *m, int fd, json_t **out)
{
    char *text = NULL;
    size_t len = 0, mark;
    json_error_t fault;
    int rc = read_whole(m, fd, &text, &len);

    if (rc != CLI_DONE) {
        return rc;
    }
    mark = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    *out = json_loadb(text + mark, len - mark, JSON_REJECT_DUPLICATES, &fault);
    free(text);
    if (*out == NULL) {
        return cli_fail_with(m->c, TANDEM_ECORRUPT,
            _("%s is no JSON, line %d: %s; nothing was taken in"), m->file,
            fault.line, fault.text);
    }
    if (ban_features(*out) == NULL) {
        return cli_fail_with(m->c, TANDEM_ECORRUPT,
            _("%s is no GeoJSON with a list of features; nothing was taken "
              "in"),
            m->file);
    }
    return CLI_DONE;
}

static int
take(struct import *m, const json_t *feature)
{
    struct ban_feature cells;
    tandem_error e = cli_no_error(m->c);

    m->tally.rows++;
    if (!ban_feature_read(feature, &cells)) {
        (void)cli_error(&e, TANDEM_EVALUE, _("not an address"));
        return import_refuse(m, m->tally.rows, 0, "", &e, NULL, 0);
    }
    return import_ban_row(
        m, m->tally.rows, cells.cells, BAN_FEATURE_CELLS, "", 0);
}

int
import_ban_json(struct import *m, int fd)
{
    struct ban_feature cells;
    json_t *root = NULL;
    const json_t *all;
    int rc = load(m, fd, &root);

    if (rc == CLI_DONE) {
        ban_feature_header(&m->ban->header);
        rc = import_ban_columns(m);
    }
    all = ban_features(root);
    for (size_t i = 0; rc == CLI_DONE && i < json_array_size(all); i++) {
        rc = ban_feature_read(json_array_get(all, i), &cells)
                 ? import_ban_expect(m, cells.cells, BAN_FEATURE_CELLS)
                 : CLI_DONE;
    }
    for (size_t i = 0;
         rc == CLI_DONE && i < json_array_size(all) && !stop_asked(); i++) {
        rc = take(m, json_array_get(all, i));
    }
    if (rc == CLI_DONE) {
        rc = import_flush(m);
    }
    json_decref(root);
    return rc;
}
