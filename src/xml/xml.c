/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A document from its opening to its end. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "xml/private.h"

void xml_close(struct xml_doc *doc)
{
	if (!doc)
		return;
	xmlFreeDoc(doc->tree);
	while (doc->sources) {
		struct source *source = doc->sources;

		doc->sources = source->next;
		xmlFreeDoc(source->tree);
		str_free(&source->text);
		free(source->name);
		free(source->real);
		free(source);
	}
	while (doc->places) {
		struct place *place = doc->places;

		doc->places = place->next;
		free(place);
	}
	free(doc->folder);
	free(doc);
}

static struct xml_doc *new_doc(const struct xml_options *options)
{
	struct xml_doc *doc = xcalloc(1, sizeof(*doc));

	doc->limit = options && options->limit ? options->limit : XML_SIZE_MAX;
	return doc;
}

static bool is_bounded(const struct xml_node *node, struct xml_problems *problems)
{
	const struct xml_node *many = xml_child_at(node, NULL, XML_CHILDREN_MAX), *it;
	bool fits = !many;

	if (many)
		xml_problem(problems, many, NULL, "more than %d elements in one", XML_CHILDREN_MAX);
	for (it = xml_child(node, NULL); it && fits; it = xml_next(it, NULL))
		fits = is_bounded(it, problems);
	return fits;
}

/* Adds how many of each bound's there are; false, with a finding, where it is too many. */
static bool keep_bounds(const struct xml_node *node, const struct xml_options *options,
			size_t *counts, struct xml_problems *problems)
{
	const struct xml_node *it;
	bool fits = true;

	for (size_t i = 0; i < options->n_bounds; i++) {
		const struct xml_bound *bound = &options->bounds[i];

		if (!xml_is(node, bound->in))
			continue;
		it = xml_child_at(node, bound->name, bound->max);
		if (it)
			xml_problem(problems, it, NULL, "too many: a %s has at most %zu of these",
				    bound->in, bound->max);
		fits &= !it;
		xml_for_each(it, node, bound->name)
			counts[i]++;
		if (fits && bound->in_all && counts[i] > bound->in_all) {
			xml_problem(problems, node, NULL,
				    "too many: all of it has at most %zu of <%s>", bound->in_all,
				    bound->name);
			fits = false;
		}
	}
	for (it = xml_child(node, NULL); it && fits; it = xml_next(it, NULL))
		fits = keep_bounds(it, options, counts, problems);
	return fits;
}

static bool keeps_bounds(const struct xml_node *root, const struct xml_options *options,
			 struct xml_problems *problems)
{
	auto_free size_t *counts = xcalloc(options->n_bounds + 1, sizeof(*counts));

	return keep_bounds(root, options, counts, problems);
}

/* The first source is there; on success the document goes to ret. */
static int finish(struct xml_doc **doc, const struct xml_options *options, struct xml_doc **ret,
		  struct xml_problems *problems, struct err *err)
{
	struct source *source = (*doc)->sources;
	int r = read_source(*doc, source, 0, &(*doc)->tree, problems);

	if (r == 0)
		r = include_all(*doc, problems);
	if (r == 0 && (!is_bounded(xml_root(*doc), problems) ||
		       (options && !keeps_bounds(xml_root(*doc), options, problems))))
		r = -EINVAL;
	if (r < 0) {
		xml_problems_sort(problems, source->name);
		return xml_problems_err(problems, err);
	}
	if (options && options->schema) {
		r = check_schema(*doc, options->schema, problems, err);
		if (r < 0)
			return r;
	}
	*ret = take_ptr(*doc);
	return 0;
}

int xml_open(const char *path, const struct xml_options *options, struct xml_doc **ret,
	     struct xml_problems *problems, struct err *err)
{
	auto_xml_doc struct xml_doc *doc = new_doc(options);
	char *real = realpath(path, NULL);
	int r;

	if (!real)
		return err_errno(err, errno, "'%s'", path);
	doc->folder = xstrndup(real, (size_t)(strrchr(real, '/') - real) + 1);
	(void)read_add_source(doc, xstrdup(path), real);
	r = io_read_file(path, doc->limit, &doc->sources->text, err);
	if (r < 0)
		return r;
	return finish(&doc, options, ret, problems, err);
}

int xml_open_text(const char *text, size_t len, const char *name, const struct xml_options *options,
		  struct xml_doc **ret, struct xml_problems *problems, struct err *err)
{
	auto_xml_doc struct xml_doc *doc = new_doc(options);

	if (len > doc->limit)
		return err_set(err, EFBIG, "'%s': larger than %zu bytes", name, doc->limit);
	(void)read_add_source(doc, xstrdup(name), NULL);
	str_add(&doc->sources->text, text, len);
	return finish(&doc, options, ret, problems, err);
}

static int kept(const struct dirent *entry)
{
	return !str_eq(entry->d_name, ".") && !str_eq(entry->d_name, "..");
}

/* The name with the mark of what it is. */
static char *marked_name(const char *folder, const char *name)
{
	auto_free char *path = xasprintf("%s/%s", folder, name);
	struct stat st;

	if (stat(path, &st) < 0)
		return xstrdup(name);
	if (S_ISDIR(st.st_mode))
		return xasprintf("%s/", name);
	return xasprintf("%s%s", name, st.st_mode & S_IXUSR ? "*" : "");
}

int xml_list_beside(const struct xml_node *node, const char *href, size_t limit, char ***ret,
		    size_t *n, struct err *err)
{
	const struct xml_doc *doc = to_libxml(node)->doc->_private;
	auto_free char *real = NULL;
	auto_free char *name = NULL;
	struct dirent **entries = NULL;
	char **list = NULL;
	int found, r = include_find_beside(doc, place_of(node)->source, href, &real, &name, err);
	size_t got = 0;

	if (r < 0)
		return r;
	found = scandir(real, &entries, kept, alphasort);
	if (found < 0)
		return err_errno(err, errno, "'%.200s'", href);
	for (int i = 0; i < found; i++) {
		if ((size_t)found <= limit)
			*array_add(list, got) = marked_name(real, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	if ((size_t)found > limit)
		return err_set(err, E2BIG, "'%.200s': more than %zu files", href, limit);
	for (size_t i = 0; i < got; i++)
		if (!xmlCheckUTF8(TEXT(list[i])))
			r = err_set(err, EILSEQ, "'%.200s': has a name that is not UTF-8", href);
	if (r < 0) {
		for (size_t i = 0; i < got; i++)
			free(list[i]);
		free(list);
		return r;
	}
	*ret = list;
	*n = got;
	return 0;
}

int xml_read_beside(const struct xml_node *node, const char *href, size_t limit, struct str *ret,
		    struct err *err)
{
	const struct xml_doc *doc = to_libxml(node)->doc->_private;
	auto_free char *real = NULL;
	auto_free char *name = NULL;
	int r = include_find_beside(doc, place_of(node)->source, href, &real, &name, err);

	return r < 0 ? r : io_read_file(real, limit, ret, err);
}
