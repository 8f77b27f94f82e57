/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command line taken apart by the table of commands. */
#include "labctl/args.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"

static const struct foreign_word *find_foreign(const char *name)
{
	for (size_t i = 0; i < foreign_n; i++)
		if (strcmp(foreign_words[i].name, name) == 0)
			return &foreign_words[i];
	return NULL;
}

const struct command *command_find(const struct command_table *table, const char *name)
{
	const struct foreign_word *foreign = find_foreign(name);
	const char *ours = foreign ? foreign->command : name;

	for (size_t i = 0; ours && i < table->n; i++)
		if (strcmp(table->commands[i].name, ours) == 0)
			return &table->commands[i];
	return NULL;
}

const char *command_advice(const char *name)
{
	const struct foreign_word *foreign = find_foreign(name);

	return foreign ? foreign->advice : NULL;
}

const char *command_nearest(const struct command_table *table, const char *name)
{
	const char *names[64];
	size_t n = 0;

	for (size_t i = 0; i < table->n && n < ARRAY_SIZE(names); i++)
		if (!table->commands[i].hidden)
			names[n++] = table->commands[i].name;
	return str_nearest(name, names, n);
}

static bool named(const struct option *o, const char *name, size_t len)
{
	return strlen(o->name) == len && strncmp(o->name, name, len) == 0;
}

/* By name, or by letter when letter is not 0. */
static const struct option *option_in(const struct option *list, size_t n, const char *name,
				      size_t len, char letter)
{
	for (size_t i = 0; i < n; i++)
		if (letter ? list[i].letter == letter : named(&list[i], name, len))
			return &list[i];
	return NULL;
}

static const struct option *option_find(const struct args *a, const char *name, size_t len,
					char letter)
{
	const struct option *o = option_in(a->table->common, a->table->n_common, name, len, letter);

	if (!o && a->command)
		o = option_in(a->command->options, a->command->n_options, name, len, letter);
	return o;
}

static int unknown_option(const struct args *a, const char *word, struct err *err)
{
	const char *names[64], *near;
	auto_free char *name = xstrndup(word, strcspn(word, "="));
	size_t n = 0;

	for (size_t i = 0; i < a->table->n_common; i++)
		names[n++] = a->table->common[i].name;
	for (size_t i = 0; a->command && i < a->command->n_options && n < ARRAY_SIZE(names); i++)
		names[n++] = a->command->options[i].name;
	near = str_prefix(name, "--") ? str_nearest(name + 2, names, n) : NULL;
	if (near)
		return err_set(err, EINVAL, "unknown option '%s'; did you mean '--%s'?", name,
			       near);
	return err_set(err, EINVAL, "unknown option '%s'", name);
}

/* The words of the command line, one after another. */
struct words {
	int argc, next;
	char **argv;
};

static const char *next_word(struct words *w)
{
	return w->next < w->argc ? w->argv[w->next++] : NULL;
}

static int add_option(struct arg **list, size_t *n, const char *name, const char *value)
{
	struct arg *arg = array_add(*list, *n);

	arg->name = name;
	arg->value = value;
	return 0;
}

/* A parameter of the command's own subject: --tls 1.2-rsa, --tls=1.2-rsa, or --active alone. */
static int take_parameter(struct args *a, struct words *w, char *word)
{
	char *equals = strchr(word, '=');
	bool alone = !equals && (w->next == w->argc || w->argv[w->next][0] == '-');
	const char *value = equals ? equals + 1 : alone ? NULL : next_word(w);

	if (equals)
		*equals = '\0';
	return add_option(&a->parameters, &a->n_parameters, word + 2, value);
}

static int take_long(struct args *a, struct words *w, char *word, struct err *err)
{
	size_t len = strcspn(word + 2, "=");
	const struct option *o = option_find(a, word + 2, len, 0);
	const char *value = word[2 + len] ? word + 2 + len + 1 : NULL;

	if (!o && a->command && a->command->parameters && len)
		return take_parameter(a, w, word);
	if (!o)
		return unknown_option(a, word, err);
	if (value && !o->value)
		return err_set(err, EINVAL, "option '--%s' takes no value", o->name);
	if (o->value && !value)
		value = next_word(w);
	if (o->value && !value)
		return err_set(err, EINVAL, "option '--%s': no %s", o->name, o->value);
	return add_option(&a->options, &a->n_options, o->name, o->value ? value : "");
}

/* -v, -l LAB, -lLAB, and several letters in one word. */
static int take_letters(struct args *a, struct words *w, const char *word, struct err *err)
{
	for (const char *p = word + 1; *p; p++) {
		const struct option *o = option_find(a, NULL, 0, *p);
		const char *value = "";

		if (!o)
			return unknown_option(a, word, err);
		if (o->value) {
			value = p[1] ? p + 1 : next_word(w);
			if (!value)
				return err_set(err, EINVAL, "option '-%c': no %s", o->letter,
					       o->value);
		}
		(void)add_option(&a->options, &a->n_options, o->name, value);
		if (o->value)
			break;
	}
	return 0;
}

static void take_operand(struct args *a, const char *word)
{
	if (!a->command && !a->unknown) {
		a->command = command_find(a->table, word);
		a->unknown = a->command ? NULL : word;
		return;
	}
	a->operands = xrealloc(a->operands, a->n_operands + 2, sizeof(*a->operands));
	a->operands[a->n_operands++] = word;
	a->operands[a->n_operands] = NULL;
}

int args_parse(int argc, char **argv, struct args *ret, struct err *err)
{
	struct words w = { argc, 1, argv };
	bool operands_only = false;
	int r;

	while (w.next < w.argc) {
		char *word = argv[w.next++];

		if (ret->command && ret->command->verbatim &&
		    ret->n_operands >= (size_t)ret->command->min)
			operands_only = true;
		/* `ssh NODE -- COMMAND`, as ssh(1) takes it */
		if (operands_only && str_eq(word, "--") && ret->n_operands &&
		    ret->command->verbatim && ret->n_operands == (size_t)ret->command->min)
			continue;
		if (operands_only || word[0] != '-' || !word[1]) {
			take_operand(ret, word);
			continue;
		}
		if (strcmp(word, "--") == 0) {
			operands_only = true;
			continue;
		}
		r = word[1] == '-' ? take_long(ret, &w, word, err)
				   : take_letters(ret, &w, word, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int args_check_operands(const struct args *a, struct err *err)
{
	const struct command *c = a->command;

	if (a->n_operands < (size_t)c->min)
		return err_set(err, EINVAL, "usage: labctl %s%s%s", c->name,
			       c->operands[0] ? " " : "", c->operands);
	if (c->max >= 0 && a->n_operands > (size_t)c->max)
		return c->max ? err_set(err, EINVAL, "unexpected argument '%s'",
					a->operands[c->max])
			      : err_set(err, EINVAL,
					"unexpected argument '%s'; a lab is named by --lab %s",
					a->operands[0], a->operands[0]);
	return 0;
}

const char *args_get(const struct args *a, const char *name)
{
	const char *value = NULL;

	for (size_t i = 0; i < a->n_options; i++)
		if (strcmp(a->options[i].name, name) == 0)
			value = a->options[i].value;
	return value;
}

void args_free(struct args *a)
{
	free(a->options);
	free(a->parameters);
	free(a->operands);
	*a = (struct args){ 0 };
}
