// SPDX-License-Identifier: Apache-2.0
// fuzz_ban.c - addresses of the Base Adresse Nationale on hostile bytes, as a
// table or as a GeoJSON: whatever is read is ended text within its room.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/csv.h"
#include "import/ban_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool x) // also where NDEBUG is set
{
    if (!x) {
        abort();
    }
}

static void
look(enum ban_result got, const struct ban_address *a)
{
    must(a->used <= BAN_ROOM);
    for (size_t i = 0; i < BAN_CELLS; i++) {
        must(a->cells[i] >= a->room && a->cells[i] < a->room + BAN_ROOM);
        must(memchr(a->cells[i], '\0',
                 (size_t)(a->room + BAN_ROOM - a->cells[i])) != NULL);
    }
    if (got == BAN_DWELLING) {
        must(a->cells[BAN_ID][0] != '\0' && a->cells[BAN_NUMBER][0] != '\0');
        must(a->cells[BAN_STREET][0] != '\0');
        must(strstr(a->cells[BAN_ADDRESS], a->cells[BAN_STREET]) != NULL);
        must(a->score >= 0 && a->score <= BAN_SCORE_ONE);
    }
}

struct source {
    const uint8_t *p;
    size_t left;
};

static long
give(void *ctx, void *p, size_t n)
{
    struct source *s = ctx;
    size_t now = n < s->left ? n : s->left;

    if (now > 0) {
        memcpy(p, s->p, now);
        s->p += now;
        s->left -= now;
    }
    return (long)now;
}

static void
read_table(const uint8_t *data, size_t size)
{
    struct source s = {data, size};
    enum csv_result got = CSV_END;
    struct ban_address a;
    struct ban_header h;
    struct csv t;

    if (csv_init(&t, give, &s) && csv_next(&t) == CSV_ROW &&
        ban_header_read(t.cells, t.cell_count, &h)) {
        while ((got = csv_next(&t)) != CSV_END && got != CSV_IO) {
            if (got == CSV_ROW) {
                look(ban_read(&h, t.cells, t.cell_count, &a), &a);
            }
        }
    }
    csv_deinit(&t);
}

static void
read_json(const uint8_t *data, size_t size)
{
    json_t *root =
        json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
    const json_t *all = ban_features(root);
    struct ban_feature cells;
    struct ban_address a;
    struct ban_header h;

    ban_feature_header(&h);
    for (size_t i = 0; i < json_array_size(all); i++) {
        if (ban_feature_read(json_array_get(all, i), &cells)) {
            look(ban_read(&h, cells.cells, BAN_FEATURE_CELLS, &a), &a);
        }
    }
    json_decref(root);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0 && data[0] == '{') {
        read_json(data, size);
    } else {
        read_table(data, size);
    }
    return 0;
}
