// SPDX-License-Identifier: Apache-2.0
// fuzz_asked.c - a pattern, then a string: both are looked through whatever
// they hold, and what is found stays found with a word before it.
#include "schema/form.h"
#include "schema/watch.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/slice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const words[] = {"digicode", "code de l'entree", "depress*"};

static void
look(const char *match, tandem_slice s)
{
    tandem_check_info pattern = {.id = "p", .match = match};
    tandem_check_info places = {.id = "q", .places = 2};

    if (td_form_valid(match)) {
        (void)td_form_fits(&pattern, s);
    }
    (void)td_form_fits(&places, s);
    (void)td_watch_word_valid(match);
    for (int find = TANDEM_FIND_UNKNOWN; find <= TANDEM_FIND_NIR; find++) {
        tandem_watch_info w = {.id = "w",
            .find = (tandem_sought)find,
            .words = words,
            .word_count = sizeof words / sizeof words[0]};

        (void)td_watch_finds(&w, s);
        // What is found in a text is found in it with a word before it.
        if (find != TANDEM_FIND_UNKNOWN && td_watch_finds(&w, s)) {
            char *more = malloc(s.len + 2);

            TD_ASSERT(more != NULL);
            memcpy(more, ". ", 2);
            memcpy(more + 2, s.ptr, s.len);
            TD_ASSERT(td_watch_finds(&w, tandem_bytes(more, s.len + 2)));
            free(more);
        }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char match[128];
    size_t n = 0;

    while (n < size && n < sizeof match - 1 && data[n] != '\n' &&
           data[n] != '\0') {
        match[n] = (char)data[n];
        n++;
    }
    match[n] = '\0';
    n += n < size;
    look(match, tandem_bytes(data + n, size - n));
    return 0;
}
