/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Phases, expectations and remarks, from the document to the model. */
#include <string.h>

#include "experiment/load.h"

static const char blanks[] = " \t\r\n";

/* The filter in one line: blanks that only break a long attribute are none of Wireshark's, those in
 * "" are. */
static char *filter_copy(const char *text)
{
	auto_str struct str out = { 0 };
	bool quoted = false;

	for (text += strspn(text, blanks); *text; text++) {
		bool blank = !quoted && strchr(blanks, *text);

		if (*text == '"' && (text[-1] != '\\' || !quoted))
			quoted = !quoted;
		if (!blank)
			str_add(&out, text, 1);
		else if (text[1] && !strchr(blanks, text[1]))
			str_adds(&out, " ");
	}
	return str_take(&out);
}

/* All elements of that name under the node: one for each language, English among them. */
static void load_text(struct experiment_loader *loader, const struct xml_node *node,
		      const char *name, struct experiment_text *ret)
{
	struct xml_node *it;

	xml_for_each(it, node, name) {
		char **to = str_eq(xml_attr(it, XML_LANG), "ko") ? &ret->ko : &ret->en;

		if (*to)
			xml_problem(loader->problems, it, NULL,
				    "there is already one in this "
				    "language");
		free(*to);
		*to = xml_prose(it);
	}
	if (ret->en)
		return;
	ret->en = xstrdup("");
	if (ret->ko)
		xml_problem(loader->problems, node, NULL,
			    "there is no English <%s>: one without xml:lang, or with "
			    "xml:lang=\"en\"",
			    name);
}

static void load_counts(struct experiment_loader *loader, const struct xml_node *node,
			struct experiment_expect *expect)
{
	unsigned long max = EXPERIMENT_COUNT_MAX;

	expect->at_least = xml_attr_unsigned(loader->problems, node, "at-least", 0, max, 1);
	expect->at_most = UINT64_MAX;
	if (xml_attr(node, "at-most"))
		expect->at_most = xml_attr_unsigned(loader->problems, node, "at-most", 1, max, max);
	if (xml_attr(node, "count"))
		expect->at_least = expect->at_most =
			xml_attr_unsigned(loader->problems, node, "count", 1, max, 1);
	if (str_eq(xml_attr(node, "absent"), "yes"))
		expect->at_least = expect->at_most = 0;
	experiment_rule_counts(loader, node, expect);
}

static void load_captures(struct experiment_loader *loader, const struct xml_node *node,
			  struct experiment_expect *expect)
{
	struct xml_node *it;

	xml_for_each(it, node, "value") {
		struct experiment_capture *capture;

		if (!experiment_has_room(loader, it, expect->n_captures, WIRESHARK_FIELDS))
			return;
		experiment_rule_capture(loader, it, expect);
		capture = array_add(expect->captures, expect->n_captures);
		capture->name = experiment_attr(it, "name");
		capture->field = experiment_attr(it, "field");
	}
}

/* What an expectation and a remark have in common, for one of the ports of at; text is "node:nic",
 * len bytes. */
static void load_asked(const struct xml_node *node, const char *text, size_t len,
		       struct experiment_expect *expect)
{
	const char *filter = xml_attr(node, "filter");
	const char *colon = memchr(text, ':', len);

	expect->name = experiment_attr(node, "name");
	/* A port without a colon is the schema's finding. */
	expect->node = xstrndup(text, colon ? (size_t)(colon - text) : len);
	expect->nic = colon ? xstrndup(colon + 1, len - (size_t)(colon - text) - 1) : xstrdup("");
	expect->filter = filter_copy(filter ? filter : "");
	expect->after = xml_attr(node, "after") ? experiment_attr(node, "after") : NULL;
	expect->at_least = 1;
	expect->at_most = UINT64_MAX;
	expect->place = experiment_place_of(node);
}

static void check_asked(struct experiment_loader *loader, const struct xml_node *node)
{
	const char *filter = xml_attr(node, "filter");

	if (filter)
		experiment_rule_text(loader, node, "filter", filter);
	if (filter)
		experiment_rule_references(loader, node, "filter", filter, NULL);
	experiment_rule_after(loader, node);
}

/* Each port of at is an expectation; values are taken at the first. */
static void load_expect(struct experiment_loader *loader, const struct xml_node *node, size_t phase)
{
	struct experiment *experiment = loader->experiment;
	const char *at = xml_attr(node, "at");
	bool first = true;

	if (!experiment_has_room(loader, node, experiment->n_expects, EXPERIMENT_EXPECT_MAX))
		return;
	check_asked(loader, node);
	for (at = at ? at + strspn(at, blanks) : ""; *at; at += strspn(at, blanks)) {
		struct experiment_expect expect = { .phase = phase };
		size_t len = strcspn(at, blanks);

		if (!experiment_has_room(loader, node, experiment->n_expects,
					 EXPERIMENT_EXPECT_MAX))
			return;
		load_asked(node, at, len, &expect);
		experiment_rule_when(loader, node, &expect.when);
		experiment_rule_expect(loader, node, &expect);
		if (first) {
			load_counts(loader, node, &expect);
			load_captures(loader, node, &expect);
		} else {
			expect.at_least = experiment->expects[experiment->n_expects - 1].at_least;
			expect.at_most = experiment->expects[experiment->n_expects - 1].at_most;
		}
		*array_add(experiment->expects, experiment->n_expects) = expect;
		first = false;
		at += len;
	}
}

static void load_remark(struct experiment_loader *loader, const struct xml_node *node, size_t phase)
{
	struct experiment *experiment = loader->experiment;
	const char *at = xml_attr(node, "at");
	struct experiment_remark remark = { .asked = { .phase = phase } };
	struct xml_node *wire;

	if (!experiment_has_room(loader, node, experiment->n_remarks, EXPERIMENT_REMARK_MAX))
		return;
	check_asked(loader, node);
	load_asked(node, at ? at : "", at ? strlen(at) : 0, &remark.asked);
	experiment_rule_when(loader, node, &remark.asked.when);
	experiment_rule_remark(loader, node, &remark.asked);
	load_captures(loader, node, &remark.asked);
	load_text(loader, node, "article", &remark.article);
	load_text(loader, node, "wire", &remark.wire);
	load_text(loader, node, "why", &remark.why);
	xml_for_each(wire, node, "wire") {
		auto_free char *text = xml_prose(wire);

		experiment_rule_references(loader, wire, NULL, text, &remark.asked);
	}
	*array_add(experiment->remarks, experiment->n_remarks) = remark;
}

static void load_phase(struct experiment_loader *loader, const struct xml_node *node)
{
	struct experiment *experiment = loader->experiment;
	size_t index = experiment->n_phases;
	struct experiment_phase phase = { 0 };
	struct xml_node *it;

	if (!experiment_has_room(loader, node, experiment->n_phases, EXPERIMENT_PHASE_MAX))
		return;
	experiment_rule_phase(loader, node);
	phase.name = experiment_attr(node, "name");
	load_text(loader, node, "title", &phase.title);
	load_text(loader, node, "explain", &phase.explain);
	phase.lacks = xml_attr(node, "lacks") ? experiment_attr(node, "lacks") : NULL;
	if (xml_attr(node, "when"))
		xml_problem(loader->problems, node, "when",
			    "a phase depends on actors alone; its expectations can name "
			    "parameters");
	*array_add(experiment->phases, experiment->n_phases) = phase;
	xml_for_each(it, node, NULL) {
		if (xml_is(it, "expect"))
			load_expect(loader, it, index);
		else if (xml_is(it, "remark"))
			load_remark(loader, it, index);
	}
}

/* In the order of the file, since a name refers to what stands before it. */
void experiment_load_expects(struct experiment_loader *loader, const struct xml_node *root)
{
	const struct xml_node *source = xml_child(root, "source");
	struct xml_node *it;

	load_text(loader, root, "source", &loader->experiment->source);
	loader->experiment->source_href = source ? experiment_attr(source, "href") : NULL;
	xml_for_each(it, root, NULL) {
		if (xml_is(it, "expect"))
			load_expect(loader, it, EXPERIMENT_NO_PHASE);
		else if (xml_is(it, "phase"))
			load_phase(loader, it);
	}
}
