/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Topologies and experiments as the user names them. */
#include "labctl/file.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "labctl/out.h"
#include "role/role.h"
#include "wireshark/sharkd.h"

#define NAMES_MAX 500 /* of a folder */

/* Where in share/ each kind of file is. */
#define FOLDERS 2
static const char *const folders[][FOLDERS] = {
	[FILE_TOPOLOGY] = { "topologies", "topologies/gallery" },
	[FILE_EXPERIMENT] = { "topologies/experiments", "topologies/gallery/experiments" },
	[FILE_ASSIGNMENT] = { "topologies/assignments", NULL },
};

char *file_schema_dir(const struct labctl *l)
{
	return xasprintf("%s/topologies", l->paths.share);
}

static int is_xml(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && dot != entry->d_name && strcmp(dot, ".xml") == 0;
}

char **file_names(const struct labctl *l, enum file_kind kind, size_t *n)
{
	char **names = NULL;

	*n = 0;
	for (size_t i = 0; i < FOLDERS && folders[kind][i]; i++) {
		auto_free char *dir = xasprintf("%s/%s", l->paths.share, folders[kind][i]);
		struct dirent **entries = NULL;
		int found = scandir(dir, &entries, is_xml, alphasort);

		for (int j = 0; j < found; j++) {
			size_t len = strlen(entries[j]->d_name) - strlen(".xml");

			if (*n < NAMES_MAX)
				*array_add(names, *n) = xstrndup(entries[j]->d_name, len);
			free(entries[j]);
		}
		free(entries);
	}
	return names;
}

bool file_in_gallery(const struct labctl *l, const char *name)
{
	auto_free char *path =
		xasprintf("%s/%s/%s.xml", l->paths.share, folders[FILE_EXPERIMENT][1], name);

	return access(path, F_OK) == 0;
}

static int not_found(const struct labctl *l, const char *word, enum file_kind kind, struct err *err)
{
	auto_str struct str list = { 0 };
	size_t n;
	char **names = file_names(l, kind, &n);
	const char *near = str_nearest(word, (const char *const *)names, n);

	for (size_t i = 0; i < n; i++)
		str_addf(&list, "%s%s", i ? ", " : "", names[i]);
	if (near)
		(void)err_set(err, ENOENT, "'%s': no such file; did you mean '%s'?", word, near);
	else if (n)
		(void)err_set(err, ENOENT, "'%s': no such file; labd came with %s", word,
			      str_text(&list));
	else
		(void)err_set(err, ENOENT, "'%s': no such file", word);
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return -ENOENT;
}

int file_find(const struct labctl *l, const char *word, enum file_kind kind, char **ret,
	      struct err *err)
{
	char *path = realpath(word, NULL);

	if (!path && errno != ENOENT)
		return err_errno(err, errno, "'%s'", word);
	for (size_t i = 0; !path && i < 2 * FOLDERS && folders[kind][i / 2] && !strchr(word, '/');
	     i++) {
		auto_free char *candidate =
			xasprintf("%s/%s/%s%s", l->paths.share, folders[kind][i / 2], word,
				  i % 2 ? ".xml" : "");

		path = realpath(candidate, NULL);
	}
	if (!path)
		return not_found(l, word, kind, err);
	*ret = path;
	return 0;
}

struct image_source file_image_source(const struct labctl *l, const struct topo *topo)
{
	return (struct image_source){ l->paths.share, l->paths.guest_bin, l->paths.cache,
				      topo ? topo->packages : NULL };
}

/* The problems, one a line, then how many; without any, the sentence that says why. */
static int invalid(const struct labctl *l, const char *path, const struct xml_problems *problems,
		   struct err *err)
{
	size_t n = problems->n + problems->more;
	auto_str struct str lines = { 0 };
	auto_free char *text = NULL;

	xml_problems_print(problems, NULL, &lines);
	text = out_clean(str_text(&lines), true);
	fprintf(stderr, "%s", text);
	if (n)
		(void)err_set(err, EINVAL, "'%s' is not valid: %zu problem%s", path, n,
			      n == 1 ? "" : "s");
	return out_error(l, EXIT_INVALID, err);
}

int file_load_topology(const struct labctl *l, const char *word, struct topo *ret, char **ret_path)
{
	auto_problems struct topo_problems problems = { 0 };
	auto_free char *schemas = file_schema_dir(l);
	auto_free char *path = NULL;
	struct err err = ERR_INIT;

	if (file_find(l, word, FILE_TOPOLOGY, &path, &err) < 0)
		return out_error(l, EXIT_FAILED, &err);
	if (topo_load(path, schemas, role_all, ret, &problems, &err) < 0)
		return invalid(l, path, &problems, &err);
	*ret_path = take_ptr(path);
	return EXIT_DONE;
}

int file_load_assignment(const struct labctl *l, const char *word, struct assignment *ret,
			 char **ret_path)
{
	auto_xml_problems struct xml_problems problems = { 0 };
	auto_free char *schemas = file_schema_dir(l);
	auto_free char *path = NULL;
	struct err err = ERR_INIT;

	if (file_find(l, word, FILE_ASSIGNMENT, &path, &err) < 0)
		return out_error(l, EXIT_FAILED, &err);
	if (assignment_load(path, schemas, ret, &problems, &err) < 0)
		return invalid(l, path, &problems, &err);
	*ret_path = take_ptr(path);
	return EXIT_DONE;
}

int file_read_experiment(const struct labctl *l, const char *word, struct experiment *ret)
{
	auto_xml_problems struct xml_problems problems = { 0 };
	auto_free char *schemas = file_schema_dir(l);
	auto_free char *path = NULL;
	int r = file_find(l, word, FILE_EXPERIMENT, &path, NULL);

	return r < 0 ? r : experiment_load(path, schemas, ret, &problems, NULL);
}

int file_load_experiment(const struct labctl *l, const char *word, struct cast_wish *wish,
			 struct experiment *ret, char **ret_path)
{
	auto_xml_problems struct xml_problems problems = { 0 };
	auto_free char *schemas = file_schema_dir(l);
	auto_free char *path = NULL;
	struct err err = ERR_INIT;

	if (file_find(l, word, FILE_EXPERIMENT, &path, &err) < 0)
		return out_error(l, EXIT_FAILED, &err);
	if (experiment_load_cast(path, schemas, wish ? cast_lab : NULL, wish, ret, &problems,
				 &err) < 0)
		return invalid(l, path, &problems, &err);
	*ret_path = take_ptr(path);
	return EXIT_DONE;
}

int file_check_experiment(const struct experiment *experiment, const struct topo *topo,
			  struct xml_problems *problems, struct err *err)
{
	return experiment_check(experiment, topo_has_port, topo_has_link, topo, problems, err);
}

int file_experiment_fits(const struct labctl *l, const char *word, const struct topo *topo,
			 struct experiment *ret, struct err *err)
{
	auto_xml_problems struct xml_problems problems = { 0 };
	auto_free char *schemas = file_schema_dir(l), *path = NULL;
	struct cast_wish wish = { .topo = topo };
	int r = file_find(l, word, FILE_EXPERIMENT, &path, err);

	if (r == 0)
		r = experiment_load_cast(path, schemas, cast_lab, &wish, ret, &problems, err);
	if (r == 0)
		r = file_check_experiment(ret, topo, &problems, err);
	/* Where it stands in the file does not matter to who asks about a lab. */
	if (r == -EINVAL && problems.n)
		(void)err_set(err, EINVAL, problems.n > 1 ? "%s (and %zu more)" : "%s",
			      problems.items[0].text, problems.n + problems.more - 1);
	return r;
}

int file_check_filters(const struct labctl *l, const struct experiment *experiment,
		       const char *path)
{
	auto_xml_problems struct xml_problems problems = { 0 };
	struct err err = ERR_INIT;
	int r = experiment_check_filters(experiment, SHARKD, &problems, &err);

	if (r == -EINVAL)
		return invalid(l, path, &problems, &err);
	/* Without sharkd labd says so, before it begins. */
	return EXIT_DONE;
}
