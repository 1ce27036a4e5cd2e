// SPDX-License-Identifier: Apache-2.0
// plain.c - what people read, without what a terminal would obey.
//
// Names and values were typed by others, some on devices that lie. Control
// characters (C0 but newline and tab, DEL, C1) and the marks that turn the
// direction of a line (U+202A..U+202E, U+2066..U+2069) become U+FFFD, so that
// nothing shown can move the cursor, hide or imitate a line. In JSON they are
// escaped instead (out.c).
#include "plain.h"

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
