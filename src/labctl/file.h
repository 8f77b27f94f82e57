/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Topologies and experiments as the user names them: found, loaded, their problems printed. */
#ifndef LABCTL_FILE_H
#define LABCTL_FILE_H

#include "course/assignment.h"
#include "experiment/experiment.h"
#include "image/image.h"
#include "labctl/labctl.h"
#include "role/cast.h"
#include "topo/topo.h"

enum file_kind { FILE_TOPOLOGY, FILE_EXPERIMENT, FILE_ASSIGNMENT };

/* The folder of share/ that has the schemas. */
char *file_schema_dir(const struct labctl *l);
/*
 * The absolute path of the file that word means: a file of that name, or one that came with labd
 * (word or word.xml). -ENOENT names what was looked for, and lists what there is.
 */
int file_find(const struct labctl *l, const char *word, enum file_kind kind, char **ret,
	      struct err *err);
/* Names, without .xml, of what came with labd, the gallery's last; free each and the array. */
char **file_names(const struct labctl *l, enum file_kind kind, size_t *n);
/* Whether the name of an experiment is that of the gallery's: made for the lab of that name. */
bool file_in_gallery(const struct labctl *l, const char *name);

/* What the guest image of a lab is made from; topo NULL: of any lab. Borrows of both. */
struct image_source file_image_source(const struct labctl *l, const struct topo *topo);

/* Load and, where there are problems, print each as FILE:LINE:COLUMN: TEXT; the exit code. */
int file_load_topology(const struct labctl *l, const char *word, struct topo *ret, char **ret_path);
int file_load_assignment(const struct labctl *l, const char *word, struct assignment *ret,
			 char **ret_path);
/* Without a word, and of no lab; 0 or a negative code. */
int file_read_experiment(const struct labctl *l, const char *word, struct experiment *ret);
/* Whether it names only what the topology has: experiment_check's answer. */
int file_check_experiment(const struct experiment *experiment, const struct topo *topo,
			  struct xml_problems *problems, struct err *err);
/* Whether the experiment of that name, or in that file, can be played in the lab: 0, or why not. */
int file_experiment_fits(const struct labctl *l, const char *word, const struct topo *topo,
			 struct experiment *ret, struct err *err);
/* wish: the lab that plays it, and by whom; NULL: none yet. */
int file_load_experiment(const struct labctl *l, const char *word, struct cast_wish *wish,
			 struct experiment *ret, char **ret_path);
/* The filters of an experiment, by Wireshark; where that cannot be asked, they are taken. The exit
 * code. */
int file_check_filters(const struct labctl *l, const struct experiment *experiment,
		       const char *path);

#endif
