// SPDX-License-Identifier: Apache-2.0
// stock.h - what a stock move is about: the article is typed as text, the
// stock is counted by known ones.
#ifndef FIGURES_STOCK_H
#define FIGURES_STOCK_H

#include <stddef.h>

enum stock_item {
    STOCK_OTHER, // nothing of the below; counted apart, together
    STOCK_ECO_BULB,
    STOCK_STANDBY_PLUG,
    STOCK_WINDOW_SEAL,
    STOCK_TAP_AERATOR,
    STOCK_KIT,
    STOCK_FLYERS,
    STOCK_NOTICES,
    STOCK_CONTACT_SHEETS,
    STOCK_AMELIO_DOCS,
    STOCK_ITEMS
};

// The article a text means, ASCII case and blanks put aside.
enum stock_item stock_item(const char *text, size_t n);
// Its stable name, French and English.
struct stock_name {
    const char *id, *fr, *en;
};
const struct stock_name *stock_name(enum stock_item item);

#endif
