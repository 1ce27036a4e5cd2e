// SPDX-License-Identifier: Apache-2.0
// manual.c - manual: the page, and completion for three shells.
#include <string.h>

#include "words/manual.h"
#include "words/verbs.h"

int
verb_manual(struct cli *c)
{
    static const char *const shells[] = {"bash", "zsh", "fish"};
    const char *what = c->args.word_count > 0 ? c->args.words[0] : "man";
    tandem_error e = cli_no_error(c);

    if (strcmp(what, "man") == 0) {
        manual_page();
        return CLI_DONE;
    }
    for (size_t i = 0; i < sizeof(shells) / sizeof(*shells); i++) {
        if (strcmp(what, shells[i]) == 0) {
            return completion_script((enum completion_shell)i, &e) == TANDEM_OK
                       ? CLI_DONE
                       : cli_fail(c, &e);
        }
    }
    return cli_bad_use(
        c, _("usage: tandem %s %s"), "manual", "[man | bash | zsh | fish]");
}
