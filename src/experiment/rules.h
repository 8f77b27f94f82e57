/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the schema of an experiment cannot say. Each rule adds its findings; none fails. Of this
 * folder only. */
#ifndef EXPERIMENT_RULES_H
#define EXPERIMENT_RULES_H

#include "experiment/experiment.h"

/* A name in use, and by which element; both belong to the document. */
struct experiment_seen {
	const char *name;
	const struct xml_node *node;
};

struct experiment_seen_list {
	struct experiment_seen *items;
	size_t n;
};

struct experiment_loader {
	struct experiment *experiment; /* as far as it is read */
	const struct xml_node *root;
	struct xml_problems *problems;
	bool kept; /* a run was made of it: names of files may be such as are refused today */
	struct experiment_seen_list steps, files;
};

void experiment_loader_end(struct experiment_loader *loader);

/* Two parameters or two values of one name; a parameter named like an option of `labctl run`. */
void experiment_rule_parameter(struct experiment_loader *loader, const struct xml_node *node);
void experiment_rule_value(struct experiment_loader *loader, const struct xml_node *node,
			   const struct experiment_parameter *parameter);
/* The index of the value that the attribute default names; 0 after a finding. */
size_t experiment_rule_default(struct experiment_loader *loader, const struct xml_node *node,
			       const struct experiment_parameter *parameter);
/* ${} of text names parameters; attr as in xml_problem. */
void experiment_rule_text(struct experiment_loader *loader, const struct xml_node *node,
			  const char *attr, const char *text);
/* The same for the text of <run> or <until>, which is not blank either. */
void experiment_rule_command(struct experiment_loader *loader, const struct xml_node *node,
			     const char *text);
/* A command that would go on after its step, and keep the step from ending. */
void experiment_rule_ampersand(struct experiment_loader *loader, const struct xml_node *node,
			       const char *command);
/* The attribute matches is a regular expression that compiles, and whose cost is bounded. */
void experiment_rule_pattern(struct experiment_loader *loader, const struct xml_node *node,
			     const char *pattern);
/* Reads the attribute when into ret. */
void experiment_rule_when(struct experiment_loader *loader, const struct xml_node *node,
			  struct experiment_when *ret);
/* Whether there is a choice of parameters with which both hold. */
bool experiment_rule_both(const struct experiment *experiment, const struct experiment_when *a,
			  const struct experiment_when *b);
void experiment_rule_step_name(struct experiment_loader *loader, const struct xml_node *node);
/* A file of the run folder, if the element has that attribute: every system takes its name, and it
 * is written once, and not by labd itself. */
void experiment_rule_file_name(struct experiment_loader *loader, const struct xml_node *node,
			       const char *attr);
/* Two expectations of one name at one port. */
void experiment_rule_expect(struct experiment_loader *loader, const struct xml_node *node,
			    const struct experiment_expect *expect);

/* rules-expect.c */

/* Two phases of one name. */
void experiment_rule_phase(struct experiment_loader *loader, const struct xml_node *node);
/* Two remarks of one name. */
void experiment_rule_remark(struct experiment_loader *loader, const struct xml_node *node,
			    const struct experiment_expect *asked);
/* count, at-least, at-most and absent go together, and leave a frame for the values. */
void experiment_rule_counts(struct experiment_loader *loader, const struct xml_node *node,
			    const struct experiment_expect *expect);
/* after names an expectation that stands before this one. */
void experiment_rule_after(struct experiment_loader *loader, const struct xml_node *node);
/* Two values of one name; own are those that the element has so far. */
void experiment_rule_capture(struct experiment_loader *loader, const struct xml_node *node,
			     const struct experiment_expect *own);
/* @{} of text names values that were taken before, or own ones (may be NULL); attr as in
 * xml_problem. */
void experiment_rule_references(struct experiment_loader *loader, const struct xml_node *node,
				const char *attr, const char *text,
				const struct experiment_expect *own);

#endif
