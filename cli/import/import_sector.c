// SPDX-License-Identifier: Apache-2.0
// import_sector.c - the sector of a row: what its column `record_sector` says,
// by name as exports write it, or --sector, or the store's only one.
#include "import/import.h"

#include <string.h>
#include <strings.h>

static const char column[] = "record_sector";

static bool
is_blank(const char *cell)
{
    return cell[strspn(cell, " \t\r\n")] == '\0';
}

bool
import_sector_named(const struct cli *c, const char *name, tandem_id *out)
{
    tandem_sector s;

    if (strcmp(name, "common") == 0) {
        *out = tandem_sector_common();
        return true;
    }
    for (size_t i = 0; tandem_sector_at(c->store, i, &s, NULL) == TANDEM_OK;
         i++) {
        if (strcmp(s.name, name) == 0) {
            *out = s.id;
            return true;
        }
    }
    return false;
}

bool
import_sector_column(const char *name)
{
    return strcasecmp(name, column) == 0;
}

// The first sector this device writes in, else the common one: there the keys
// of maps, which the header names before any row, are looked for.
static tandem_id
sector_of_header(const struct cli *c)
{
    tandem_sector s;

    for (size_t i = 0; tandem_sector_at(c->store, i, &s, NULL) == TANDEM_OK;
         i++) {
        if (s.right != TANDEM_RIGHT_NONE) {
            return s.id;
        }
    }
    return tandem_sector_common();
}

int
import_sector_begin(struct import *m, char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (import_sector_column(names[i])) {
            m->sector_at = i + 1;
        }
    }
    m->one_sector = m->sector_at == 0 || args_has(&m->c->args, "sector");
    m->sector = sector_of_header(m->c);
    return m->one_sector ? cli_sector_option(m->c, &m->sector) : CLI_DONE;
}

tandem_err
import_sector_of(const struct import *m, char *const *cells, size_t count,
    tandem_id *out, tandem_error *e)
{
    const char *name = m->sector_at > 0 && m->sector_at <= count
                           ? cells[m->sector_at - 1]
                           : "";
    bool known;

    *out = m->sector;
    if (is_blank(name)) {
        return m->one_sector
                   ? TANDEM_OK
                   : cli_error(e, TANDEM_EVALUE,
                         _("the row names no sector; --sector S takes those "
                           "that name none"));
    }
    known = import_sector_named(m->c, name, out);
    if (m->one_sector && (!known || !tandem_id_equal(*out, m->sector))) {
        return cli_error(e, TANDEM_EVALUE,
            _("the row is of sector \"%s\", not of the one --sector says; "
              "without the column %s all rows go there"),
            name, column);
    }
    return known ? TANDEM_OK
                 : cli_error(e, TANDEM_ENOTFOUND,
                       _("there is no sector \"%s\" here; without the column "
                         "%s, --sector S takes all rows into one"),
                       name, column);
}
