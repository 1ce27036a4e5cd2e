// SPDX-License-Identifier: Apache-2.0
// language.c - English or French, by the environment.
//
// The catalogues are found beside the executable first (a build folder, an
// unpacked archive), then where `install` puts them relative to it. French
// also works on machines without a French locale: any UTF-8 locale will do,
// with LANGUAGE naming the catalogue.
#include "core/language.h"

#include <libintl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// What the environment asks for: LANGUAGE counts unless the locale is
// plainly "C", as in gettext itself.
static const char *
wanted(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    const char *language = getenv("LANGUAGE");
    const char *locale = NULL;

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        locale = getenv(names[i]);
        if (locale != NULL && locale[0] != '\0') {
            break;
        }
        locale = NULL;
    }
    if (locale != NULL &&
        (strcmp(locale, "C") == 0 || strcmp(locale, "POSIX") == 0)) {
        return NULL;
    }
    return language != NULL && language[0] != '\0' ? language : locale;
}

// The folder of the executable with `below` after it, if catalogues are there.
static bool
catalogues(const char *below, char *out, size_t room)
{
    char self[3072], probe[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
    char *slash;

    if (n <= 0) {
        return false;
    }
    self[n] = '\0';
    slash = strrchr(self, '/');
    if (slash == NULL) {
        return false;
    }
    *slash = '\0';
    if (snprintf(out, room, "%s/%s", self, below) >= (int)room ||
        snprintf(probe, sizeof(probe), "%s/fr/LC_MESSAGES/tandem.mo", out) >=
            (int)sizeof(probe)) {
        return false;
    }
    return access(probe, R_OK) == 0;
}

tandem_lang
language_begin(void)
{
    const char *asked = wanted();
    tandem_lang lang = tandem_lang_of(asked);
    char folder[4000];

    // Numbers and dates are written by ourselves: only letters and
    // sentences follow the locale.
    if (setlocale(LC_CTYPE, "") == NULL) {
        (void)setlocale(LC_CTYPE, "C.UTF-8");
    }
    (void)setlocale(LC_MESSAGES, "");
    if (lang == TANDEM_FR) {
        const char *now = setlocale(LC_MESSAGES, NULL);

        if (now == NULL || strcmp(now, "C") == 0 || strcmp(now, "POSIX") == 0) {
            (void)setlocale(LC_MESSAGES, "C.UTF-8");
        }
        (void)setenv("LANGUAGE", "fr", 1);
    } else {
        // English is what the sentences are written in.
        (void)setenv("LANGUAGE", "en", 1);
    }
    if (catalogues("locale", folder, sizeof(folder)) ||
        catalogues("../share/locale", folder, sizeof(folder))) {
        (void)bindtextdomain("tandem", folder);
    }
    (void)bind_textdomain_codeset("tandem", "UTF-8");
    (void)textdomain("tandem");
    return lang;
}
