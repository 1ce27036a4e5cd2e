// SPDX-License-Identifier: Apache-2.0
// plain.c - what people read, without what a terminal would obey.
//
// Names and values were typed by others, some on devices that lie. Control
// characters (C0 but newline and tab, DEL, C1) and the marks that turn the
// direction of a line (U+202A..U+202E, U+2066..U+2069) become U+FFFD, so that
// nothing shown can move the cursor, hide or imitate a line. In JSON they are
// escaped instead (out.c).
#include "page/plain.h"

bool
plain_unwanted(uint32_t code)
{
    return (code < 0x20 && code != '\n' && code != '\t') ||
           (code >= 0x7f && code <= 0x9f) ||
           (code >= 0x202a && code <= 0x202e) ||
           (code >= 0x2066 && code <= 0x2069);
}
