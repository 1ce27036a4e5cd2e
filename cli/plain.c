// SPDX-License-Identifier: Apache-2.0
// plain.c - what people read, without what a terminal would obey.
//
// Names and values were typed by others, some on devices that lie. Control
// characters (C0 but newline and tab, DEL, C1) and the marks that turn the
// direction of a line (U+202A..U+202E, U+2066..U+2069) become U+FFFD, so that
// nothing shown can move the cursor, hide or imitate a line. JSON has its own
// escapes and does not come through here.
#include "plain.h"

#include <stdlib.h>
#include <string.h>

size_t
plain_unwanted(const unsigned char *s)
{
    if ((s[0] < 0x20 && s[0] != '\n' && s[0] != '\t') || s[0] == 0x7f) {
        return 1;
    }
    if (s[0] == 0xc2 && s[1] >= 0x80 && s[1] <= 0x9f) {
        return 2;
    }
    if (s[0] == 0xe2 && ((s[1] == 0x80 && s[2] >= 0xaa && s[2] <= 0xae) ||
                            (s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9))) {
        return 3;
    }
    return 0;
}

void
plain_put(FILE *to, const char *text)
{
    const unsigned char *s = (const unsigned char *)text;

    while (*s != '\0') {
        const unsigned char *from = s;
        size_t bad = 0;

        while (*s != '\0' && (bad = plain_unwanted(s)) == 0) {
            s++;
        }
        (void)fwrite(from, 1, (size_t)(s - from), to);
        if (bad > 0) {
            (void)fputs("\xef\xbf\xbd", to);
            s += bad;
        }
    }
}

void
plain_vprint(FILE *to, const char *format, va_list list)
{
    va_list again;
    char *text;
    int len;

    va_copy(again, list);
    len = vsnprintf(NULL, 0, format, again);
    va_end(again);
    text = len < 0 ? NULL : malloc((size_t)len + 1);
    if (text == NULL) {
        return;
    }
    (void)vsnprintf(text, (size_t)len + 1, format, list);
    plain_put(to, text);
    free(text);
}

void
cli_print(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    plain_vprint(stdout, format, list);
    va_end(list);
}
