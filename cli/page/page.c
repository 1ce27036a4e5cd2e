// SPDX-License-Identifier: Apache-2.0
// page.c - lines for people, no wider than the page.
//
// A line is kept until it ends, and broken then: at blanks, or inside a word
// that is wider than a whole line. What is broken off goes on below, further
// in. So no page has to count; a table cuts its cells, which says so by an
// ellipsis, and nothing else is ever cut.
//
// The page is 80 columns wide, or what $COLUMNS says, or the terminal that it
// is printed on. Talk is broken on terminals only, and never inside a word.
//
// Nothing here, nor anywhere else in the command, sends a terminal a control
// sequence: no colours, no cursor but for progress, by a carriage return. What
// must not reach one: plain.h.
#include "page/page.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "page/columns.h"
#include "page/plain.h"
#include "page/utf8.h"

enum { WIDTH = 80, WIDTH_MIN = 30, WIDTH_MAX = 1000, HANG = 2 };

#define STICKS   '\x01' // a blank in a line; never from outside (plain.h)
#define ELLIPSIS "\xe2\x80\xa6"

// The unfinished line of one stream; streams are the process's, so is this.
struct line {
    char *text; // NULL: nothing
    size_t len, cap;
    size_t hang;
    bool hangs; // `hang` was said
    bool whole; // must not be broken
};

static struct line lines[2];
// What stands on the terminal's last line, and its columns.
static struct {
    char *text; // NULL: nothing, or there was no memory to keep it
    size_t columns;
} progress;

static FILE *
stream_of(enum page p)
{
    return p == PAGE_OUT ? stdout : stderr;
}

// ---------------------------------------------------------------------- width

static size_t
width_asked(void)
{
    const char *text = getenv("COLUMNS");
    char *end = NULL;
    unsigned long n;

    if (text == NULL || text[0] < '1' || text[0] > '9') {
        return 0;
    }
    n = strtoul(text, &end, 10);
    return *end == '\0' && n <= WIDTH_MAX ? n : 0;
}

static size_t
width_of(enum page p)
{
    size_t n = width_asked();
    struct winsize w;

    if (n == 0 && ioctl(fileno(stream_of(p)), TIOCGWINSZ, &w) == 0) {
        n = w.ws_col;
    }
    return n == 0 ? WIDTH : n < WIDTH_MIN ? WIDTH_MIN : n;
}

size_t
page_width(void)
{
    return width_of(PAGE_OUT);
}

size_t
page_left(void)
{
    const struct line *l = &lines[PAGE_OUT];
    const size_t width = page_width();
    const size_t used = l->len > 0 ? columns_of(l->text) : 0;

    return used < width ? width - used : 0;
}

// ---------------------------------------------------------------------- lines

static void
write_part(FILE *to, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        (void)fputc(text[i] == STICKS ? ' ' : text[i], to);
    }
}

// Where a line of `width` columns ends: at a blank behind `from`; a word that
// would not fit in a line of its own, of `own` columns, is broken itself.
static size_t
break_of(
    const char *text, size_t from, size_t width, size_t own, bool words_whole)
{
    size_t took, end = columns_fit(text, width, &took), at = end, word;
    size_t one; // the first character, which may be wider than the room

    if (text[end] == '\0') {
        return end;
    }
    while (at > from && text[at] != ' ') {
        at--;
    }
    word = strcspn(text + (at > from ? at + 1 : from), " ");
    if (at > from) {
        // A word too long for any line fills up this one.
        return !words_whole && columns_fit(text + at + 1, own, &took) < word
                   ? end
                   : at;
    }
    one = columns_take(text + from, &took);
    return words_whole ? from + word : end > from ? end : from + one;
}

static void
write_broken(enum page p, const struct line *l)
{
    const size_t width = width_of(p);
    const size_t blanks = strspn(l->text, " ");
    // Behind as many blanks as a line has nothing would fit.
    const size_t leading = blanks + 2 <= width ? blanks : 0;
    size_t hang = l->hangs ? l->hang : leading + HANG;
    const char *text = l->text;
    size_t from = leading, room = width;

    hang = hang < width / 2 ? hang : width / 2;
    for (;;) {
        size_t end = break_of(text, from, room, width - hang, p == PAGE_TALK);
        size_t kept = end;

        while (kept > 0 && text[kept - 1] == ' ') {
            kept--;
        }
        write_part(stream_of(p), text, kept);
        text += end;
        text += strspn(text, " ");
        if (*text == '\0') {
            return;
        }
        (void)fprintf(stream_of(p), "\n%*s", (int)hang, "");
        from = 0;
        room = width - hang;
    }
}

static bool
is_broken(enum page p, const struct line *l)
{
    return !l->whole && (p == PAGE_OUT || isatty(fileno(stderr)) == 1) &&
           columns_of(l->text) > width_of(p);
}

// The one place that moves a cursor, and by no more than a carriage return.
static void
clear_progress(void)
{
    if (progress.columns > 0) {
        (void)fprintf(stderr, "\r%*s\r", (int)progress.columns, "");
        (void)fflush(stderr);
    }
    free(progress.text);
    progress.text = NULL;
    progress.columns = 0;
}

static void
write_line(enum page p)
{
    struct line *l = &lines[p];

    clear_progress();
    if (l->len > 0 && is_broken(p, l)) {
        write_broken(p, l);
    } else if (l->len > 0) {
        write_part(stream_of(p), l->text, l->len);
    }
    l->len = 0;
    l->hangs = l->whole = false;
}

// No line ends in blanks, whatever the last cell of a table was filled with;
// what is to be copied stands as it is.
static void
end_line(enum page p)
{
    struct line *l = &lines[p];

    while (!l->whole && l->len > 0 && l->text[l->len - 1] == ' ') {
        l->text[--l->len] = '\0';
    }
    write_line(p);
    (void)fputc('\n', stream_of(p));
}

bool
page_has_progress(void)
{
    return isatty(fileno(stderr)) == 1;
}

void
page_progress(const char *text)
{
    size_t end;

    if (!page_has_progress() ||
        (progress.text != NULL && strcmp(progress.text, text) == 0)) {
        return;
    }
    if (lines[PAGE_TALK].len > 0) {
        end_line(PAGE_TALK);
    }
    clear_progress();
    end = columns_fit(text, width_of(PAGE_TALK) - 1, &progress.columns);
    progress.text = strdup(text);
    page_flat_bytes(PAGE_TALK, text, end);
    write_part(stderr, lines[PAGE_TALK].text, lines[PAGE_TALK].len);
    lines[PAGE_TALK].len = 0;
    (void)fflush(stderr);
}

void
page_end(void)
{
    for (size_t i = 0; i < 2; i++) {
        write_line((enum page)i);
        free(lines[i].text);
        lines[i].text = NULL;
        lines[i].cap = 0;
    }
}

// Without memory the line is written as it stands, unbroken.
static void
append(enum page p, const char *text, size_t len)
{
    struct line *l = &lines[p];

    if (l->cap - l->len <= len) {
        const size_t cap = 2 * (l->len + len) + 128;
        char *grown = realloc(l->text, cap);

        if (grown == NULL) {
            write_line(p);
            write_part(stream_of(p), text, len);
            return;
        }
        l->text = grown;
        l->cap = cap;
    }
    memcpy(l->text + l->len, text, len);
    l->len += len;
    l->text[l->len] = '\0';
}

// The bytes of the character at `s` if it may be printed as it stands, else 0.
static size_t
wanted(const char *s)
{
    uint32_t code;
    const size_t len = utf8_next(s, &code);

    return len > 0 && code != '\n' && code != '\t' && !plain_unwanted(code)
               ? len
               : 0;
}

// What is unwanted becomes U+FFFD, a tab a blank, and, in a `flat` text, the
// end of a line too.
static void
put(enum page p, const char *text, bool flat)
{
    uint32_t code;

    while (*text != '\0') {
        const char *from = text;
        size_t len;

        while ((len = wanted(text)) > 0) {
            text += len;
        }
        append(p, from, (size_t)(text - from));
        if (*text == '\0') {
            return;
        }
        len = utf8_next(text, &code);
        if (*text == '\n' && !flat) {
            end_line(p);
        } else if (*text == '\n' || *text == '\t') {
            append(p, " ", 1);
        } else {
            append(p, "\xef\xbf\xbd", 3);
        }
        text += len > 0 ? len : 1;
    }
}

// ------------------------------------------------------------------- printing

void
page_vprint(enum page p, const char *format, va_list list)
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
    put(p, text, false);
    free(text);
}

void
page_flat(enum page p, const char *text)
{
    put(p, text != NULL ? text : "", true);
}

void
page_flat_bytes(enum page p, const void *text, size_t len)
{
    char *part = len > 0 ? strndup(text, len) : NULL;

    page_flat(p, part);
    free(part);
}

void
page_print(enum page p, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    page_vprint(p, format, list);
    va_end(list);
}

void
cli_print(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    page_vprint(PAGE_OUT, format, list);
    va_end(list);
}

void
cli_print_whole(const char *format, ...)
{
    va_list list;

    lines[PAGE_OUT].whole = true;
    va_start(list, format);
    page_vprint(PAGE_OUT, format, list);
    va_end(list);
}

void
page_hang(size_t column)
{
    lines[PAGE_OUT].hang = column;
    lines[PAGE_OUT].hangs = true;
}

void
page_stick(void)
{
    static const char blank = STICKS;

    append(PAGE_OUT, &blank, 1);
}

void
page_text(const char *text, size_t len, size_t indent)
{
    const char *end = text + len;

    while (text < end) {
        const char *line = memchr(text, '\n', (size_t)(end - text));
        const size_t n = (size_t)((line != NULL ? line : end) - text);

        page_hang(indent);
        cli_print("%*s%.*s\n", n > 0 ? (int)indent : 0, "", (int)n, text);
        text += n + (line != NULL);
    }
}

// ---------------------------------------------------------------------- cells

// How many columns it took.
static size_t
put_cut(const char *text, size_t width)
{
    size_t took, end = columns_fit(text, width, &took);
    const bool cut = text[end] != '\0' && width > 0;

    if (cut) {
        end = columns_fit(text, width - 1, &took);
    }
    page_flat_bytes(PAGE_OUT, text, end);
    if (cut) {
        page_flat(PAGE_OUT, ELLIPSIS);
    }
    return took + cut;
}

void
page_cut(const char *text, size_t width)
{
    (void)put_cut(text, width);
}

void
page_cell(const char *text, size_t width)
{
    const size_t took = put_cut(text, width);

    cli_print("%*s", took < width ? (int)(width - took) : 0, "");
}

void
page_right(const char *text, size_t width)
{
    const size_t columns = columns_of(text);

    cli_print("%*s%s", columns < width ? (int)(width - columns) : 0, "", text);
}
