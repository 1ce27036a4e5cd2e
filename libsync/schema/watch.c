// SPDX-License-Identifier: Apache-2.0
// watch.c - finding in a text what does not belong there. See watch.h.
//
// A text is read as small unaccented letters, digits and one sign for all the
// rest, so that "Dépression" and "depression" are one word.
#include "schema/watch.h"

#include <string.h>

enum {
    IBAN_MIN = 15,
    IBAN_MAX = 34,
    IBAN_DIGITS = 10, // fewer are words that happen to look like one
    NIR_SIGNS = 15,
    GAP_MAX = 4, // between "code" and its digits
    CODE_MIN = 3,
    CODE_MAX = 8
};

static const struct {
    const char *name;
    tandem_sought find;
} finds[] = {
    {"words", TANDEM_FIND_WORDS},
    {"code", TANDEM_FIND_CODE},
    {"iban", TANDEM_FIND_IBAN},
    {"nir", TANDEM_FIND_NIR},
};

tandem_sought
td_find_of(const char *name)
{
    for (size_t i = 0; i < sizeof finds / sizeof finds[0]; i++) {
        if (strcmp(finds[i].name, name) == 0) {
            return finds[i].find;
        }
    }
    return TANDEM_FIND_UNKNOWN;
}

/* ------------------------------------------------------------------ reading */

struct reading {
    tandem_slice s;
    size_t at;
};

// U+00C0..U+00FF without their accents; '.' for what is no letter.
static const char unaccented[] = "aaaaaaaceeeeiiiidnooooo.ouuuuytsaaaaaaaceeee"
                                 "iiiidnooooo.ouuuuyty";

static bool
letter(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool
digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool
alnum(char c)
{
    return letter(c) || digit(c);
}

// The next sign; '\0' at the end. Letters of other scripts read as '~'.
static char
next(struct reading *r)
{
    uint8_t c;
    uint8_t d;

    if (r->at >= r->s.len) {
        return '\0';
    }
    c = r->s.ptr[r->at++];
    if (c < 0x80) {
        return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a')
               : c < ' '            ? ' '
                                    : (char)c;
    }
    d = r->at < r->s.len ? r->s.ptr[r->at] : 0;
    while (r->at < r->s.len && (r->s.ptr[r->at] & 0xc0) == 0x80) {
        r->at++;
    }
    if (c == 0xc3) {
        return unaccented[d & 0x3f];
    }
    // A no-break space, thin ones, a curly apostrophe.
    return c == 0xc2 && d == 0xa0                                   ? ' '
           : c == 0xe2 && r->at >= 3 && r->s.ptr[r->at - 1] == 0x99 ? '\''
           : c == 0xe2                                              ? ' '
                                                                    : '~';
}

static char
peek(const struct reading *r)
{
    struct reading copy = *r;

    return next(&copy);
}

/* -------------------------------------------------------------------- words */

bool
td_watch_word_valid(const char *word)
{
    size_t n = strlen(word);

    for (size_t i = 0; i < n; i++) {
        if (!alnum(word[i]) && word[i] != ' ' && word[i] != '\'' &&
            !(word[i] == '*' && i > 0 && i + 1 == n)) {
            return false;
        }
    }
    return n > 0 && letter(word[0]);
}

// Does the word stand here? Then `r` is behind it.
static bool
word_here(struct reading *r, const char *word)
{
    struct reading at = *r;

    for (; *word != '\0' && *word != '*'; word++) {
        if (next(&at) != *word) {
            return false;
        }
    }
    if (*word != '*' && (alnum(peek(&at)) || peek(&at) == '~')) {
        return false;
    }
    *r = at;
    return true;
}

// "digicode : 12A45" behind the word: a few signs, then the code.
static bool
code_here(struct reading r)
{
    size_t digits = 0;
    size_t n = 0;

    for (size_t gap = 0; gap < GAP_MAX && peek(&r) != '\0'; gap++) {
        if (alnum(peek(&r)) || peek(&r) == '~') {
            break;
        }
        (void)next(&r);
    }
    for (char c = peek(&r);
         digit(c) || (c >= 'a' && c <= 'f') || c == '*' || c == '#';
         c = peek(&r)) {
        digits += digit(c);
        n++;
        (void)next(&r);
    }
    return n >= CODE_MIN && n <= CODE_MAX && digits >= CODE_MIN &&
           !alnum(peek(&r));
}

static bool
found_at(const tandem_watch_info *w, struct reading r)
{
    for (size_t i = 0; i < w->word_count; i++) {
        struct reading behind = r;

        if (word_here(&behind, w->words[i]) &&
            (w->find == TANDEM_FIND_WORDS || code_here(behind))) {
            return true;
        }
    }
    return false;
}

/* ------------------------------------------------------------------ numbers */

// A letter counts as two digits, as ISO 7064 has it.
static unsigned
mod97(unsigned rest, char c)
{
    return letter(c) ? (rest * 100 + (unsigned)(c - 'a') + 10) % 97
                     : (rest * 10 + (unsigned)(c - '0')) % 97;
}

// ISO 13616: two letters, two digits, the account; the first four count last.
static bool
iban_at(struct reading r)
{
    char head[4];
    unsigned rest = 0;
    size_t digits = 0;

    for (size_t i = 0; i < sizeof head; i++) {
        head[i] = next(&r);
        if (i < 2 ? !letter(head[i]) : !digit(head[i])) {
            return false;
        }
    }
    for (size_t n = sizeof head; n < IBAN_MAX;) {
        char c = next(&r);

        if (c == ' ' && alnum(peek(&r))) {
            continue;
        }
        if (!alnum(c)) {
            return false;
        }
        rest = mod97(rest, c);
        digits += digit(c);
        n++;
        if (n >= IBAN_MIN && digits >= IBAN_DIGITS && !alnum(peek(&r)) &&
            mod97(mod97(mod97(mod97(rest, head[0]), head[1]), head[2]),
                head[3]) == 1) {
            return true;
        }
    }
    return false;
}

// The 15 signs of a French social security number, spaces and points left
// out; 2A and 2B (Corsica) are read as 19 and 18.
static bool
nir_signs(struct reading *r, char out[NIR_SIGNS])
{
    for (size_t n = 0; n < NIR_SIGNS;) {
        char c = next(r);

        if (n > 0 && (c == ' ' || c == '.' || c == '-')) {
            c = next(r);
        }
        if (n == 6 && out[5] == '2' && (c == 'a' || c == 'b')) {
            out[5] = '1';
            c = c == 'a' ? '9' : '8';
        }
        if (!digit(c)) {
            return false;
        }
        out[n++] = c;
    }
    return !alnum(peek(r));
}

static bool
nir_at(struct reading r)
{
    char s[NIR_SIGNS];
    unsigned month;
    unsigned rest = 0;

    if (!nir_signs(&r, s) || strchr("123478", s[0]) == NULL) {
        return false;
    }
    month = (unsigned)(s[3] - '0') * 10 + (unsigned)(s[4] - '0');
    if (month == 0 || (month > 12 && month < 20)) {
        return false;
    }
    for (size_t i = 0; i < 13; i++) {
        rest = mod97(rest, s[i]);
    }
    return 97 - rest == (unsigned)(s[13] - '0') * 10 + (unsigned)(s[14] - '0');
}

/* --------------------------------------------------------------------- text */

static bool
finds_at(const tandem_watch_info *w, struct reading r)
{
    switch (w->find) {
    case TANDEM_FIND_WORDS:
    case TANDEM_FIND_CODE:
        return found_at(w, r);
    case TANDEM_FIND_IBAN:
        return iban_at(r);
    case TANDEM_FIND_NIR:
        return nir_at(r);
    case TANDEM_FIND_UNKNOWN:
        break;
    }
    return false;
}

bool
td_watch_finds(const tandem_watch_info *w, tandem_slice text)
{
    struct reading r = {text, 0};
    char before = ' ';

    while (r.at < text.len) {
        if (!alnum(before) && before != '~' && alnum(peek(&r)) &&
            finds_at(w, r)) {
            return true;
        }
        before = next(&r);
    }
    return false;
}

const tandem_watch_info *
td_watch_first(const tandem_field_info *f, bool refuse, tandem_slice text)
{
    for (size_t i = 0; f != NULL && i < f->watch_count; i++) {
        if (f->watches[i].refuse == refuse &&
            td_watch_finds(&f->watches[i], text)) {
            return &f->watches[i];
        }
    }
    return NULL;
}
