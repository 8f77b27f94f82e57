/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* run.json: what went into a run, and what came of it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/name.h"
#include "ctl/message.h"
#include "labd/link.h"
#include "labd/run.h"
#include "net/point.h"
#include "pki/digest.h"
#include "run/run.h"
#include "wireshark/sharkd.h"
#include "wireshark/wireshark.h"

#define RESERVE (1 << 20) /* bytes: run.json and what the steps said */

/* RFC 3339, UTC, milliseconds. */
static json_t *time_text(int64_t ns)
{
	time_t seconds = ns / NS_PER_S;
	char text[40];
	struct tm tm;

	(void)gmtime_r(&seconds, &tm);
	(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	return json_sprintf("%s.%03dZ", text, (int)(ns % NS_PER_S / NS_PER_MS));
}

static json_t *inputs(const struct run *run)
{
	char topology[DIGEST_TEXT] = "", experiment[DIGEST_TEXT] = "", manifest[DIGEST_TEXT] = "";
	char kept_topology[DIGEST_TEXT] = "", kept_experiment[DIGEST_TEXT] = "";
	const struct lab *lab = run->lab;
	auto_free char *path = xasprintf("%s/manifest.json", lab->options.image);
	const char *key = strrchr(lab->options.image, '/');

	(void)digest_file(lab->options.topology, topology, NULL);
	(void)digest_file(run->path, experiment, NULL);
	(void)digest_file(path, manifest, NULL);
	(void)digest_bytes(lab->topo.flat, strlen(lab->topo.flat), kept_topology, NULL);
	(void)digest_bytes(run->experiment.flat, strlen(run->experiment.flat), kept_experiment,
			   NULL);
	return json_pack("{s:{s:s, s:s, s:s}, s:{s:s, s:s, s:s}, s:o, s:{s:s, s:s}}", "topology",
			 "file", lab->options.origin, "sha256", topology, "kept-sha256",
			 kept_topology, "experiment", "file", run->path, "sha256", experiment,
			 "kept-sha256", kept_experiment, "parameters",
			 experiment_args_to_json(&run->experiment, &run->args), "image", "key",
			 key ? key + 1 : "", "manifest-sha256", manifest);
}

static json_t *versions(const struct run *run)
{
	char libvirt[24], qemu[24], wireshark[WIRESHARK_VERSION];

	hv_versions(run->lab->hv, libvirt, qemu);
	wireshark_version(SHARKD, wireshark);
	return json_pack("{s:s, s:s, s:s, s:s, s:s}", "wireshark", wireshark, "labd",
			 PACKAGE_VERSION, "libvirt", libvirt, "qemu", qemu, "accelerator",
			 run->lab->kvm ? "kvm" : "tcg");
}

static json_t *captures(const struct capture_stats *stats)
{
	return json_pack("{s:I, s:I, s:I}", "frames", (json_int_t)stats->frames, "bytes",
			 (json_int_t)stats->bytes, "dropped", (json_int_t)stats->dropped);
}

static json_t *counted_captures(const struct run *run)
{
	json_t *out = captures(&run->stats);

	(void)json_object_set_new(out, "ports", json_integer((json_int_t)run->n_captures));
	return out;
}

static json_t *facts(const struct experiment_outcome *outcome)
{
	json_t *out = json_object();

	for (size_t i = 0; i < outcome->n_facts; i++)
		(void)json_object_set_new(
			out, outcome->facts[i].name,
			json_text(outcome->facts[i].value ? outcome->facts[i].value : ""));
	return out;
}

/* steps/NAME.txt: what each step said, whatever the experiment saves by itself. */
static int save_outputs(const struct run *run, const struct experiment_outcome *outcome,
			struct err *err)
{
	auto_free char *dir = xasprintf("%s/steps", run->dir);
	int r = io_mkdirs(dir, 0700, err);

	for (size_t i = 0; r == 0 && i < outcome->n_steps; i++) {
		const struct experiment_step_report *step = &outcome->steps[i];
		auto_free char *name = name_portable(step->name);
		auto_free char *path = xasprintf("%s/%s.txt", dir, name);

		if (step->output)
			r = io_write_file(path, step->output, strlen(step->output), 0600, err);
	}
	return r;
}

/* How to read what went through the air; as secret as the captures. */
static int write_keys(const struct run *run, struct err *err)
{
	auto_free char *path = xasprintf("%s/wifi-keys.txt", run->dir);
	const struct lab *lab = run->lab;
	auto_str struct str text = { 0 };

	for (size_t i = 0; i < lab->points.n; i++) {
		const struct topo_point *point = &lab->points.list[i];
		auto_free char *name = run_capture_name(point->name);
		auto_free struct wireshark_wifi *wifi = NULL;
		size_t n = 0;

		if (net_air_of(point->name))
			lab->links[point->link].kind->keys(&lab->links[point->link], &wifi, &n);
		if (net_air_of(point->name))
			wireshark_wifi_from_tables(json_object_get(run->tables, "tables"), &wifi,
						   &n);
		if (!n)
			continue;
		if (!text.len)
			str_adds(&text, "Frames in wifi_*.pcapng are encrypted. With the "
					"passphrase Wireshark reads those of every\nstation whose "
					"four-way handshake (EAPOL) is in the file; it takes the "
					"same options as tshark.\n");
		str_addf(&text, "\ntshark -r '%s' -o wlan.enable_decryption:TRUE", name);
		for (size_t j = 0; j < n; j++) {
			str_adds(&text, " \\\n    -o 'uat:80211_keys:");
			wireshark_wifi_key(&wifi[j], &text);
			str_adds(&text, "'");
		}
		str_adds(&text, "\n");
	}
	if (!text.len)
		return 0;
	return io_write_file(path, text.data, text.len, 0600, err);
}

static int take_reserve(const char *dir, struct err *err)
{
	auto_free char *path = xasprintf("%s/.reserve", dir);
	auto_close int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int code = fd < 0 || unlink(path) < 0 ? errno : posix_fallocate(fd, 0, RESERVE);

	return code ? err_errno(err, code, "run '%s': %d KiB", dir, RESERVE >> 10) : take_fd(&fd);
}

int run_folder(const char *dir, struct err *err)
{
	int r = 0;

	if (mkdir(dir, 0700) < 0)
		return err_errno(err, errno, "run '%s'", dir);
	r = take_reserve(dir, err);
	if (r < 0)
		(void)rmdir(dir); /* nothing is left of a run that cannot even begin */
	return r;
}

json_t *run_begun(const struct run *run)
{
	return json_pack("{s:s, s:s, s:o, s:{}}", "dir", run->dir, "experiment",
			 run->experiment.name, "started", time_text(clock_real_ns()), "undo");
}

int run_record_interrupted(const json_t *begun, const char *lab, const char *reason,
			   const struct capture_stats *stats, struct err *err)
{
	const char *dir = json_get_text(begun, "dir", "");
	auto_json json_t *record =
		json_pack("{s:i, s:s, s:s, s:s, s:o, s:{s:s, s:s}}", "format", RUN_FORMAT, "lab",
			  lab, "experiment", json_get_text(begun, "experiment", "?"), "started",
			  json_get_text(begun, "started", ""), "captures", captures(stats),
			  "outcome", "result", "interrupted", "reason", reason);

	return run_save_record(dir, record, err);
}

int run_keep(const struct run *run, struct err *err)
{
	auto_free char *topology = run_path(run->dir, RUN_TOPOLOGY);
	auto_free char *experiment = run_path(run->dir, RUN_EXPERIMENT);
	const char *lab = run->lab->topo.flat, *what = run->experiment.flat;
	int r = io_write_file(topology, lab, strlen(lab), 0600, err);

	if (r == 0)
		r = io_write_file(experiment, what, strlen(what), 0600, err);
	return r == 0 ? write_keys(run, err) : r;
}

static int save_tables(const struct run *run, struct err *err)
{
	auto_free char *path = run_path(run->dir, RUN_TABLES);
	int r = run->tables ? json_save(run->tables, path, err) : 0;

	/* Once more: with the master keys that are among the tables. */
	return r == 0 ? write_keys(run, err) : r;
}

int run_record(const struct run *run, const struct experiment_outcome *outcome, json_t **result,
	       struct err *err)
{
	auto_json json_t *record = json_pack(
		"{s:i, s:s, s:s, s:o, s:f, s:o, s:o, s:O, s:O, s:o, s:o}", "format", RUN_FORMAT,
		"lab", run->lab->options.name, "experiment", run->experiment.name, "started",
		time_text(outcome->start_ns), "seconds", (double)outcome->duration_ns / NS_PER_S,
		"inputs", inputs(run), "versions", versions(run), "links", run->links, "events",
		run->events, "captures", counted_captures(run), "outcome",
		experiment_outcome_to_json(outcome));
	int r;

	r = save_outputs(run, outcome, err);
	if (r == 0)
		r = save_tables(run, err);
	if (r == 0)
		r = run_save_record(run->dir, record, err);
	if (r < 0)
		return r;
	*result =
		json_pack("{s:s, s:s, s:s?, s:f, s:I, s:I, s:I, s:o}", "run", run->dir, "outcome",
			  experiment_result_name(outcome->result), "reason", outcome->reason,
			  "seconds", (double)outcome->duration_ns / NS_PER_S, "frames",
			  (json_int_t)run->stats.frames, "dropped", (json_int_t)run->stats.dropped,
			  "captures", (json_int_t)run->n_captures, "facts", facts(outcome));
	return 0;
}
