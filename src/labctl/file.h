/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Topologies and experiments as the user names them: found, loaded, their problems printed. */
#ifndef LABCTL_FILE_H
#define LABCTL_FILE_H

#include "experiment/experiment.h"
#include "labctl/labctl.h"
#include "topo/topo.h"

/* The folders of share/: topologies, with the schemas beside them, and experiments. */
char *file_topology_dir(const struct labctl *l);
char *file_experiment_dir(const struct labctl *l);

/*
 * The absolute path of the file that word means: a file of that name, or one that came with labd
 * (word or word.xml in dir). -ENOENT names what was looked for, and lists what dir has.
 */
int file_find(const char *word, const char *dir, char **ret, struct err *err);
/* Names, without .xml, of what dir has; sorted; free each and the array. */
char **file_names(const char *dir, size_t *n);

/* Load and, where there are problems, print each as FILE:LINE:COLUMN: TEXT; the exit code. */
int file_load_topology(const struct labctl *l, const char *word, struct topo *ret, char **ret_path);
/* Without a word; 0 or a negative code. */
int file_read_experiment(const struct labctl *l, const char *word, struct experiment *ret);
/* Whether the experiment of that name, or in that file, names only what the topology has; no word
 * is said. */
bool file_experiment_fits(const struct labctl *l, const char *word, const struct topo *topo);
int file_load_experiment(const struct labctl *l, const char *word, struct experiment *ret,
			 char **ret_path);
/* The filters of an experiment, by Wireshark; where that cannot be asked, they are taken. The exit
 * code. */
int file_check_filters(const struct labctl *l, const struct experiment *experiment,
		       const char *path);

#endif
