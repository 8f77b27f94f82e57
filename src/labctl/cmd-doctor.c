/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* labctl doctor: what labd needs of this machine, what is missing, and what to do about it. */
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "image/image.h"
#include "image/kvm.h"
#include "labctl/file.h"
#include "labctl/labctl.h"
#include "labctl/machine.h"
#include "labctl/out.h"
#include "sandbox/sandbox.h"

#define DISK_MIB 2048 /* the image, while it is built, and some runs */

/* What is found wrong: an obstacle, or only something to know. */
enum finding { FINDING_OK, FINDING_NOTE, FINDING_MISSING };

struct report {
	struct table table;
	json_t *checks;
	bool missing;
};

static void add(struct report *r, enum finding finding, const char *name, const char *text)
{
	static const char *const words[] = { "ok", "note", "MISSING" };
	static const char *const keys[] = { "ok", "note", "missing" };

	out_table_row(&r->table, words[finding], name, text);
	(void)json_array_append_new(r->checks, json_pack("{s:s, s:s, s:o}", "check", name, "state",
							 keys[finding], "text", json_text(text)));
	r->missing = r->missing || finding == FINDING_MISSING;
}

static void add_fact(struct report *r, enum finding otherwise, const char *name,
		     const struct err *fact, const char *fine)
{
	add(r, fact->code ? otherwise : FINDING_OK, name, fact->code ? fact->msg : fine);
}

static void check_kernel(struct report *r)
{
	struct sandbox_facts facts;

	memset(&facts, 0, sizeof(facts));
	sandbox_check(&facts);
	add_fact(r, FINDING_MISSING, "namespaces", &facts.namespaces,
		 "ordinary users may create them");
	add_fact(r, FINDING_MISSING, "/dev/net/tun", &facts.tun, "opens");
}

/* A program in PATH, or where the administrator's programs are. */
static char *find_program(const char *name)
{
	const char *path = getenv("PATH");
	auto_free char *copy =
		xasprintf("%s:/usr/local/sbin:/usr/sbin:/sbin", path ? path : "/usr/bin:/bin");
	char *rest = copy, *dir;

	while ((dir = strsep(&rest, ":"))) {
		char *file = xasprintf("%s/%s", dir, name);

		if (dir[0] == '/' && access(file, X_OK) == 0)
			return file;
		free(file);
	}
	return NULL;
}

static void check_programs(struct report *r)
{
	static const struct {
		const char *name, *package;
		enum finding otherwise;
	} programs[] = {
		{ "qemu-system-x86_64", "qemu-system-x86", FINDING_MISSING },
		{ "sharkd", "wireshark-common", FINDING_MISSING },
		{ "strip", "binutils", FINDING_NOTE },
		{ "mmdebstrap", "mmdebstrap", FINDING_NOTE },
		{ "fakeroot", "fakeroot", FINDING_NOTE },
		{ "mkfs.erofs", "erofs-utils", FINDING_NOTE },
		{ "cpio", "cpio", FINDING_NOTE },
		{ "xz", "xz-utils", FINDING_NOTE },
		{ "wireshark", "wireshark", FINDING_NOTE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		auto_free char *file = find_program(programs[i].name);
		auto_free char *advice = xasprintf("apt-get install %s%s", programs[i].package,
						   programs[i].otherwise == FINDING_MISSING ? ""
						   : i + 1 < ARRAY_SIZE(programs)
							   ? " (only needed to build the image)"
							   : " (only needed to look at captures)");

		add(r, file ? FINDING_OK : programs[i].otherwise, programs[i].name,
		    file ? file : advice);
	}
}

static void check_libvirt(struct report *r)
{
	static const char pattern[] =
		"/usr/lib*/{*/,}libvirt/connection-driver/libvirt_driver_qemu.so";
	glob_t found = { 0 };
	bool ok = glob(pattern, GLOB_BRACE, NULL, &found) == 0 && found.gl_pathc > 0;

	add(r, ok ? FINDING_OK : FINDING_MISSING, "libvirt's QEMU driver",
	    ok ? found.gl_pathv[0] : "apt-get install libvirt-daemon libvirt-daemon-driver-qemu");
	globfree(&found);
}

/* How guests would run, tried with the image's kernel. */
static void check_kvm(struct report *r, const struct labctl *l, const struct image *image)
{
	char why[IMAGE_KVM_WHY];
	bool works = image_kvm(image->kernel, l->paths.cache, why);
	auto_free char *text = xasprintf("%s: guests %s", why,
					 works ? "run on the processor itself"
					       : "are emulated, about ten times slower");

	add(r, works ? FINDING_OK : FINDING_NOTE, "KVM", text);
}

static void check_image(struct report *r, const struct labctl *l)
{
	struct image image = { 0 };
	struct err err = ERR_INIT;
	struct image_source from = file_image_source(l, NULL);
	bool ok = image_locate(&from, &image, &err) == 0;

	add(r, ok ? FINDING_OK : FINDING_MISSING, "guest image", ok ? image.dir : err.msg);
	if (ok)
		check_kvm(r, l, &image);
	image_free(&image);
}

/* A note only: a lab and runs may have their place elsewhere. */
static void check_disk(struct report *r, const char *name, const char *path, const char *variable)
{
	long long mib = machine_disk_mib(path);
	auto_free char *text = mib < 0 ? xasprintf("%s: %s; set %s to another place", path,
						   strerror(errno), variable)
				       : xasprintf("%lld MiB free at %s%s", mib, path,
						   mib < DISK_MIB ? "; 2 GiB are recommended" : "");

	add(r, mib < DISK_MIB ? FINDING_NOTE : FINDING_OK, name, text);
}

/* What affinity, cgroups and ulimits leave, and what the largest lab of ours needs of it. */
static void check_limit(struct report *r, const struct machine_limit *m)
{
	bool enough = m->have->value >= m->need, limited = m->have->by[0];
	auto_str struct str text = { 0 };

	if (m->have->value == LIMIT_NONE)
		str_adds(&text, "no limit");
	else
		str_addf(&text, "%lld%s available%s%s", m->have->value, m->unit,
			 limited ? " by " : "", m->have->by);
	if (!enough)
		str_addf(&text, "; school.xml needs %lld%s%s", m->need, m->unit,
			 limited ? ": raise that limit" : "");
	add(r, enough ? FINDING_OK : FINDING_NOTE, m->what, text.data);
}

static void check_limits(struct report *r)
{
	struct machine_limit all[MACHINE_LIMITS];
	struct limits limits;
	auto_free char *text = NULL;

	limits_read(&limits);
	text = xasprintf("%lld available%s%s: emulated guests boot %lld at a time",
			 limits.processors.value, limits.processors.by[0] ? " by " : "",
			 limits.processors.by, limits.processors.value + 1);
	add(r, FINDING_OK, "processors", text);
	machine_limits(&machine_school, &limits, all);
	for (size_t i = 0; i < MACHINE_LIMITS; i++)
		check_limit(r, &all[i]);
}

int cmd_doctor(struct labctl *l, const struct args *a)
{
	struct report r = { .table = { .columns = 3 }, .checks = json_array() };
	auto_json json_t *answer = NULL;

	(void)a;
	check_kernel(&r);
	check_programs(&r);
	check_libvirt(&r);
	check_image(&r, l);
	check_disk(&r, "disk for images", l->paths.cache, "XDG_CACHE_HOME");
	check_disk(&r, "disk for runs", l->paths.data, "XDG_DATA_HOME");
	check_limits(&r);
	answer = json_pack("{s:b, s:o}", "ok", !r.missing, "checks", r.checks);
	if (l->json)
		out_json(answer, false);
	else
		out_table_print(&r.table, stdout);
	if (!l->json)
		printf("%s\n", r.missing ? "Something is missing." : "Nothing is missing.");
	out_table_free(&r.table);
	return r.missing ? EXIT_FAILED : EXIT_DONE;
}
