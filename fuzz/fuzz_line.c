// SPDX-License-Identifier: Apache-2.0
// fuzz_line.c - a line of JSON Lines as an export writes it, on hostile bytes:
// what is read is of the kind it names, and every cell is text of a field.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/line.h"

#include "fr.terrain.pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool x) // also where NDEBUG is set
{
    if (!x) {
        abort();
    }
}

static void
look(const struct line *l)
{
    must(l->kind != NULL && l->id != NULL && l->sector != NULL);
    for (size_t i = 0; i < l->count; i++) {
        const struct line_cell *cell = &l->cells[i];

        must(tandem_kind_field(l->kind, cell->field->id) == cell->field);
        must(
            strncmp(cell->name, cell->field->id, strlen(cell->field->id)) == 0);
        must(cell->count >= 1 && cell->count <= LINE_BESIDE_MAX);
        for (size_t k = 0; k < cell->count; k++) {
            must(cell->texts[k] != NULL);
        }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static tandem_schema *schema; // one for all runs
    struct line l;

    if (schema == NULL) {
        tandem_pack *pack = NULL;

        must(tandem_pack_parse(
                 tandem_bytes(pack_fr_terrain, sizeof(pack_fr_terrain)), &pack,
                 NULL) == TANDEM_OK);
        must(tandem_pack_schema(pack, &schema) == TANDEM_OK);
        tandem_pack_free(pack);
    }
    if (line_read(schema, (const char *)data, size, &l) == LINE_RECORD) {
        look(&l);
    }
    line_free(&l);
    return 0;
}
