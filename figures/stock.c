// SPDX-License-Identifier: Apache-2.0
// stock.c - what a stock move is about.
#include "stock.h"

#include <string.h>

#include "mark.h"

static const struct stock_name names[STOCK_ITEMS] = {
    {"other", "autre", "other"},
    {"eco_bulb", "ampoule économe", "energy-saving bulb"},
    {"standby_plug", "prise coupe-veille", "standby-cutting plug"},
    {"window_seal", "joint de fenêtre", "window seal"},
    {"tap_aerator", "mousseur", "tap aerator"},
    {"standard_kit", "kit intervention standard", "standard intervention kit"},
    {"flyers", "flyers", "flyers"},
    {"notices", "avis de passage", "visit notices"},
    {"contact_sheets", "fiches contact", "contact sheets"},
    {"amelio_docs", "documentation Amelio", "Amelio documents"},
};

// How people write them besides.
static const struct {
    const char *text;
    enum stock_item item;
} others[] = {
    {"eco bulb", STOCK_ECO_BULB},
    {"kit", STOCK_KIT},
    {"flyer", STOCK_FLYERS},
    {"notice", STOCK_NOTICES},
    {"notice_pad", STOCK_NOTICES},
    {"visit_notice", STOCK_NOTICES},
    {"contact_sheet", STOCK_CONTACT_SHEETS},
    {"amelio_doc", STOCK_AMELIO_DOCS},
};

static int
is(uint64_t mark, const char *text)
{
    return mark == mark_of((const uint8_t *)text, strlen(text));
}

enum stock_item
stock_item(const char *text, size_t n)
{
    const uint64_t mark = mark_of((const uint8_t *)text, n);

    for (int i = 0; i < STOCK_ITEMS; i++) {
        if (is(mark, names[i].id) || is(mark, names[i].fr) ||
            is(mark, names[i].en)) {
            return (enum stock_item)i;
        }
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
        if (is(mark, others[i].text)) {
            return others[i].item;
        }
    }
    return STOCK_OTHER;
}

const struct stock_name *
stock_name(enum stock_item item)
{
    return &names[item];
}
