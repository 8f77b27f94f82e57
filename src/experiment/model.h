/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An experiment as it is written, and what its user chooses. Included by experiment/experiment.h.
 */
#ifndef EXPERIMENT_MODEL_H
#define EXPERIMENT_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "base/str.h"
#include "xml/xml.h"

#define EXPERIMENT_STEPS_MAX 256 /* of prepare, steps, restore and collect, each */
#define EXPERIMENT_EXPECT_MAX 256
#define EXPERIMENT_PHASE_MAX 64
#define EXPERIMENT_REMARK_MAX 64
#define EXPERIMENT_COUNT_MAX 1000000000 /* frames: of a count attribute */
#define EXPERIMENT_TEXT_MAX 8192        /* bytes of a command, a filter, a text to compare with */
#define EXPERIMENT_DEADLINE_MAX 3600    /* seconds */
#define EXPERIMENT_EVERY_NODE "*"

/* Where an element stands, for findings about a lab that it does not fit. */
struct experiment_place {
	char *file;
	unsigned int line, column;
};

/*
 * The model. Strings belong to the struct experiment. Texts marked (${}) may name parameters;
 * experiment_expand replaces them.
 */

/* <value name="1.3" text="--tlsv1.3"> : text stands where ${parameter} is written. */
struct experiment_value {
	char *name;
	char *text; /* may be empty, never NULL */
};

/* <parameter name= default=> : chosen by `labctl run EXPERIMENT --NAME VALUE` */
struct experiment_parameter {
	char *name;
	char *description; /* may be NULL */
	struct experiment_value *values;
	size_t n_values;
	size_t preset; /* index of the default in values */
};

/* One term of a when attribute, "tls=1.3" or "tls!=1.3"; all terms must hold. */
struct experiment_term {
	size_t parameter, value; /* indexes */
	bool differs;
};

struct experiment_when {
	struct experiment_term *terms;
	size_t n_terms; /* 0: always */
};

enum experiment_test {
	EXPERIMENT_TEST_CONTAINS,
	EXPERIMENT_TEST_MATCHES, /* POSIX extended regular expression; ^ and $ are those of a line
				  */
	EXPERIMENT_TEST_EQUALS,  /* the final newlines of the output do not count */
};

/* <output contains= | matches= | equals=> : what must come back */
struct experiment_output {
	enum experiment_test test;
	char *text; /* (${}) */
	struct experiment_when when;
};

/* <fact name= matches="status=([0-9]+)"> : the first group, or the whole match without one. */
struct experiment_fact {
	char *name;
	char *pattern; /* POSIX extended regular expression */
};

#define EXPERIMENT_STATUS_ANY (-1)

enum experiment_act {
	EXPERIMENT_ACT_COMMAND,
	EXPERIMENT_ACT_LINK,
	EXPERIMENT_ACT_RESTART,
};

/*
 * <step name= node= deadline=> with <run> once, or <until> again and again until all of it holds;
 * <link name= state= delay= ...>; <restart node=>. The latter two have a name that is made of what
 * they do.
 */
struct experiment_step {
	enum experiment_act act;
	char *name;
	char *node;    /* EXPERIMENT_EVERY_NODE: all of them; NULL: a link */
	char *command; /* (${}) for the guest's sh; NULL: no command */
	json_t *words; /* (${}) of a link, as `labctl link` says them, with "link": its name */
	bool until;
	bool background; /* goes on beside the steps that follow, until the end of the run */
	size_t together; /* those of one <together> have the same number; 0: in none */
	unsigned int deadline_s; /* 0: background */
	int status;              /* exit status that counts as success, or EXPERIMENT_STATUS_ANY */
	char *save;              /* file of the run folder that gets the output; may be NULL */
	struct experiment_output *outputs;
	size_t n_outputs;
	struct experiment_fact *facts;
	size_t n_facts;
	struct experiment_when when;
	struct experiment_place place;
};

enum experiment_kind { EXPERIMENT_KIND_FILE, EXPERIMENT_KIND_PAGE, EXPERIMENT_KIND_TLS_KEYS };

/* <collect node= path= as= kind=> : a guest's file that goes into the run folder */
struct experiment_collect {
	char *node, *path, *as;
	enum experiment_kind kind;
	struct experiment_when when;
	struct experiment_place place;
};

/* What people read, in English and Korean. */
struct experiment_text {
	char *en; /* never NULL once it is loaded */
	char *ko; /* NULL: not given */
};

/* {"en": "..", "ko": ".." or null}: a new reference. */
json_t *experiment_text_to_json(const struct experiment_text *text);

/* <value name= field=> : a field of the first frame, which @{name} stands for from there on. */
struct experiment_capture {
	char *name, *field;
};

/* <actor name="client"> : a part of a lab that the experiment needs, or can do without */
struct experiment_actor {
	char *name;
	char *node; /* which node it is; NULL: of no lab yet, or the lab has none */
	char *url;  /* what is opened there; NULL: nothing */
};

/* What a lab has no part for, and is not done and not asked there. */
struct experiment_left_out {
	char *why, *what; /* "no Wi-Fi in this lab", "phase 'join', step 'scan'" */
};

#define EXPERIMENT_NO_PHASE SIZE_MAX

/*
 * <expect name= at="node:nic" filter= count= at-least= at-most= absent= after=> : a Wireshark
 * display filter on one hop's capture. Several ports in at are several expectations of one name;
 * values are taken at the first of them.
 */
struct experiment_expect {
	char *name;
	char *node, *nic;
	char *filter;      /* (${}), and @{} for values */
	size_t phase;      /* index, or EXPERIMENT_NO_PHASE */
	uint64_t at_least; /* 1 where nothing is said, 0 for absent */
	uint64_t at_most;  /* UINT64_MAX where nothing is said, 0 for absent */
	/* Name of an earlier expectation: only frames later than its first count. NULL: all do. */
	char *after;
	struct experiment_capture *captures;
	size_t n_captures;
	struct experiment_when when;
	struct experiment_place place;
};

/*
 * <remark name= at= filter=> : what the source says and the wire shows otherwise; told where the
 * filter matches. It never fails.
 */
struct experiment_remark {
	struct experiment_expect asked;
	struct experiment_text article, wire, why; /* wire: @{} for values */
};

/* <phase name=> : a part of the story */
struct experiment_phase {
	char *name;
	struct experiment_text title, explain;
	char *lacks; /* why the lab can show nothing of it; NULL: it can */
};

struct experiment {
	char *name;
	char *description, *description_ko; /* may be NULL */
	/* <source href=> : the text of which the remarks speak; en "" where none is named */
	struct experiment_text source;
	char *source_href; /* may be NULL */
	struct experiment_actor *actors;
	size_t n_actors;
	struct experiment_left_out *left_out;
	size_t n_left_out;
	struct experiment_parameter *parameters;
	size_t n_parameters;
	struct experiment_step *prepare; /* before the capture starts */
	size_t n_prepare;
	struct experiment_step *steps; /* while it runs */
	size_t n_steps;
	struct experiment_step *restore; /* after all else, whatever came of it */
	size_t n_restore;
	struct experiment_collect *collects; /* after it has stopped */
	size_t n_collects;
	struct experiment_phase *phases;
	size_t n_phases;
	struct experiment_expect *expects; /* at the end */
	size_t n_expects;
	struct experiment_remark *remarks;
	size_t n_remarks;
	/* The document after XInclude: loading this text again gives the same experiment without
	 * any other file. */
	char *flat;
};

void experiment_free(struct experiment *experiment);
AUTO_DEFINE(experiment_auto, struct experiment, experiment_free)
#define auto_experiment AUTO(experiment_autop)

/*
 * Loads and checks a file; schema_dir holds experiment.rng. Returns 0 with *ret filled, -EINVAL
 * with every problem of the file listed (err: the first one and how many), or another code where it
 * cannot be read.
 */
int experiment_load(const char *path, const char *schema_dir, struct experiment *ret,
		    struct xml_problems *problems, struct err *err);
/*
 * The same as the lab plays it that cast knows: it is asked once, where the experiment names
 * actors, with the URL that these open where nobody says another (NULL: none), and hands out a new
 * reference: {"client": {"node": "pc", "mac": ..}, ..., "lacks": {"gateway": WHY, "client.mac":
 * WHY}}. "values", {"offered": "192.0.2.5"}, says that it is of a capture that was made elsewhere:
 * no part has to be there, nothing is done, and a value is that where no frame that says it is
 * asked for. What it returns below 0 is returned. cast NULL: as experiment_load.
 */
int experiment_load_cast(const char *path, const char *schema_dir,
			 int (*cast)(void *ctx, const char *url, json_t **ret, struct err *err),
			 void *ctx, struct experiment *ret, struct xml_problems *problems,
			 struct err *err);
/* The one that a run kept, whatever labd made the run: what it calls its files is not looked at. */
int experiment_load_kept(const char *path, const char *schema_dir, struct experiment *ret,
			 struct xml_problems *problems, struct err *err);
/* The same as experiment_load from text; name stands for the file in messages. */
int experiment_load_text(const char *text, size_t len, const char *name, const char *schema_dir,
			 struct experiment *ret, struct xml_problems *problems, struct err *err);
/*
 * Whether the lab has all that the experiment names, before anything starts. has_port answers for a
 * node (nic NULL) or for one of its NICs. Returns 0, or -EINVAL with problems as experiment_load.
 */
int experiment_check(const struct experiment *experiment,
		     bool (*has_port)(const void *ctx, const char *node, const char *nic),
		     bool (*has_link)(const void *ctx, const char *link), const void *ctx,
		     struct xml_problems *problems, struct err *err);

/*
 * Whether Wireshark knows every filter and field, with each value of each parameter; where a filter
 * needs what another frame has, with a value of that field's type. sharkd: the program. Returns 0,
 * -EINVAL with problems, or another code where Wireshark cannot be asked, which says nothing of the
 * experiment.
 */
int experiment_check_filters(const struct experiment *experiment, const char *sharkd,
			     struct xml_problems *problems, struct err *err);

/* The chosen value of each parameter, by index. */
struct experiment_args {
	size_t *choice;
	size_t n;
};

/* Every parameter at its default. */
void experiment_args_init(const struct experiment *experiment, struct experiment_args *ret);
void experiment_args_free(struct experiment_args *args);
AUTO_DEFINE(experiment_args_auto, struct experiment_args, experiment_args_free)
#define auto_experiment_args AUTO(experiment_args_autop)
/* value NULL: the parameter stands alone, and means "yes" where it has such a value. -ENOENT: no
 * such parameter; -EINVAL: no such value; the sentence lists what there is. */
int experiment_set_parameter(const struct experiment *experiment, struct experiment_args *args,
			     const char *name, const char *value, struct err *err);
/* {"tls": "1.3"}: a new reference. */
json_t *experiment_args_to_json(const struct experiment *experiment,
				const struct experiment_args *args);
/* Each parameter as the object has it, or else its default. What the experiment does not know is an
 * error, or is put into the object unknown, where that is not NULL. ret is the caller's to free in
 * any case. */
int experiment_args_from_json(const struct experiment *experiment, const json_t *object,
			      json_t *unknown, struct experiment_args *ret, struct err *err);
bool experiment_holds(const struct experiment_when *when, const struct experiment_args *args);
/* Appends text with ${name} replaced; "$${" stands for "${". */
void experiment_expand(const struct experiment *experiment, const struct experiment_args *args,
		       const char *text, struct str *out);

#endif
