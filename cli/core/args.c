// SPDX-License-Identifier: Apache-2.0
// args.c - the words and options of one command line.
#include "core/args.h"

#include <stdlib.h>
#include <string.h>

static const char global_options[] =
    "store= key-file= json as= exit-code yes help version";

struct short_option {
    char letter;
    const char *name;
};

static const struct short_option short_options[] = {
    {'h', "help"},
    {'o', "out"},
    {'y', "yes"},
};

const char *
args_globals(void)
{
    return global_options;
}

bool
args_next_known(const char **list, struct args_known *out)
{
    if (*list == NULL || **list == '\0') {
        return false;
    }
    out->name = *list;
    out->len = strcspn(*list, " =");
    *list += out->len;
    out->values = (int)strspn(*list, "=");
    *list += out->values;
    *list += strspn(*list, " ");
    return true;
}

// How many values the option takes; -1 when it is not in the list.
static int
values_of(const char *list, const char *name, size_t len)
{
    struct args_known k;

    while (args_next_known(&list, &k)) {
        if (k.len == len && strncmp(k.name, name, len) == 0) {
            return k.values;
        }
    }
    return -1;
}

struct walk {
    struct args *args;
    int argc, at;
    char **argv;
    const char *known;
    const char **bad;
};

// One option at argv[at] whose name is `name`, `len` long, with `inside` the
// value after `=` or NULL.
static enum args_fault
take_option(struct walk *w, const char *name, size_t len, const char *inside)
{
    struct args_option *o = &w->args->options[w->args->option_count];
    int values = values_of(global_options, name, len);
    static const char nothing[] = "";

    if (values < 0) {
        values = values_of(w->known, name, len);
    }
    if (values < 0 && w->known == NULL && w->args->verb != NULL) {
        return ARGS_FINE; // the verb's own: read again when that is known
    }
    *w->bad = w->argv[w->at];
    if (values < 0) {
        return ARGS_UNKNOWN_OPTION;
    }
    if (values == 0 && inside != NULL) {
        return ARGS_NO_FLAG;
    }
    if (w->argc - w->at - 1 < values - (inside != NULL)) {
        return ARGS_NO_VALUE;
    }
    o->name = name;
    o->value = values == 0 ? nothing : inside;
    if (values > 0 && inside == NULL) {
        o->value = w->argv[++w->at];
    }
    if (values > 1) {
        o->second = w->argv[++w->at];
    }
    w->args->option_count++;
    return ARGS_FINE;
}

static enum args_fault
take_short(struct walk *w, const char *arg)
{
    for (size_t i = 0; i < sizeof(short_options) / sizeof(*short_options);
         i++) {
        const struct short_option *s = &short_options[i];

        if (arg[1] == s->letter && arg[2] == '\0') {
            return take_option(w, s->name, strlen(s->name), NULL);
        }
    }
    if (w->known == NULL && w->args->verb != NULL) {
        return ARGS_FINE;
    }
    *w->bad = arg;
    return ARGS_UNKNOWN_OPTION;
}

// Is this word an option? `edit ... -=` and "-3" are words; only letters
// after a single dash make an option.
static bool
is_short(const char *arg)
{
    return arg[0] == '-' && arg[1] >= 'a' && arg[1] <= 'z' && arg[2] == '\0';
}

static enum args_fault
take(struct walk *w, bool *words_only)
{
    const char *arg = w->argv[w->at];
    const char *equals;

    if (*words_only || (strncmp(arg, "--", 2) != 0 && !is_short(arg))) {
        if (w->args->verb == NULL) {
            w->args->verb = arg;
        } else {
            w->args->words[w->args->word_count++] = arg;
        }
        return ARGS_FINE;
    }
    if (strcmp(arg, "--") == 0) {
        *words_only = true;
        return ARGS_FINE;
    }
    if (arg[1] != '-') {
        return take_short(w, arg);
    }
    equals = strchr(arg, '=');
    return take_option(w, arg + 2,
        equals != NULL ? (size_t)(equals - arg) - 2 : strlen(arg) - 2,
        equals != NULL ? equals + 1 : NULL);
}

enum args_fault
args_read(
    struct args *a, int argc, char **argv, const char *known, const char **bad)
{
    size_t room = argc > 0 ? (size_t)argc : 1;
    struct walk w = {a, argc, 1, argv, known, bad};
    enum args_fault fault = ARGS_FINE;
    bool words_only = false;

    memset(a, 0, sizeof(*a));
    a->words = calloc(room, sizeof(*a->words));
    a->options = calloc(room, sizeof(*a->options));
    if (a->words == NULL || a->options == NULL) {
        args_free(a);
        return ARGS_NO_MEMORY;
    }
    for (; w.at < argc && fault == ARGS_FINE; w.at++) {
        fault = take(&w, &words_only);
    }
    return fault;
}

void
args_free(struct args *a)
{
    free(a->words);
    free(a->options);
    memset(a, 0, sizeof(*a));
}

// An option's name ends at `=` or NUL.
static bool
named(const struct args_option *o, const char *name)
{
    size_t len = strlen(name);

    return strncmp(o->name, name, len) == 0 &&
           (o->name[len] == '\0' || o->name[len] == '=');
}

const struct args_option *
args_option_at(const struct args *a, const char *name, size_t i)
{
    for (size_t at = 0; at < a->option_count; at++) {
        if (named(&a->options[at], name) && i-- == 0) {
            return &a->options[at];
        }
    }
    return NULL;
}

const char *
args_option(const struct args *a, const char *name)
{
    const char *value = NULL;

    for (size_t at = 0; at < a->option_count; at++) {
        if (named(&a->options[at], name)) {
            value = a->options[at].value;
        }
    }
    return value;
}

bool
args_has(const struct args *a, const char *name)
{
    return args_option(a, name) != NULL;
}
