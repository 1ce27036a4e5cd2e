// SPDX-License-Identifier: Apache-2.0
// qr.c - a text as a QR code of block characters, two rows to a line.
//
// Light is drawn and dark is left out, as a terminal's ground mostly is dark;
// readers of phones take the other way round as well. No colour says so.
#include "page/qr.h"

#include "page/page.h"

#ifdef TANDEM_QR

#include <errno.h>
#include <string.h>

#include <qrencode.h>

enum { QUIET = 4 }; // modules of light around it, as the standard asks

// Outside of the code all is light.
static bool
is_light(const QRcode *q, int x, int y)
{
    return x < 0 || y < 0 || x >= q->width || y >= q->width ||
           (q->data[y * q->width + x] & 1) == 0;
}

static void
print_line(const QRcode *q, int y)
{
    char line[3 * 256 + 1] = "";
    size_t at = 0;

    for (int x = -QUIET; x < q->width + QUIET; x++) {
        const bool above = is_light(q, x, y), below = is_light(q, x, y + 1);
        const char *block = above && below ? "\xe2\x96\x88"
                            : above        ? "\xe2\x96\x80"
                            : below        ? "\xe2\x96\x84"
                                           : " ";
        const size_t n = strlen(block);

        memcpy(line + at, block, n);
        at += n;
    }
    line[at] = '\0';
    cli_print_whole("%s\n", line);
}

bool
qr_drawn(void)
{
    return true;
}

tandem_err
qr_print(const char *text)
{
    QRcode *q = QRcode_encodeString(text, 0, QR_ECLEVEL_L, QR_MODE_8, 1);

    if (q == NULL) {
        return errno == ENOMEM ? TANDEM_ENOMEM : TANDEM_ELIMIT;
    }
    if ((size_t)q->width + 2 * QUIET > page_width() || q->width > 177) {
        QRcode_free(q);
        return TANDEM_ELIMIT;
    }
    for (int y = -QUIET; y < q->width + QUIET; y += 2) {
        print_line(q, y);
    }
    QRcode_free(q);
    return TANDEM_OK;
}

#else

bool
qr_drawn(void)
{
    return false;
}

tandem_err
qr_print(const char *text)
{
    (void)text;
    return TANDEM_EUNSUPPORTED;
}

#endif
