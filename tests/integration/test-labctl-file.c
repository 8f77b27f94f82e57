/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * labctl without a lab: topologies, experiments, the image, this machine.
 * Covers: src/experiment/check-filters.c src/labctl/cmd-doctor.c src/labctl/cmd-file.c
 * Covers: src/labctl/cmd-image.c src/labctl/file.c
 */
#include "lib/labctl-bench.h"
#include "lib/tests.h"

static const struct row rows[] = {
	{ .name = "validate takes names, too",
	  .args = { "validate", "fetch", "small" },
	  .out = "/small.xml: a valid topology" },
	{ .name = "validate: valid",
	  .args = { "validate", "valid.xml" },
	  .out = "a valid topology",
	  .err = "" },
	{ .name = "validate: not valid",
	  .args = { "validate", "wrong.xml" },
	  .code = 4,
	  .err = "wrong.xml:3:" },
	{ .name = "validate: JSON",
	  .args = { "validate", "--json", "wrong.xml" },
	  .code = 4,
	  .out = "\"valid\": false" },
	{ .name = "validate: one of two",
	  .args = { "validate", "valid.xml", "wrong.xml" },
	  .code = 4,
	  .out = "a valid topology" },
	{ .name = "validate: missing file",
	  .args = { "validate", "none.xml" },
	  .code = 4,
	  .err = "none.xml" },
	{ .name = "plan", .args = { "plan", "valid.xml" }, .out = "node client" },
	{ .name = "plan: JSON", .args = { "plan", "--json", "valid.xml" }, .out = "\"nodes\"" },
	{ .name = "plan: not valid",
	  .args = { "plan", "wrong.xml" },
	  .code = 4,
	  .out = "",
	  .err = "wrong.xml:3:" },
	{ .name = "plan: missing file",
	  .args = { "plan", "schol" },
	  .code = 1,
	  .err = "did you mean 'school'?" },
	{ .name = "run: missing file", .args = { "run", "nix" }, .code = 1, .err = "no such file" },
	{ .name = "demo: a lab in which fetch cannot run",
	  .args = { "demo", "valid.xml" },
	  .code = 4,
	  .out = "",
	  .err = "cannot be run there; `labctl up valid.xml`" },
	{ .name = "run: unknown parameter",
	  .args = { "run", "e.xml", "--tsl", "1.3" },
	  .code = 2,
	  .err = "tls" },
	{ .name = "run: unknown value",
	  .args = { "run", "e.xml", "--tls", "9" },
	  .code = 2,
	  .err = "1.3" },
	{ .name = "run --help lists parameters",
	  .args = { "run", "e.xml", "--help" },
	  .out = "--tls" },
	{ .name = "up: an accelerator that is none",
	  .args = { "up", "wrong.xml", "--accelerator", "gpu" },
	  .code = 2,
	  .err = "kvm or tcg" },
	{ .name = "up: not valid",
	  .args = { "up", "wrong.xml" },
	  .code = 4,
	  .err = "wrong.xml:3:" },
	{ .name = "image show", .args = { "image", "show" }, .out = "runit    2.1", .err = "" },
	{ .name = "image show --json",
	  .args = { "image", "show", "--json" },
	  .out = "\"folder\": \"/" },
	{ .name = "image build, there already",
	  .args = { "image", "build" },
	  .out = "already exists" },
	{ .name = "image: neither nor",
	  .args = { "image", "burn" },
	  .code = 2,
	  .err = "build, show, prune" },
	{ .name = "image export: no file",
	  .args = { "image", "export" },
	  .code = 2,
	  .err = "export FILE" },
	{ .name = "image import: missing file",
	  .args = { "image", "import", "none" },
	  .code = 1,
	  .err = "'none': No such file" },
	{ .name = "image import: no image",
	  .args = { "image", "import", "valid.xml" },
	  .code = 1,
	  .err = "is not a labctl image" },
	{ .name = "image prune --json",
	  .args = { "image", "prune", "--json" },
	  .out = "\"removed\": 0" },
	{ .name = "doctor --json",
	  .args = { "doctor", "--json" },
	  .code = -1,
	  .out = "\"check\": \"namespaces\"" },
};

static int run_groups(void)
{
	ADD_ROWS(rows, test_row);
	return run_added("files", NULL, NULL);
}

int main(void)
{
	return run_labctl(run_groups);
}
