// SPDX-License-Identifier: Apache-2.0
// html_chart.c - charts as inline SVG.
#include "page/html_chart.h"

#include <inttypes.h>

// Of the drawing, in its own units.
enum { WIDTH = 640, ROW = 44, BARS_WIDTH = 540, HEIGHT = 130, TOP = 20 };

static int64_t
greatest(const struct chart_bar *bars, size_t count)
{
    int64_t most = 1;

    for (size_t i = 0; i < count; i++) {
        most = bars[i].n > most ? bars[i].n : most;
    }
    return most;
}

// What has a goal is measured by it: doors and months have no common scale.
static int64_t
scale_of(const struct chart_bar *bar, int64_t most)
{
    return bar->goal <= 0 ? most : bar->n > bar->goal ? bar->n : bar->goal;
}

// `n` of `most` as a length; in floating point, as numbers may be any.
static double
length(int64_t n, int64_t most, int whole)
{
    return n <= 0 ? 0 : (double)n / (double)most * whole;
}

static void
begin(struct html *h, const char *id, const char *title, int height)
{
    html_mark(h,
        "<svg role=\"img\" aria-labelledby=\"%s-t\" aria-describedby=\"%s-d\" "
        "viewBox=\"0 0 %d %d\">\n<title id=\"%s-t\">",
        id, id, (int)WIDTH, height, id);
    html_text(h, title);
    html_mark(h, "</title>\n<desc id=\"%s-d\">", id);
}

void
chart_bars(struct html *h, const char *id, const char *title,
    const struct chart_bar *bars, size_t count)
{
    const int64_t most = greatest(bars, count);

    begin(h, id, title, (int)(count * ROW));
    for (size_t i = 0; i < count; i++) {
        html_say(
            h, "%s%s, %s", i > 0 ? "; " : "", bars[i].label, bars[i].number);
    }
    html_put(h, "</desc>\n");
    for (size_t i = 0; i < count; i++) {
        const int y = (int)(i * ROW);
        const int64_t scale = scale_of(&bars[i], most);
        const double wide = length(bars[i].n, scale, BARS_WIDTH);

        html_mark(h, "<text x=\"0\" y=\"%d\">", y + 14);
        html_text(h, bars[i].label);
        html_mark(h,
            "</text><rect class=\"bar\" x=\"0\" y=\"%d\" width=\"%.1f\" "
            "height=\"16\"/>",
            y + 20, wide);
        if (bars[i].goal > 0) {
            const double x = length(bars[i].goal, scale, BARS_WIDTH);

            html_mark(h,
                "<line class=\"goal\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" "
                "y2=\"%d\"/>",
                x, x, y + 17, y + 39);
        }
        html_mark(h, "<text x=\"%d\" y=\"%d\">", BARS_WIDTH + 10, y + 33);
        html_text(h, bars[i].number);
        html_put(h, "</text>\n");
    }
    html_put(h, "</svg>\n");
}

void
chart_columns(struct html *h, const char *id, const char *title,
    const char *desc, const struct chart_bar *bars, size_t count)
{
    const int64_t most = greatest(bars, count);
    const double step = (double)WIDTH / (double)(count > 0 ? count : 1);

    begin(h, id, title, HEIGHT + TOP + 20);
    html_text(h, desc);
    html_mark(h, "</desc>\n<text x=\"0\" y=\"14\">%" PRId64 "</text>\n", most);
    for (size_t i = 0; i < count; i++) {
        const double high = length(bars[i].n, most, HEIGHT);

        html_mark(h,
            "<rect class=\"bar\" x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" "
            "height=\"%.1f\"/>\n",
            step * (double)i, TOP + HEIGHT - high, step * 0.8, high);
    }
    html_mark(h,
        "<line class=\"line\" x1=\"0\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>\n",
        (int)WIDTH, HEIGHT + TOP, HEIGHT + TOP);
    if (count > 0) {
        html_mark(h, "<text x=\"0\" y=\"%d\">", HEIGHT + TOP + 16);
        html_text(h, bars[0].label);
        html_put(h, "</text>\n");
    }
    if (count > 1) {
        html_mark(h, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">", (int)WIDTH,
            HEIGHT + TOP + 16);
        html_text(h, bars[count - 1].label);
        html_put(h, "</text>\n");
    }
    html_put(h, "</svg>\n");
}
