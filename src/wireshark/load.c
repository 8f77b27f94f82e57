/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The capture that is looked at: by sharkd, or by what is kept of its answers. */
#include <errno.h>
#include <string.h>

#include "wireshark/data.h"
#include "wireshark/question.h"

/* --- sharkd --- */

int question_wrong(int r, const char *kind, const char *text, struct err *err)
{
	static const char prefix[] = "Filter invalid - ";
	struct err words;

	if (r != -EBADMSG)
		return r;
	if (!err)
		return -EINVAL;
	words = *err;
	return err_set(err, EINVAL, "%s '%s': %s", kind, text,
		       words.msg + (str_prefix(words.msg, prefix) ? strlen(prefix) : 0));
}

static int start(struct wireshark *ws, struct err *err)
{
	auto_free char *data = ws->sharkd ? NULL : data_folder(ws->cache, &ws->manner);
	int r;

	if (ws->sharkd)
		return 0;
	r = sharkd_start(ws->program, data, ws->patience, &ws->sharkd, err);
	/* A segment that was lost and comes later is a part of the stream too. */
	if (r == 0)
		r = sharkd_set(ws->sharkd, "tcp.reassemble_out_of_order", "TRUE", err);
	if (r == 0)
		r = question_wrong(manner_set(ws->sharkd, &ws->manner, err), "preference",
				   "80211_keys", err);
	if (r < 0)
		sharkd_free(take_ptr(ws->sharkd));
	return r;
}

/* sharkd has it now. 1: the file ends inside a frame. */
static int load(struct wireshark *ws, struct err *err)
{
	int r = start(ws, err);

	if (r == 0)
		r = sharkd_load(ws->sharkd, ws->path, err);
	if (r < 0)
		return question_wrong(r, "capture", ws->path, err);
	ws->loads++;
	ws->at_sharkd = true;
	return r;
}

int question_ask(struct wireshark *ws, const char *method, json_t *params, json_t **ret,
		 struct err *err)
{
	int r = ws->at_sharkd ? 0 : load(ws, err);

	if (r >= 0)
		return sharkd_ask(ws->sharkd, method, params, ret, err);
	json_decref(params);
	return r;
}

/* --- what is kept --- */

const json_t *question_kept(const struct wireshark *ws, const char *question)
{
	return ws->keep ? keep_find(ws->keep, question) : NULL;
}

void question_keep(struct wireshark *ws, const char *question, json_t *answer)
{
	if (ws->keep)
		keep_add(ws->keep, question, answer, ws->sharkd);
	else
		json_decref(answer);
}

/* All that the answers depend on, but for Wireshark itself. */
static struct keep *open_keep(struct wireshark *ws)
{
	auto_str struct str text = { 0 };
	char key[DIGEST_TEXT];

	if (!ws->cache || digest_file(ws->path, ws->digest, NULL) < 0)
		return NULL;
	str_addf(&text, "capture %s\n", ws->digest);
	manner_describe(&ws->manner, &text);
	return digest_bytes(text.data, text.len, key, NULL) == 0
		       ? keep_open(ws->cache, ws->program, key)
		       : NULL;
}

void question_unload(struct wireshark *ws)
{
	char now[DIGEST_TEXT];

	/* What was changed meanwhile may be what was answered about. */
	if (ws->keep && ws->at_sharkd &&
	    (digest_file(ws->path, now, NULL) < 0 || !str_eq(now, ws->digest)))
		keep_forget(ws->keep);
	ws->saved |= keep_close(take_ptr(ws->keep));
	free(take_ptr(ws->loaded));
	free(take_ptr(ws->path));
	ws->at_sharkd = false;
	ws->cut = false;
	ws->hidden = false;
}

/* --- a capture --- */

int question_look_at(struct wireshark *ws, char *path, struct err *err)
{
	const json_t *kept;
	int r;

	question_unload(ws);
	ws->path = path;
	ws->keep = open_keep(ws);
	kept = question_kept(ws, "load");
	r = kept ? json_is_true(kept) : load(ws, err);
	if (r < 0)
		return r;
	if (!kept)
		question_keep(ws, "load", json_boolean(r));
	ws->cut = r > 0;
	return 0;
}

int question_load_path(struct wireshark *ws, const char *path, struct err *err)
{
	int r = str_eq(ws->loaded, path) ? 0 : question_look_at(ws, xstrdup(path), err);

	if (r == 0 && !ws->loaded)
		ws->loaded = xstrdup(path);
	return r < 0 ? r : ws->cut;
}

int question_check(struct wireshark *ws, const char *kind, const char *text, struct err *err)
{
	auto_free char *question = xasprintf("check %s %s", kind, text);
	const json_t *kept = question_kept(ws, question);
	auto_json json_t *result = NULL;
	int r;

	if (kept)
		return 0;
	r = start(ws, err);
	if (r == 0)
		r = sharkd_ask(ws->sharkd, "check", json_pack("{s:s}", kind, text), &result, err);
	if (r == 0)
		question_keep(ws, question, json_true());
	return question_wrong(r, kind, text, err);
}
