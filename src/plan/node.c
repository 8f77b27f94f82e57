/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A node's plan grows: files, services, checks. */
#include <assert.h>
#include <string.h>

#include "base/str.h"
#include "plan/build.h"

static void file_free(struct plan_file *file)
{
	free(file->path);
	free(file->subject);
	free(file->data);
	*file = (struct plan_file){ 0 };
}

static struct plan_file *find_file(const struct plan_node *node, const char *path)
{
	for (size_t i = 0; i < node->n_files; i++)
		if (strcmp(node->files[i].path, path) == 0)
			return &node->files[i];
	return NULL;
}

/* The slot for a path. A later file replaces an earlier one: what the user gives wins over what a
 * role writes. */
static struct plan_file *file_slot(struct plan_node *node, const char *path, mode_t mode)
{
	struct plan_file *file = find_file(node, path);

	if (file)
		file_free(file);
	else
		file = array_add(node->files, node->n_files);
	file->path = xstrdup(path);
	file->mode = mode;
	return file;
}

void plan_add_file(struct plan_node *node, const char *path, mode_t mode, const void *data,
		   size_t len)
{
	auto_str struct str text = { 0 };

	str_add(&text, data, len);
	plan_add_text(node, path, mode, &text);
}

void plan_add_text(struct plan_node *node, const char *path, mode_t mode, struct str *text)
{
	struct plan_file *file = file_slot(node, path, mode);

	file->content = PLAN_CONTENT_DATA;
	file->len = text->len;
	file->data = str_take(text);
}

void plan_add_lines(struct plan_node *node, const char *path, const char *lines)
{
	struct plan_file *file = find_file(node, path);
	auto_str struct str text = { 0 };

	assert(file && file->content == PLAN_CONTENT_DATA);
	str_add(&text, file->data, file->len);
	str_adds(&text, lines);
	plan_add_text(node, path, file->mode, &text);
}

void plan_lends(struct plan_node *node, unsigned int seconds)
{
	if (!node->lends_s || seconds < node->lends_s)
		node->lends_s = seconds;
}

void plan_add_secret(struct plan_node *node, const char *path, mode_t mode,
		     enum plan_content content, const char *subject, const char *fault)
{
	struct plan_file *file = file_slot(node, path, mode);

	file->content = content;
	file->subject = subject ? xstrdup(subject) : NULL;
	file->fault = fault;
}

void plan_add_service(struct plan_node *node, const char *name, const char *before,
		      const char *command)
{
	auto_free char *path = xasprintf("/etc/service/%s/run", name);
	auto_str struct str run = { 0 };

	/* Starts are counted: a service that refuses its configuration is started again and again.
	 */
	str_addf(&run,
		 "#!/bin/sh\necho >>" PLAN_STARTS "%s\nexec >>/var/log/%s.log 2>&1\n%sexec %s\n",
		 name, name, before, command);
	plan_add_text(node, path, 0755, &run);
	*array_add(node->services, node->n_services) = xstrdup(name);
}

const char *plan_scope_name(enum plan_scope scope)
{
	static const char *const names[] = { "ready", "settled", "whole" };

	return names[scope];
}

struct plan_check *plan_add_check(struct plan_node *node, enum plan_scope scope, const char *reads,
				  char *name, char *command)
{
	size_t at = node->n_checks;

	(void)array_add(node->checks, node->n_checks);
	for (; at && node->checks[at - 1].scope > scope; at--)
		node->checks[at] = node->checks[at - 1];
	node->checks[at] =
		(struct plan_check){ scope, name, command, 0, reads ? xstrdup(reads) : NULL };
	return &node->checks[at];
}

static void check_free(struct plan_check *check)
{
	free(check->name);
	free(check->command);
	free(check->reads);
}

static bool goes_by(const struct plan_check *check, const char *path)
{
	size_t len = strlen(path);
	const char *at = check->reads ? strstr(check->reads, path) : NULL;

	return at && (at == check->reads || at[-1] == ' ') && (!at[len] || at[len] == ' ');
}

bool plan_drop_checks(struct plan_node *node, const char *path)
{
	size_t kept = 0;

	for (size_t i = 0; i < node->n_checks; i++)
		if (goes_by(&node->checks[i], path))
			check_free(&node->checks[i]);
		else
			node->checks[kept++] = node->checks[i];
	kept = node->n_checks - kept;
	node->n_checks -= kept;
	return kept > 0;
}

void plan_add_table(struct plan_node *node, const char *kind, const char *command)
{
	*array_add(node->tables, node->n_tables) = (struct plan_table){ kind, xstrdup(command) };
}

static void texts_free(char **texts, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		free(texts[i]);
	free(texts);
}

void plan_node_free(struct plan_node *node)
{
	size_t i;

	for (i = 0; i < node->n_nics; i++)
		free(node->nics[i].name);
	for (i = 0; i < node->n_files; i++)
		file_free(&node->files[i]);
	for (i = 0; i < node->n_checks; i++)
		check_free(&node->checks[i]);
	for (i = 0; i < node->n_tables; i++)
		free(node->tables[i].command);
	texts_free(node->services, node->n_services);
	texts_free(node->runs, node->n_runs);
	free(node->nics);
	free(node->files);
	free(node->checks);
	free(node->tables);
	free(node->name);
	free(node->cmdline);
	*node = (struct plan_node){ 0 };
}
