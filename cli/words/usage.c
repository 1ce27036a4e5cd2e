// SPDX-License-Identifier: Apache-2.0
// usage.c - what the usage line of a verb says to a program.
#include "words/usage.h"

#include <string.h>

static const char around[] = "[]() ";

// A choice of words is written small; FILE and KIND stand for something.
static bool
is_small(tandem_slice word)
{
    for (size_t i = 0; i < word.len; i++) {
        if ((word.ptr[i] < 'a' || word.ptr[i] > 'z') &&
            (i == 0 || word.ptr[i] != '-')) {
            return false;
        }
    }
    return word.len > 0;
}

// The word at *at, without brackets; *at goes behind it.
static tandem_slice
take_word(const char **at)
{
    const char *word = *at + strspn(*at, around);
    size_t len = strcspn(word, around);

    *at = word + len;
    return tandem_bytes(word, len);
}

bool
usage_next_first(const char **at, tandem_slice *out)
{
    while (**at != '\0') {
        tandem_slice word = take_word(at);
        const char *bar = strstr(*at, " | ");

        *at = bar != NULL ? bar + 3 : *at + strlen(*at);
        if (is_small(word)) {
            *out = word;
            return true;
        }
    }
    return false;
}

bool
usage_next_value(
    const char **at, const char *option, size_t len, tandem_slice *out)
{
    while (**at != '\0') {
        tandem_slice word = take_word(at);

        if (word.len == len + 2 && memcmp(word.ptr, "--", 2) == 0 &&
            memcmp(word.ptr + 2, option, len) == 0) {
            *out = take_word(at);
            return true;
        }
    }
    return false;
}

bool
usage_values(
    const char *usage, const struct args_known *option, tandem_slice *out)
{
    if (!usage_next_value(&usage, option->name, option->len, out)) {
        return false;
    }
    for (int i = 1; i < option->values; i++) {
        const tandem_slice next = take_word(&usage);

        out->len = (size_t)(next.ptr + next.len - out->ptr);
    }
    return true;
}

bool
usage_has_word(const char *usage, const char *word)
{
    const size_t len = strlen(word);

    while (*usage != '\0') {
        const size_t all = strcspn(usage, "[]() |");
        size_t n = all;

        while (n > 0 && usage[n - 1] == '.') { // "ID..."
            n--;
        }
        if (n == len && memcmp(usage, word, len) == 0) {
            return true;
        }
        usage += all;
        usage += strspn(usage, "[]() |.");
    }
    return false;
}

bool
usage_begins_with_kind(const char *usage)
{
    tandem_slice word = take_word(&usage);

    return word.len == 4 && memcmp(word.ptr, "KIND", 4) == 0;
}

bool
usage_is_file(tandem_slice value)
{
    static const char *const files[] = {"FILE", "FILE.json", "OLD", "DIR"};

    for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
        if (strlen(files[i]) == value.len &&
            memcmp(files[i], value.ptr, value.len) == 0) {
            return true;
        }
    }
    return false;
}

bool
usage_has_file(const char *usage)
{
    bool value = false; // the word before was an option

    while (*usage != '\0') {
        tandem_slice word = take_word(&usage);

        if (!value && usage_is_file(word)) {
            return true;
        }
        value = word.len > 2 && memcmp(word.ptr, "--", 2) == 0;
    }
    return false;
}
