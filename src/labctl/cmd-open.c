/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* labctl open: Wireshark on a run, with the keys, or on the running labs. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "labctl/out.h"
#include "labctl/ports.h"
#include "run/run.h"
#include "run/runs.h"
#include "wireshark/wireshark.h"

#define WORDS_MAX 64 /* of Wireshark's command line */

/* Wireshark's command line; words are owned. */
struct line {
	char *words[WORDS_MAX + 1];
	size_t n;
};

static void add_word(struct line *line, char *word)
{
	if (line->n < WORDS_MAX)
		line->words[line->n++] = word;
	else
		free(word);
}

static void line_free(struct line *line)
{
	for (size_t i = 0; i < line->n; i++)
		free(line->words[i]);
}
AUTO_DEFINE(line_auto, struct line, line_free)
#define auto_line AUTO(line_autop)

static void add_option(struct line *line, char *option)
{
	add_word(line, xstrdup("-o"));
	add_word(line, option);
}

static void add_key(const struct wireshark_wifi *wifi, struct line *line)
{
	auto_str struct str key = { 0 };

	str_adds(&key, "uat:80211_keys:");
	wireshark_wifi_key(wifi, &key);
	add_option(line, str_take(&key));
}

/* Of the run's Wi-Fi networks: passphrases, where its topology can be read, and master keys, where
 * its tables can. */
static void add_keys(const struct labctl *l, const char *dir, struct line *line)
{
	auto_free char *path = run_path(dir, RUN_TABLES);
	auto_free struct wireshark_wifi *keys = NULL;
	auto_topo struct topo topo = { 0 };
	auto_json json_t *tables = NULL;
	size_t n = 0;

	ports_topology(l, dir, &topo);
	for (size_t i = 0; i < topo.n_links; i++)
		for (size_t j = 0; j < topo.links[i].n_networks; j++) {
			const struct topo_ssid *network = &topo.links[i].networks[j];

			if (topo_passphrase_opens(network))
				*array_add(keys, n) = (struct wireshark_wifi){
					.ssid = network->ssid, .passphrase = network->passphrase
				};
		}
	if (json_open(path, &tables, NULL) == 0)
		wireshark_wifi_from_tables(json_object_get(tables, "tables"), &keys, &n);
	if (n)
		add_option(line, xstrdup("wlan.enable_decryption:TRUE"));
	for (size_t i = 0; i < n; i++)
		add_key(&keys[i], line);
}

static int add_capture(const char *dir, const char *hop, struct line *line, struct err *err)
{
	auto_free char *path = run_capture_path(dir, hop ? hop : "all");

	if (access(path, R_OK) < 0)
		return err_set(err, ENOENT, "run '%s': has no capture of '%s'", dir,
			       hop ? hop : "all hops");
	add_word(line, xstrdup("-r"));
	add_word(line, take_ptr(path));
	return 0;
}

/* N: where Wireshark's list stands. */
static int add_frame(const char *n, struct line *line, struct err *err)
{
	unsigned long number;

	if (!n)
		return 0;
	if (str_to_ulong(n, 1, UINT32_MAX, &number) < 0)
		return err_set(err, EINVAL, "--frame: '%s' is not a frame number", n);
	add_word(line, xstrdup("-g"));
	add_word(line, xasprintf("%lu", number));
	return 0;
}

/* As a line for a shell. */
static void print_line(const struct labctl *l, const struct line *line)
{
	auto_str struct str text = { 0 };
	json_t *words = json_array();
	auto_json json_t *answer = json_pack("{s:o}", "command", words);

	for (size_t i = 0; i < line->n; i++) {
		str_adds(&text, i ? " " : "");
		str_add_quoted(&text, line->words[i]);
		(void)json_array_append_new(words, json_text(line->words[i]));
	}
	if (l->json)
		out_json(answer, false);
	else
		out_line(str_text(&text));
}

static int start(const struct labctl *l, const struct line *line)
{
	struct err err = ERR_INIT;

	(void)execvp(line->words[0], line->words);
	(void)err_set(&err, errno, "'%s': %s%s", line->words[0], strerror(errno),
		      errno == ENOENT ? "; apt-get install wireshark, or see --print" : "");
	return out_error(l, EXIT_FAILED, &err);
}

/* Wireshark with the labs' ports in its own list. */
static int prepare_live(const struct labctl *l, struct err *err)
{
	auto_free char *folder = xasprintf("%s/extcap", l->paths.libexec);

	if (access(folder, X_OK) < 0)
		return err_errno(err, errno, "'%s'", folder);
	return setenv("WIRESHARK_EXTCAP_DIR", folder, 1);
}

int cmd_open(struct labctl *l, const struct args *a)
{
	const char *run = a->n_operands ? a->operands[0] : NULL;
	const char *hop = a->n_operands > 1 ? a->operands[1] : NULL;
	const char *frame = args_get(a, "frame");
	bool live = args_get(a, "live"), print = args_get(a, "print");
	auto_line struct line line = { 0 };
	struct err err = ERR_INIT;
	auto_free char *dir = NULL;
	int r;

	add_word(&line, xstrdup("wireshark"));
	if (live && (run || print || frame))
		return out_error(
			l, EXIT_USAGE,
			(err_set(&err, EINVAL, "--live: takes no run and no other option"), &err));
	if (add_frame(frame, &line, &err) < 0)
		return out_error(l, EXIT_USAGE, &err);
	r = live ? prepare_live(l, &err) : runs_find(l->paths.runs, run, &dir, &err);
	if (r == 0 && dir)
		r = add_capture(dir, hop, &line, &err);
	if (r < 0)
		return out_error(l, EXIT_FAILED, &err);
	if (dir)
		add_keys(l, dir, &line);
	if (print) {
		print_line(l, &line);
		return EXIT_DONE;
	}
	if (dir && !hop)
		fprintf(stderr,
			"All hops in one file: Wireshark's analysis of TCP and TLS holds only "
			"within one hop; to see one: labctl open %s NODE:NIC\n",
			run ? run : dir);
	return start(l, &line);
}
