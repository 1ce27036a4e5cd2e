// SPDX-License-Identifier: Apache-2.0
// packc_main.c - the build's own tool: packs/NAME.json into the built pack
// and into a C array that the command embeds.
//
//     tandem-packc IN.json OUT.pack OUT.h SYMBOL
//
// The outputs are written beside and renamed, so that an interrupted build
// leaves no half file that looks finished.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pack/pack_build.h"

static bool
write_bytes(FILE *f, tandem_slice s, const char *symbol)
{
    return symbol == NULL && fwrite(s.ptr, 1, s.len, f) == s.len;
}

static bool
write_array(FILE *f, tandem_slice s, const char *symbol)
{
    bool fine = fprintf(f,
                    "/* Built by tandem-packc; do not edit. */\n"
                    "static const unsigned char %s[%zu] = {",
                    symbol, s.len) > 0;

    for (size_t i = 0; i < s.len && fine; i++) {
        fine = fprintf(f, "%s%u,", i % 16 == 0 ? "\n    " : "",
                   (unsigned)s.ptr[i]) > 0;
    }
    return fine && fprintf(f, "\n};\n") > 0;
}

static bool
write_file(const char *path, tandem_slice s, const char *symbol,
    bool (*body)(FILE *, tandem_slice, const char *))
{
    char part[4096];
    FILE *f;
    bool fine;

    if (snprintf(part, sizeof part, "%s.part", path) >= (int)sizeof part) {
        errno = ENAMETOOLONG;
        return false;
    }
    f = fopen(part, "wb");
    if (f == NULL) {
        return false;
    }
    fine = body(f, s, symbol);
    fine = fclose(f) == 0 && fine;
    return fine && rename(part, path) == 0;
}

int
main(int argc, char **argv)
{
    tandem_error e = TANDEM_ERROR_INIT(tandem_lang_of(getenv("LANG")));
    tandem_pack *p = NULL;
    int rc = 1;

    if (argc != 5) {
        (void)fprintf(
            stderr, "usage: tandem-packc IN.json OUT.pack OUT.h SYMBOL\n");
        return 2;
    }
    if (pack_build(argv[1], &p, &e) != TANDEM_OK) {
        (void)fprintf(stderr, "%s: %s\n", argv[1], e.msg);
        return 1;
    }
    if (!write_file(argv[2], tandem_pack_bytes(p), NULL, write_bytes)) {
        (void)fprintf(stderr, "%s: %s\n", argv[2], strerror(errno));
    } else if (!write_file(
                   argv[3], tandem_pack_bytes(p), argv[4], write_array)) {
        (void)fprintf(stderr, "%s: %s\n", argv[3], strerror(errno));
    } else {
        rc = 0;
    }
    tandem_pack_free(p);
    return rc;
}
