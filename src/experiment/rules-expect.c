/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the schema cannot say of phases, expectations and remarks. */
#include <string.h>

#include "experiment/rules.h"

void experiment_rule_phase(struct experiment_loader *loader, const struct xml_node *node)
{
	const struct experiment *experiment = loader->experiment;

	for (size_t i = 0; i < experiment->n_phases; i++)
		if (str_eq(experiment->phases[i].name, xml_attr(node, "name")))
			xml_problem(loader->problems, node, "name",
				    "there is already a phase of this name");
}

void experiment_rule_remark(struct experiment_loader *loader, const struct xml_node *node,
			    const struct experiment_expect *asked)
{
	const struct experiment *experiment = loader->experiment;

	for (size_t i = 0; i < experiment->n_remarks; i++)
		if (str_eq(experiment->remarks[i].asked.name, asked->name) &&
		    experiment_rule_both(experiment, &experiment->remarks[i].asked.when,
					 &asked->when))
			xml_problem(loader->problems, node, "name",
				    "there is already a remark of this name, in line %u",
				    experiment->remarks[i].asked.place.line);
}

void experiment_rule_counts(struct experiment_loader *loader, const struct xml_node *node,
			    const struct experiment_expect *expect)
{
	bool ranged = xml_attr(node, "at-least") || xml_attr(node, "at-most");

	if (xml_attr(node, "count") && ranged)
		xml_problem(loader->problems, node, "count",
			    "give count, or at-least and at-most, not both");
	else if (expect->at_most == 0 && (xml_attr(node, "count") || ranged))
		xml_problem(loader->problems, node, "absent",
			    "absent=\"yes\" and a number of frames do not go together");
	else if (expect->at_least > expect->at_most)
		xml_problem(loader->problems, node, "at-least",
			    "at-least is more than at-most; at-least is 1 where it is not given");
	if (expect->at_most == 0 && xml_child(node, "value"))
		xml_problem(loader->problems, xml_child(node, "value"), NULL,
			    "with absent=\"yes\" there is no frame to take a value from");
}

void experiment_rule_after(struct experiment_loader *loader, const struct xml_node *node)
{
	const struct experiment *experiment = loader->experiment;
	auto_free const char **names = xcalloc(experiment->n_expects, sizeof(*names));
	const char *after = xml_attr(node, "after");
	auto_str struct str hint = { 0 };

	if (!after || xml_has_problem(loader->problems, node, "after"))
		return;
	for (size_t i = 0; i < experiment->n_expects; i++) {
		const struct experiment_expect *expect = &experiment->expects[i];

		names[i] = expect->name;
		if (!str_eq(expect->name, after))
			continue;
		if (!expect->at_most)
			xml_problem(loader->problems, node, "after",
				    "expectation '%s' has absent=\"yes\": nothing comes after it",
				    after);
		return;
	}
	xml_add_hint(&hint, after, names, experiment->n_expects);
	xml_problem(loader->problems, node, "after", "no expectation '%s' stands before this one%s",
		    after, str_text(&hint));
}

/* The names of all values that were taken so far, and own ones; free() the array alone. */
static const char **value_names(const struct experiment *experiment,
				const struct experiment_expect *own, size_t *ret)
{
	size_t n = 0, most = experiment->n_expects + experiment->n_remarks + 1;
	const char **names = xcalloc(most, WIRESHARK_FIELDS * sizeof(*names));

	for (size_t i = 0; i < experiment->n_expects; i++)
		for (size_t j = 0; j < experiment->expects[i].n_captures; j++)
			names[n++] = experiment->expects[i].captures[j].name;
	for (size_t i = 0; i < experiment->n_remarks; i++)
		for (size_t j = 0; j < experiment->remarks[i].asked.n_captures; j++)
			names[n++] = experiment->remarks[i].asked.captures[j].name;
	for (size_t i = 0; own && i < own->n_captures; i++)
		names[n++] = own->captures[i].name;
	*ret = n;
	return names;
}

static bool has_name(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(names[i], name))
			return true;
	return false;
}

/* Two elements that each depend on a parameter may take the same value, one of them. */
void experiment_rule_capture(struct experiment_loader *loader, const struct xml_node *node,
			     const struct experiment_expect *own)
{
	bool alternative = xml_attr(xml_parent(node), "when");
	static const struct experiment none;
	size_t n;
	auto_free const char **names =
		value_names(alternative ? &none : loader->experiment, own, &n);

	if (has_name(names, n, xml_attr(node, "name")))
		xml_problem(loader->problems, node, "name",
			    "there is already a value of this name");
}

void experiment_rule_references(struct experiment_loader *loader, const struct xml_node *node,
				const char *attr, const char *text,
				const struct experiment_expect *own)
{
	size_t n;
	auto_free const char **names = value_names(loader->experiment, own, &n);
	const char *at;

	for (at = text; (at = strstr(at, "@{")); at += 2) {
		const char *end = strchr(at, '}');
		auto_str struct str hint = { 0 };
		auto_free char *name = NULL;

		if (at > text && at[-1] == '@')
			continue;
		if (!end) {
			xml_problem(loader->problems, node, attr, "a @{ has no } after it");
			return;
		}
		name = xstrndup(at + 2, (size_t)(end - at) - 2);
		if (has_name(names, n, name))
			continue;
		xml_add_hint(&hint, name, names, n);
		xml_problem(loader->problems, node, attr,
			    "no value '%s' is taken before this one%s", name, str_text(&hint));
	}
}
