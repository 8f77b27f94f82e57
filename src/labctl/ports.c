/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The places where a lab can be captured. */
#include "labctl/ports.h"

#include "labctl/file.h"
#include "role/role.h"
#include "run/run.h"

void ports_topology(const struct labctl *l, const char *dir, struct topo *ret)
{
	auto_free char *path = run_path(dir, RUN_TOPOLOGY);
	auto_free char *schemas = file_schema_dir(l);
	auto_problems struct topo_problems problems = { 0 };

	(void)topo_load(path, schemas, role_all, ret, &problems, NULL);
}
