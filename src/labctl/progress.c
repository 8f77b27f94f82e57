/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a lab comes up, on stderr. */
#include "labctl/progress.h"

#include <string.h>
#include <sys/ioctl.h>

#include "base/clock.h"
#include "labctl/out.h"

static const char *const stages[] = { "boot", "ssh", "provision", "check", "ready" };
#define READY ((int)ARRAY_SIZE(stages) - 1)
#define WAIT_S 20 /* between two words on a node that stays where it is */

static double seconds_since(int64_t then)
{
	return (double)(clock_mono_ns() - then) / NS_PER_S;
}

void progress_terminal(int fd, int *rows, int *columns)
{
	const char *term = getenv("TERM");
	struct winsize size;

	*rows = *columns = 0;
	if (!isatty(fd) || !term || strcmp(term, "dumb") == 0 || ioctl(fd, TIOCGWINSZ, &size) < 0)
		return;
	*rows = size.ws_row;
	*columns = size.ws_col;
}

void progress_init(struct progress *p, FILE *file, int rows, int columns, const struct plan *plan)
{
	bool fits = columns >= 40 && (size_t)rows > plan->n_nodes + 2;

	*p = (struct progress){ .file = file,
				.columns = fits ? columns : 0,
				.start = clock_mono_ns() };
	for (size_t i = 0; i < plan->n_nodes; i++) {
		struct progress_node *node = array_add(p->nodes, p->n_nodes);
		int width = (int)strlen(plan->nodes[i].name);

		node->name = xstrdup(plan->nodes[i].name);
		node->stage = -1;
		p->name_width = width > p->name_width ? width : p->name_width;
	}
}

static struct progress_node *find_node(struct progress *p, const char *name)
{
	for (size_t i = 0; i < p->n_nodes; i++)
		if (strcmp(p->nodes[i].name, name) == 0)
			return &p->nodes[i];
	return NULL;
}

/* Bytes of text that fit into so many columns, whole characters only. */
static int fitting(const char *text, int columns)
{
	int n = 0;

	for (; text[n]; n++)
		if (((unsigned char)text[n] & 0xc0) != 0x80 && columns-- <= 0)
			break;
	return n;
}

static void draw_node(const struct progress *p, const struct progress_node *node)
{
	const char *detail = node->detail && node->stage != READY ? node->detail : "";
	const char *stage = node->stage < 0 ? "waits" : stages[node->stage];
	double s = node->stage == READY ? (double)(node->changed - p->start) / NS_PER_S
					: seconds_since(p->start);
	char bar[ARRAY_SIZE(stages) + 1];
	int left = p->columns - p->name_width - (int)ARRAY_SIZE(stages) - 27;

	memset(bar, '.', sizeof(bar) - 1);
	memset(bar, '#', (size_t)node->stage + 1);
	bar[sizeof(bar) - 1] = '\0';
	fprintf(p->file, "  %-*s  %s  %-9s %6.1f s  %.*s\033[K\n", p->name_width, node->name, bar,
		stage, s, fitting(detail, left), detail);
}

/* Takes the lines that stand away, so that others can come in their place. */
static void undraw(struct progress *p)
{
	if (p->drawn)
		fprintf(p->file, "\033[%dA\r\033[J", p->drawn);
	p->drawn = 0;
}

static void draw(struct progress *p)
{
	if (!p->columns)
		return;
	if (p->drawn)
		fprintf(p->file, "\033[%dA\r", p->drawn);
	for (size_t i = 0; i < p->n_nodes; i++)
		draw_node(p, &p->nodes[i]);
	p->drawn = (int)p->n_nodes;
	(void)fflush(p->file);
}

static void take_stage(struct progress *p, const json_t *event)
{
	struct progress_node *node = find_node(p, json_get_text(event, "node", ""));
	const char *stage = json_get_text(event, "stage", "");
	const char *detail = json_get_text(event, "detail", NULL);

	if (!node)
		return;
	for (int i = 0; i <= READY; i++) {
		if (strcmp(stages[i], stage) != 0 || i == node->stage)
			continue;
		node->stage = i;
		node->told = node->changed = clock_mono_ns();
		if (!p->columns)
			fprintf(p->file, "%6.1f s  %-*s  %s\n", seconds_since(p->start),
				p->name_width, node->name, stage);
	}
	free(node->detail);
	node->detail = detail ? out_clean(detail, false) : NULL;
}

void progress_event(struct progress *p, const json_t *event)
{
	const char *type = json_get_text(event, "type", "");
	auto_free char *text = NULL;

	if (strcmp(type, "stage") == 0) {
		take_stage(p, event);
	} else if (strcmp(type, "note") == 0) {
		text = out_clean(json_get_text(event, "text", ""), false);
		undraw(p);
		fprintf(p->file, "  note: %s\n", text);
	}
	draw(p);
}

/* Where lines stay, what a node waits for is told of one that waits for long, and not too often. */
static void tell_wait(const struct progress *p, struct progress_node *node)
{
	if (node->stage < 0 || node->stage == READY || !node->detail || !*node->detail ||
	    seconds_since(node->told) < WAIT_S)
		return;
	node->told = clock_mono_ns();
	fprintf(p->file, "%6.1f s  %-*s  %s: %s\n", seconds_since(p->start), p->name_width,
		node->name, stages[node->stage], node->detail);
}

void progress_tick(struct progress *p)
{
	for (size_t i = 0; !p->columns && i < p->n_nodes; i++)
		tell_wait(p, &p->nodes[i]);
	draw(p);
}

void progress_end(struct progress *p)
{
	p->drawn = 0;
	(void)fflush(p->file);
}

void progress_free(struct progress *p)
{
	for (size_t i = 0; i < p->n_nodes; i++) {
		free(p->nodes[i].name);
		free(p->nodes[i].detail);
	}
	free(p->nodes);
	*p = (struct progress){ 0 };
}
