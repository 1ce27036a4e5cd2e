// SPDX-License-Identifier: Apache-2.0
// page.h - lines for people, no wider than the page.
#ifndef TANDEM_CLI_PAGE_H
#define TANDEM_CLI_PAGE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/** Where lines go: what a verb has to show, and talk beside it. */
enum page { PAGE_OUT, PAGE_TALK };

/** Text onto the page; a line is written when it ends. */
void page_print(enum page p, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void page_vprint(enum page p, const char *format, va_list list)
    __attribute__((format(printf, 2, 0)));
/** A text that is one line whatever stands in it; NULL: nothing. */
void page_flat(enum page p, const char *text);
/** The same of bytes that no zero ends. */
void page_flat_bytes(enum page p, const void *text, size_t len);
/** page_print() to PAGE_OUT: what nearly all of a verb's output is. */
void cli_print(const char *format, ...) __attribute__((format(printf, 1, 2)));
/** A line that is to be copied (a code, an address, a path): never broken. */
void cli_print_whole(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
/** How far something is, on a terminal's last line of talk, instead of what
 *  was said there of it before; the next line takes its place. An unfinished
 *  line of talk ends first. */
void page_progress(const char *text);
/** Is there a terminal that shows it? */
bool page_has_progress(void);
/** What stands on an unfinished line is written too. */
void page_end(void);

/** Where the present line of PAGE_OUT goes on when it has to be broken; unless
 *  said, two columns further in than it begins. */
void page_hang(size_t column);
/** A blank that no line is broken at. */
void page_stick(void);
/** A text of any lines, each `indent` columns from the left. */
void page_text(const char *text, size_t len, size_t indent);
/** Cut to `width` columns, its end marked where something is lost, and filled
 *  up to it; page_right(): filled from the left. */
void page_cell(const char *text, size_t width);
void page_right(const char *text, size_t width);
/** Cut, but not filled up. */
void page_cut(const char *text, size_t width);

/** Columns of the page of PAGE_OUT, and those left of the present line. */
size_t page_width(void);
size_t page_left(void);

#endif
