// SPDX-License-Identifier: Apache-2.0
// completion.c - what completes a line of `tandem` in bash, zsh and fish.
//
// bash and zsh share the middle of their scripts: from $verb, $prev, $cur and
// $first (is it the word behind the verb?) it sets $list, words to choose
// from, or $files. Kinds are those of the service; no store is opened, so
// that no key is asked for while a line is being typed.
#include <stdio.h>
#include <string.h>

#include "core/service.h"
#include "words/help.h"
#include "words/manual.h"
#include "words/meaning.h"
#include "words/usage.h"

static void
put(tandem_slice s)
{
    (void)fwrite(s.ptr, 1, s.len, stdout);
}

static void
put_verbs(void)
{
    const struct verb *v;

    for (size_t i = 0; (v = verb_at(i)) != NULL; i++) {
        (void)printf("%s%s", i > 0 ? " " : "", v->name);
    }
}

static tandem_err
put_kinds_of(tandem_slice built, tandem_error *e)
{
    tandem_pack *pack = NULL;
    tandem_schema *schema = NULL;
    tandem_err err = tandem_pack_parse(built, &pack, e);

    if (err != TANDEM_OK) {
        return err;
    }
    err = tandem_pack_schema(pack, &schema);
    if (err != TANDEM_OK) {
        err = cli_error(e, err, "%s", _("out of memory"));
    } else {
        for (size_t i = 0; i < tandem_schema_kind_count(schema); i++) {
            const char *id = tandem_schema_kind_at(schema, i)->id;
            const char *slash = strrchr(id, '/');

            (void)printf("%s ", slash != NULL ? slash + 1 : id);
        }
    }
    tandem_schema_free(schema);
    tandem_pack_free(pack);
    return err;
}

static tandem_err
put_kinds(tandem_error *e)
{
    tandem_err err = TANDEM_OK;

    for (size_t i = 0; i < SERVICE_PACKS && err == TANDEM_OK; i++) {
        err = put_kinds_of(service_pack(i), e);
    }
    return err;
}

// " --sector --why": the names of a list of options.
static void
put_options(const char *list)
{
    struct args_known k;

    while (args_next_known(&list, &k)) {
        (void)printf(" --%.*s", (int)k.len, k.name);
    }
}

// "--store|--key-file": options of every verb that take a value.
static void
put_global_takers(const char *between)
{
    const char *list = args_globals(), *before = "";
    struct args_known k;

    while (args_next_known(&list, &k)) {
        if (k.values > 0) {
            (void)printf("%s--%.*s", before, (int)k.len, k.name);
            before = between;
        }
    }
}

enum value { VALUE_ANY, VALUE_FILE, VALUE_KIND, VALUE_CHOICE };

// What an option of a usage line takes.
static enum value
value_of(const char *usage, const struct args_known *k)
{
    tandem_slice value;
    enum value what = VALUE_ANY;

    while (usage_next_value(&usage, k->name, k->len, &value)) {
        if (usage_is_file(value)) {
            return VALUE_FILE;
        }
        if (value.len == 1 && value.ptr[0] == 'K' && k->len == strlen("kind")) {
            return VALUE_KIND;
        }
        if (memchr(value.ptr, '|', value.len) != NULL) {
            what = VALUE_CHOICE;
        }
    }
    return what;
}

// "reader|agent" and "admin" as words.
static void
put_choices(const char *usage, const struct args_known *k)
{
    const char *before = "";
    tandem_slice value;

    while (usage_next_value(&usage, k->name, k->len, &value)) {
        (void)fputs(before, stdout);
        for (size_t i = 0; i < value.len; i++) {
            (void)putchar(value.ptr[i] == '|' ? ' ' : value.ptr[i]);
        }
        before = " ";
    }
}

// ---------------------------------------------------------------- bash, zsh

// One arm for each option of the verb that takes a value.
static void
arms_of_values(const char *verb, const char *options, const char *usage)
{
    struct args_known k;

    while (args_next_known(&options, &k)) {
        if (k.values == 0) {
            continue;
        }
        (void)printf("    %s:--%.*s)", verb, (int)k.len, k.name);
        switch (value_of(usage, &k)) {
        case VALUE_FILE:
            (void)fputs(" files=1", stdout);
            break;
        case VALUE_KIND:
            (void)fputs(" list=$kinds", stdout);
            break;
        case VALUE_CHOICE:
            (void)fputs(" list='", stdout);
            put_choices(usage, &k);
            (void)putchar('\'');
            break;
        case VALUE_ANY:
            break;
        }
        (void)puts(" ;;");
    }
}

// What may stand behind the verb.
static void
arm_of_first(const struct verb *v)
{
    const char *at = v->args, *before = "";
    tandem_slice word;

    if (usage_begins_with_kind(v->args)) {
        (void)printf("        %s) list=$kinds ;;\n", v->name);
        return;
    }
    if (!usage_next_first(&at, &word)) {
        return;
    }
    (void)printf("        %s) list='", v->name);
    do {
        (void)fputs(before, stdout);
        put(word);
        before = " ";
    } while (usage_next_first(&at, &word));
    (void)puts("' ;;");
}

static void
middle(void)
{
    const struct verb *v;

    (void)puts("    case $verb:$prev in");
    for (size_t i = 0; (v = verb_at(i)) != NULL; i++) {
        arms_of_values(v->name, v->options, v->args);
    }
    arms_of_values("*", args_globals(), "--store DIR --key-file FILE");
    (void)puts("    *) case $cur in\n    -*)");
    (void)fputs("        list='", stdout);
    put_options(args_globals());
    (void)puts("'\n        case $verb in");
    for (size_t i = 0; (v = verb_at(i)) != NULL; i++) {
        if (v->options[0] != '\0') {
            (void)printf("        %s) list=\"$list", v->name);
            put_options(v->options);
            (void)puts("\" ;;");
        }
    }
    (void)puts("        esac ;;\n    *) case $first$verb in");
    (void)fputs("        '') list='", stdout);
    put_verbs();
    (void)puts("' ;;\n        esac\n"
               "        [ -z \"$first\" ] || case $verb in");
    for (size_t i = 0; (v = verb_at(i)) != NULL; i++) {
        arm_of_first(v);
    }
    (void)puts("        esac\n        case $verb in");
    for (size_t i = 0; (v = verb_at(i)) != NULL; i++) {
        if (usage_has_file(v->args)) {
            (void)printf(
                "        %s) [ -n \"$list\" ] || files=1 ;;\n", v->name);
        }
    }
    (void)puts("        esac ;;\n    esac ;;\n    esac");
}

static tandem_err
bash(tandem_error *e)
{
    tandem_err err;

    (void)fputs("# Made by `tandem manual bash`.\n_tandem()\n{\n"
                "    local cur=${COMP_WORDS[COMP_CWORD]}\n"
                "    local prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
                "    local verb= first= list= files= i kinds='",
        stdout);
    err = put_kinds(e);
    (void)fputs("'\n    for ((i = 1; i < COMP_CWORD; i++)); do\n"
                "        case ${COMP_WORDS[i]} in\n        ",
        stdout);
    put_global_takers("|");
    (void)puts(") ((i++)) ;;\n        -*) ;;\n"
               "        *) verb=${COMP_WORDS[i]}; break ;;\n        esac\n"
               "    done\n"
               "    ((COMP_CWORD == i + 1)) && first=1");
    middle();
    (void)puts("    COMPREPLY=()\n    if [ -n \"$files\" ]; then\n"
               "        compopt -o default\n    else\n"
               "        mapfile -t COMPREPLY < <(compgen -W \"$list\" -- "
               "\"$cur\")\n    fi\n}\ncomplete -F _tandem tandem");
    return err;
}

static tandem_err
zsh(tandem_error *e)
{
    tandem_err err;

    (void)fputs("#compdef tandem\n# Made by `tandem manual zsh`.\n"
                "local cur=${words[CURRENT]} prev=${words[CURRENT-1]}\n"
                "local verb= first= list= files= i kinds='",
        stdout);
    err = put_kinds(e);
    (void)fputs("'\nfor ((i = 2; i < CURRENT; i++)); do\n"
                "    case ${words[i]} in\n    ",
        stdout);
    put_global_takers("|");
    (void)puts(") ((i++)) ;;\n    -*) ;;\n"
               "    *) verb=${words[i]}; break ;;\n    esac\ndone\n"
               "((CURRENT == i + 1)) && first=1");
    middle();
    (void)puts("if [ -n \"$files\" ]; then\n    _files\nelse\n"
               "    compadd -- ${=list}\nfi");
    return err;
}

// --------------------------------------------------------------------- fish

// A sentence in single quotes.
static void
fish_says(const char *text)
{
    (void)fputs(" -d '", stdout);
    for (; *text != '\0'; text++) {
        if (*text == '\'' || *text == '\\') {
            (void)putchar('\\');
        }
        (void)putchar(*text);
    }
    (void)putchar('\'');
}

static void
fish_option(const struct args_known *k, const char *usage)
{
    (void)printf(" -l %.*s", (int)k->len, k->name);
    if (k->values == 0) {
        return;
    }
    switch (value_of(usage, k)) {
    case VALUE_FILE:
        (void)fputs(" -r -F", stdout);
        break;
    case VALUE_KIND:
        (void)fputs(" -x -a \"$__tandem_kinds\"", stdout);
        break;
    case VALUE_CHOICE:
        (void)fputs(" -x -a '", stdout);
        put_choices(usage, k);
        (void)putchar('\'');
        break;
    case VALUE_ANY:
        (void)fputs(" -x", stdout);
        break;
    }
}

static void
fish_verb(const struct verb *v)
{
    const char *options = v->options, *at = v->args, *does;
    struct args_known k;
    tandem_slice word;

    (void)printf("complete -c tandem -n '__tandem_verb \"\"' -a %s", v->name);
    fish_says(_(v->does));
    (void)putchar('\n');
    while (args_next_known(&options, &k)) {
        (void)printf("complete -c tandem -n '__tandem_verb %s'", v->name);
        fish_option(&k, v->args);
        does = meaning_of_option(v, &k);
        if (does != NULL) {
            fish_says(_(does));
        }
        (void)putchar('\n');
    }
    if (usage_begins_with_kind(v->args)) {
        (void)printf("complete -c tandem -n '__tandem_verb %s first' "
                     "-a \"$__tandem_kinds\"\n",
            v->name);
    }
    while (usage_next_first(&at, &word)) {
        (void)printf(
            "complete -c tandem -n '__tandem_verb %s first' -a ", v->name);
        put(word);
        (void)putchar('\n');
    }
    if (usage_has_file(v->args)) {
        (void)printf("complete -c tandem -n '__tandem_verb %s' -F\n", v->name);
    }
}

// How many values they take stands in one list, what they do in another.
static void
fish_globals(void)
{
    const char *list = args_globals();
    const struct help_global *g;
    struct args_known k;

    while (args_next_known(&list, &k)) {
        (void)fputs("complete -c tandem", stdout);
        fish_option(&k, "--store DIR --key-file FILE");
        for (size_t i = 0; (g = help_global_at(i)) != NULL; i++) {
            if (strncmp(g->shown + 2, k.name, k.len) == 0 &&
                (g->shown[2 + k.len] == '\0' || g->shown[2 + k.len] == ' ')) {
                fish_says(_(g->does));
            }
        }
        (void)putchar('\n');
    }
}

static tandem_err
fish(tandem_error *e)
{
    const struct verb *v;
    tandem_err err;

    (void)fputs(
        "# Made by `tandem manual fish`.\nset -g __tandem_kinds '", stdout);
    err = put_kinds(e);
    (void)fputs("'\n\n# Is this the verb, and, if asked, is it the last word?\n"
                "function __tandem_verb\n"
                "    set -l typed (commandline -opc)\n"
                "    set -e typed[1]\n"
                "    while set -q typed[1]\n"
                "        switch $typed[1]\n"
                "            case ",
        stdout);
    put_global_takers(" ");
    (void)puts("\n                set -e typed[1]\n"
               "                set -q typed[1]; and set -e typed[1]\n"
               "            case '-*'\n"
               "                set -e typed[1]\n"
               "            case '*'\n"
               "                break\n"
               "        end\n"
               "    end\n"
               "    test \"$typed[1]\" = \"$argv[1]\"; or return 1\n"
               "    test (count $argv) -lt 2; or test (count $typed) -eq 1\n"
               "end\n\n"
               "complete -c tandem -f");
    fish_globals();
    for (size_t i = 0; (v = verb_at(i)) != NULL; i++) {
        fish_verb(v);
    }
    return err;
}

tandem_err
completion_script(enum completion_shell shell, tandem_error *e)
{
    switch (shell) {
    case COMPLETION_BASH:
        return bash(e);
    case COMPLETION_ZSH:
        return zsh(e);
    case COMPLETION_FISH:
        break;
    }
    return fish(e);
}
