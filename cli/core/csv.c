// SPDX-License-Identifier: Apache-2.0
// csv.c - rows of a table that somebody else wrote, and cells of our own.
//
// A window of the file slides over it. csv_next() looks for the row's end in
// the window (reading more as needed), then cuts the cells out into `text`:
// the window itself is never changed, so that a row at fault can be told,
// kept and passed over as it stood.
#include "core/csv.h"

#include <stdlib.h>
#include <string.h>

#include "page/utf8.h"

enum { READ_BYTES = 64 << 10, WINDOW_BYTES = CSV_ROW_BYTES_MAX + READ_BYTES };

bool
csv_init(struct csv *t, long (*read)(void *ctx, void *p, size_t n), void *ctx)
{
    memset(t, 0, sizeof(*t));
    t->read = read;
    t->ctx = ctx;
    t->line = 1;
    t->window = malloc(WINDOW_BYTES);
    t->text = malloc(CSV_ROW_BYTES_MAX + 1);
    return t->window != NULL && t->text != NULL;
}

void
csv_deinit(struct csv *t)
{
    free(t->window);
    free(t->text);
    memset(t, 0, sizeof(*t));
}

// More bytes behind those that are there. False when none come.
static bool
fill(struct csv *t)
{
    long n;

    if (t->ended || t->failed) {
        return false;
    }
    if (t->at > 0) {
        memmove(t->window, t->window + t->at, t->end - t->at);
        t->end -= t->at;
        t->at = 0;
    }
    if (t->end == WINDOW_BYTES) {
        return false;
    }
    n = t->read(t->ctx, t->window + t->end, WINDOW_BYTES - t->end);
    if (n < 0 || (size_t)n > WINDOW_BYTES - t->end) {
        t->failed = true;
        return false;
    }
    t->ended = n == 0;
    t->end += (size_t)n;
    return n > 0;
}

static void
consume(struct csv *t, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        t->line += t->window[t->at + i] == '\n';
    }
    t->at += n;
}

static bool
skip_line(struct csv *t)
{
    do {
        const char *nl = memchr(t->window + t->at, '\n', t->end - t->at);

        if (nl != NULL) {
            consume(t, (size_t)(nl - (t->window + t->at)) + 1);
            return true;
        }
        consume(t, t->end - t->at);
    } while (fill(t));
    return false;
}

// The mark some programs put before UTF-8, and which separator the first row
// has: any `;` outside quotes decides, for terms may hold commas.
static void
begin(struct csv *t)
{
    bool quoted = false;

    t->begun = true;
    while (t->end - t->at < CSV_ROW_BYTES_MAX && fill(t)) {
        if (memchr(t->window, '\n', t->end) != NULL) {
            break;
        }
    }
    if (t->end - t->at >= 3 &&
        memcmp(t->window + t->at, "\xef\xbb\xbf", 3) == 0) {
        t->at += 3;
    }
    t->separator = ',';
    for (size_t i = t->at; i < t->end; i++) {
        char c = t->window[i];

        if (c == '"') {
            quoted = !quoted;
        } else if (c == ';' && !quoted) {
            t->separator = ';';
            return;
        } else if (c == '\n' && !quoted) {
            return;
        }
    }
}

// Where a scan of one row stands.
enum place { CELL_BEGIN, CELL_PLAIN, CELL_QUOTED, CELL_CLOSED, CELL_BROKEN };

static enum place
step(enum place p, char c, char separator)
{
    if (p == CELL_QUOTED) {
        return c == '"' ? CELL_CLOSED : CELL_QUOTED;
    }
    if (p == CELL_BROKEN) {
        return CELL_BROKEN;
    }
    if (c == separator) {
        return CELL_BEGIN;
    }
    if (p == CELL_CLOSED) {
        return c == '"' ? CELL_QUOTED : c == '\r' ? CELL_CLOSED : CELL_BROKEN;
    }
    return p == CELL_BEGIN && c == '"' ? CELL_QUOTED : CELL_PLAIN;
}

// The row's length without its line end, and with it. `place` is where it
// ended. False: it is longer than a row may be.
static bool
scan(struct csv *t, size_t *len, size_t *whole, enum place *place)
{
    enum place p = CELL_BEGIN;
    size_t i = 0;

    for (;; i++) {
        char c;

        if (i > CSV_ROW_BYTES_MAX) {
            return false;
        }
        if (t->at + i == t->end && !fill(t)) {
            *whole = i;
            break;
        }
        c = t->window[t->at + i];
        if (c == '\n' && p != CELL_QUOTED) {
            *whole = i + 1;
            break;
        }
        p = step(p, c, t->separator);
    }
    if (i > 0 && t->window[t->at + i - 1] == '\r') {
        i--;
    }
    *len = i;
    *place = p;
    return i <= CSV_ROW_BYTES_MAX;
}

// UTF-8, and no NUL, which no text holds.
static bool
valid_text(const char *p, size_t n)
{
    uint32_t code;
    size_t len;

    for (size_t i = 0; i < n; i += len) {
        len = utf8_take(p + i, n - i, &code);
        if (len == 0 || code == 0) {
            return false;
        }
    }
    return true;
}

// Does a spreadsheet compute this, or did a `'` keep one from it?
static bool
formula_like(const char *cell)
{
    cell += strspn(cell, "'");
    return *cell != '\0' && strchr("=+-@\t\r\n", *cell) != NULL;
}

// The cells of a whole row, unquoted, each ended by NUL.
static enum csv_result
cut(struct csv *t, size_t len)
{
    const char *raw = t->window + t->at;
    enum place p = CELL_BEGIN;
    size_t n = 0;

    t->cells[0] = t->text;
    t->cell_count = 1;
    for (size_t i = 0; i < len; i++) {
        enum place was = p;
        char c = raw[i];

        p = step(p, c, t->separator);
        if (p == CELL_BROKEN) {
            return CSV_BAD_QUOTES;
        }
        if (p == CELL_BEGIN) {
            if (t->cell_count == CSV_CELLS_MAX) {
                return CSV_TOO_MANY;
            }
            t->text[n++] = '\0';
            t->cells[t->cell_count++] = t->text + n;
        } else if (p == CELL_PLAIN ||
                   (p == CELL_QUOTED && was == CELL_QUOTED) ||
                   (p == CELL_QUOTED && was == CELL_CLOSED)) {
            t->text[n++] = c;
        }
    }
    t->text[n] = '\0';
    for (size_t i = 0; i < t->cell_count; i++) {
        t->cells[i] += t->cells[i][0] == '\'' && formula_like(t->cells[i]);
    }
    return CSV_ROW;
}

static bool
blank(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i] != ' ' && p[i] != '\t' && p[i] != '\r') {
            return false;
        }
    }
    return true;
}

// A row that cannot be read is passed over up to its first line end: a
// forgotten quote must not take the rows after it along.
static enum csv_result
fault(struct csv *t, enum csv_result what)
{
    const char *nl = memchr(t->window + t->at, '\n', t->end - t->at);

    t->cell_count = 0;
    if (what == CSV_TOO_LONG && nl == NULL) {
        t->skipping = true;
        t->raw_len = 0;
    } else {
        size_t n = nl != NULL ? (size_t)(nl - (t->window + t->at)) + 1
                              : t->end - t->at;

        t->raw = t->window + t->at;
        t->raw_len = nl != NULL ? n - 1 : n;
        if (t->raw_len > 0 && t->raw[t->raw_len - 1] == '\r') {
            t->raw_len--;
        }
        consume(t, n);
    }
    return what;
}

enum csv_result
csv_next(struct csv *t)
{
    enum place place = CELL_BEGIN;
    enum csv_result got;
    size_t len = 0, whole = 0;
    bool fits;

    if (!t->begun) {
        begin(t);
    }
    if (t->skipping) {
        t->skipping = false;
        (void)skip_line(t);
    }
    for (;;) {
        t->raw_len = 0;
        t->row_line = t->line;
        fits = scan(t, &len, &whole, &place);
        if (t->failed) {
            return CSV_IO;
        }
        if (!fits) {
            return fault(t, CSV_TOO_LONG);
        }
        if (whole == 0) {
            return CSV_END;
        }
        if (!blank(t->window + t->at, len)) {
            break;
        }
        consume(t, whole);
    }
    if (place == CELL_QUOTED) {
        return fault(t, CSV_BAD_QUOTES);
    }
    t->raw = t->window + t->at;
    t->raw_len = len;
    got = valid_text(t->raw, len) ? cut(t, len) : CSV_BAD_UTF8;
    if (got != CSV_ROW) {
        t->cell_count = 0;
    }
    consume(t, whole);
    return got;
}

// ------------------------------------------------------------------ writing

void
csv_put(FILE *f, const char *cell)
{
    bool quote = strpbrk(cell, ";,\"\r\n") != NULL;

    if (quote) {
        (void)fputc('"', f);
    }
    if (formula_like(cell)) {
        (void)fputc('\'', f);
    }
    for (; *cell != '\0'; cell++) {
        if (*cell == '"' && quote) {
            (void)fputc('"', f);
        }
        (void)fputc(*cell, f);
    }
    if (quote) {
        (void)fputc('"', f);
    }
}
