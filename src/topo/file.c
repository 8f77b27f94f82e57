/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files that the user puts into a guest. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "topo/private.h"

/* Of a path without its first slash: files travel as a tar archive, whose name field this is. */
#define PATH_BYTES 100

/*
 * Text between the tags, without the line break behind the start tag and the indentation in front
 * of the end tag, so that the tags can stand on lines of their own.
 */
static void inline_text(struct topo_file *file, const char *text)
{
	size_t len, end;

	if (*text == '\r')
		text++;
	if (*text == '\n')
		text++;
	len = strlen(text);
	end = len;
	while (end && (text[end - 1] == ' ' || text[end - 1] == '\t'))
		end--;
	if (end && text[end - 1] == '\n')
		len = end;
	else if (!end)
		len = 0;
	file->data = xstrndup(text, len);
	file->len = len;
}

static void from_source(struct load *load, struct topo_file *file, struct xml_node *at,
			const char *source)
{
	auto_str struct str data = { 0 };
	auto_str struct str text = { 0 };
	struct err err = ERR_INIT;

	if (xml_read_beside(at, source, SOURCE_MAX, &data, &err) < 0) {
		xml_problem(load->problems, at, "source", "%s", err.msg);
		return;
	}
	load->sources += data.len;
	if (load->sources > SOURCES_MAX) {
		xml_problem(load->problems, at, "source",
			    "'%.200s': all such files together are more than %zu bytes", source,
			    SOURCES_MAX);
		return;
	}
	str_add_base64(&text, str_text(&data), data.len);
	xml_set_attr(at, "source", NULL);
	xml_set_attr(at, "encoding", "base64");
	xml_set_text(at, str_text(&text));
	file->len = data.len;
	file->data = str_take(&data);
}

static void from_base64(struct load *load, struct topo_file *file, const struct xml_node *at,
			const char *text)
{
	auto_str struct str data = { 0 };

	if (str_add_unbase64(&data, text) < 0) {
		xml_problem(load->problems, at, "encoding", "its content is not base64");
		return;
	}
	file->len = data.len;
	file->data = str_take(&data);
}

static bool path_is_sane(const char *path)
{
	size_t len = strlen(path);

	return len > 1 && path[0] == '/' && path[len - 1] != '/' && !strstr(path, "//") &&
	       !strstr(path, "/./") && !strstr(path, "/../") && strcmp(path + len - 2, "/.") != 0 &&
	       (len < 3 || strcmp(path + len - 3, "/..") != 0);
}

/* Folders that every guest has, on which something would break if a file took their place. */
static bool is_folder(const char *path)
{
	static const char *const folders[] = {
		"/bin",         "/boot",         "/dev",       "/etc",           "/etc/labd",
		"/etc/service", "/etc/ssh",      "/etc/ssl",   "/etc/ssl/certs", "/home",
		"/lib",         "/lib64",        "/media",     "/mnt",           "/opt",
		"/proc",        "/root",         "/run",       "/run/labd",      "/sbin",
		"/srv",         "/sys",          "/tmp",       "/usr",           "/usr/bin",
		"/usr/lib",     "/usr/lib/labd", "/usr/lib64", "/usr/local",     "/usr/sbin",
		"/usr/share",   "/var",          "/var/lib",   "/var/log",
	};

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		if (str_eq(path, folders[i]))
			return true;
	return false;
}

/* True when folder/... is path. */
static bool is_above(const char *folder, const char *path)
{
	return folder && str_prefix(path, folder) && path[strlen(folder)] == '/';
}

/* True when the path alone is right. */
static bool check_place(struct load *load, const struct xml_node *at, const char *path)
{
	static const char *const kernels[] = { "/proc/", "/sys/", "/dev/" };
	size_t before = load->problems->n, i;

	if (!path_is_sane(path))
		xml_problem(load->problems, at, "path", "not a plain path to a file");
	else if (strlen(path + 1) > PATH_BYTES)
		xml_problem(load->problems, at, "path",
			    "longer than %d bytes after the first slash", PATH_BYTES);
	else if (is_folder(path))
		xml_problem(load->problems, at, "path", "that is a folder in every guest");
	for (i = 0; i < ARRAY_SIZE(kernels); i++) {
		if (str_prefix(path, kernels[i]))
			xml_problem(load->problems, at, "path", "files in %s belong to the kernel",
				    kernels[i]);
	}
	return load->problems->n == before;
}

static void check_path(struct load *load, const struct topo_node *node, const struct xml_node *at)
{
	const char *path = xml_attr(at, "path");
	size_t i;

	if (!path || xml_has_problem(load->problems, at, "path") || !check_place(load, at, path))
		return;
	for (i = 0; i + 1 < node->n_files; i++) {
		const char *other = node->files[i].path;

		if (str_eq(other, path))
			xml_problem(load->problems, at, "path",
				    "a second file with this path in the node");
		else if (is_above(other, path) || is_above(path, other))
			xml_problem(load->problems, at, "path",
				    "'%.200s' cannot be a file and a folder",
				    is_above(other, path) ? other : path);
	}
}

/* at, a file whose source is a folder, becomes that of this name in it. */
static void take_from_folder(struct load *load, struct xml_node *at, char *name)
{
	const char *path = xml_attr(at, "path");
	char *mark = name + strlen(name) - 1;
	bool program = *mark == '*';
	auto_free char *to = NULL, *from = NULL;

	if (*mark == '/' || program)
		*mark = '\0';
	to = xasprintf("%s/%s", path, name);
	from = xasprintf("%s/%s", xml_attr(at, "source"), name);
	if (strpbrk(name, " \t\r\n"))
		xml_problem(load->problems, at, "source", "'%.200s': a name with white space",
			    from);
	if (program && !xml_attr(at, "mode"))
		xml_set_attr(at, "mode", "0755");
	xml_set_attr(at, "path", to);
	xml_set_attr(at, "source", from);
}

/* A folder as source stands for a file for each in it, in the document, too. */
static void open_folders(struct load *load, const struct topo_node *node, struct xml_node *at)
{
	size_t n = 0, room = FILES_MAX - node->n_files;
	char **names = NULL;
	struct err err = ERR_INIT;
	int r = 0;

	while (xml_attr(at, "source") && xml_attr(at, "path") && r == 0) {
		r = xml_list_beside(at, xml_attr(at, "source"), room, &names, &n, &err);
		if (r == -E2BIG || r == -EILSEQ)
			xml_problem(load->problems, at, "source", "%s", err.msg);
		else if (r == 0 && n == 0)
			xml_problem(load->problems, at, "source", "'%.200s': an empty folder",
				    xml_attr(at, "source"));
		if (r < 0 || n == 0)
			return;
		for (size_t i = n - 1; i > 0; i--)
			take_from_folder(load, xml_add_copy(at), names[i]);
		take_from_folder(load, at, names[0]);
		for (size_t i = 0; i < n; i++)
			free(names[i]);
		free(names);
	}
}

void load_file(struct load *load, struct topo_node *node, struct xml_node *at)
{
	const char *mode, *source;
	auto_free char *text = xml_text(at);
	struct topo_file *file;

	if (node->n_files == FILES_MAX) {
		xml_problem(load->problems, at, NULL, "more than %d files in the node", FILES_MAX);
		return;
	}
	open_folders(load, node, at);
	file = array_add(node->files, node->n_files);
	mode = xml_attr(at, "mode");
	source = xml_attr(at, "source");
	file->path = load_name(at, "path");
	file->mode = mode ? (mode_t)(strtoul(mode, NULL, 8) & 07777) : 0644;
	check_path(load, node, at);
	if (source && (text[strspn(text, " \t\r\n")] || xml_attr(at, "encoding")))
		xml_problem(load->problems, at, "source",
			    "either a source or text inside, not both");
	else if (source)
		from_source(load, file, at, source);
	else if (str_eq(xml_attr(at, "encoding"), "base64"))
		from_base64(load, file, at, text);
	else
		inline_text(file, text);
	if (!file->data)
		file->data = xstrdup("");
}
