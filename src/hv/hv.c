/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guests as libvirt domains, through the embedded QEMU driver. */
#include "hv/hv.h"

#include <errno.h>
#include <fcntl.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "hv/domain-xml.h"
#include "hv/stream.h"
#include "hv/view.h"

struct hv {
	virConnectPtr conn;
	char *root;
	pthread_t events;
	hv_ended_fn *ended; /* of hv_watch */
	void *ctx;
};

static void domain_autop(virDomainPtr *domain)
{
	if (*domain)
		(void)virDomainFree(*domain);
}
#define auto_domain AUTO(domain_autop)

/* libvirt fails with -1 or NULL and keeps the reason in the thread. */
static int hv_error(struct err *err, const char *what)
{
	virErrorPtr last = virGetLastError();
	int code = last && last->code == VIR_ERR_NO_DOMAIN ? ENOENT : EIO;

	return err_set(err, code, "%s: %s", what, virGetLastErrorMessage());
}

/* libvirt keeps errors per thread; its own copy to stderr would be noise. */
static void quiet(void *opaque, virErrorPtr error)
{
	(void)opaque;
	(void)error;
}

/* Runs libvirt's event loop for the life of the process. */
static void *event_loop(void *arg)
{
	(void)arg;
	for (;;)
		if (virEventRunDefaultImpl() < 0)
			return NULL;
	return NULL;
}

/* A timer that never does anything keeps the loop from blocking for ever in poll when calls come
 * and go. */
static void tick(int timer, void *opaque)
{
	(void)timer;
	(void)opaque;
}

/* qemu.conf of the embedded driver: no daemon of libvirt's is ever asked for help. */
static const char qemu_conf[] = "security_driver = \"none\"\n"
				"stdio_handler = \"file\"\n"
				"namespaces = []\n"
				"cgroup_controllers = []\n"
				"seccomp_sandbox = 1\n"
				"remember_owner = 0\n"
				"dynamic_ownership = 0\n";

/*
 * libvirt notices another emulator by the file's time, but sees labd-jail: so that what it learned
 * of one QEMU is not taken for what the next one can do, each has a folder.
 */
static char *cache_of_qemu(const char *cache)
{
	struct stat st = { 0 };

	(void)stat(VIEW_QEMU, &st);
	return xasprintf("%s/%llx-%llx", cache, (unsigned long long)st.st_size,
			 (unsigned long long)st.st_ctime);
}

static int prepare_root(const char *root, const char *cache, struct err *err)
{
	auto_free char *own = cache_of_qemu(cache);
	auto_free char *etc = xasprintf("%s/etc", root);
	auto_free char *conf = xasprintf("%s/etc/qemu.conf", root);
	auto_free char *link = xasprintf("%s/cache", root);
	int r = io_mkdirs(etc, 0700, err);

	if (r == 0)
		r = io_write_file(conf, qemu_conf, strlen(qemu_conf), 0600, err);
	/*
	 * Probing QEMU takes seconds; what libvirt learned is kept for the next lab. Without a
	 * place to keep it (a read-only disk, too) libvirt makes its own.
	 */
	if (r == 0 && io_mkdirs(own, 0700, NULL) == 0 && access(own, W_OK) == 0 &&
	    symlink(own, link) < 0 && errno != EEXIST)
		r = err_errno(err, errno, "'%s'", link);
	return r;
}

int hv_open(const char *root, const char *cache, struct hv **ret, struct err *err)
{
	auto_free char *uri = xasprintf("qemu:///embed?root=%s", root);
	struct hv *hv;
	int r = prepare_root(root, cache, err);

	if (r < 0)
		return err_context(err, "libvirt");
	virSetErrorFunc(NULL, quiet);
	if (virInitialize() < 0 || virEventRegisterDefaultImpl() < 0 ||
	    virEventAddTimeout(1000, tick, NULL, NULL) < 0)
		return hv_error(err, "libvirt");
	hv = xcalloc(1, sizeof(*hv));
	r = pthread_create(&hv->events, NULL, event_loop, NULL);
	if (r) {
		free(hv);
		return err_errno(err, r, "libvirt's event loop");
	}
	hv->conn = virConnectOpen(uri);
	if (!hv->conn) {
		r = hv_error(err, "libvirt's embedded QEMU driver");
		/* The loop thread stays: it belongs to libvirt and to the process now. */
		free(hv);
		return r;
	}
	hv->root = xstrdup(root);
	*ret = hv;
	return 0;
}

static void version_text(unsigned long version, char text[24])
{
	(void)snprintf(text, 24, "%lu.%lu.%lu", version / 1000000, version / 1000 % 1000,
		       version % 1000);
}

void hv_versions(struct hv *hv, char libvirt[24], char qemu[24])
{
	unsigned long version = 0;

	libvirt[0] = qemu[0] = '\0';
	if (virGetVersion(&version, NULL, NULL) == 0)
		version_text(version, libvirt);
	if (virConnectGetVersion(hv->conn, &version) == 0)
		version_text(version, qemu);
}

void hv_describe(struct hv *hv, const struct hv_guest *guest, struct str *out)
{
	struct hv_guest plain = {
		.name = "",
		.memory_mib = guest->memory_mib,
		.emulator = "",
		.kernel = "",
		.initrd = "",
		.cmdline = guest->cmdline,
		.root = "",
		.ssh_socket = "",
		.clone_socket = "",
		.console_socket = "",
		.console_log = "",
		.radio_socket = guest->radio_socket ? "" : NULL,
		.nics = guest->nics,
		.n_nics = guest->n_nics,
		.kvm = guest->kvm,
	};
	auto_free char *build = cache_of_qemu("");
	char libvirt[24], qemu[24];

	hv_versions(hv, libvirt, qemu);
	str_addf(out, "libvirt %s\nQEMU %s%s\n", libvirt, qemu, build);
	domain_xml_guest(out, &plain);
}

int hv_start(struct hv *hv, const struct hv_guest *guest, struct err *err)
{
	auto_str struct str xml = { 0 };
	auto_domain virDomainPtr domain = NULL;

	domain_xml_guest(&xml, guest);
	domain = virDomainCreateXML(hv->conn, xml.data, 0);
	if (!domain)
		return hv_error(err, "libvirt");
	return 0;
}

int hv_save(struct hv *hv, const char *name, const char *file, struct err *err)
{
	auto_domain virDomainPtr domain = virDomainLookupByName(hv->conn, name);

	if (!domain || virDomainSaveFlags(domain, file, NULL, VIR_DOMAIN_SAVE_RUNNING) < 0)
		return hv_error(err, "libvirt");
	return 0;
}

/* The stream with the guest's own XML. */
static int dress(const struct hv_guest *guest, const char *stream, const char *to, struct err *err)
{
	auto_str struct str xml = { 0 };
	auto_fclose FILE *in = NULL;
	auto_fclose FILE *out = NULL;
	int fd, r = io_open_stream(stream, &in, err);

	if (r < 0)
		return r;
	fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	out = fd < 0 ? NULL : fdopen(fd, "w");
	if (!out) {
		r = err_errno(err, errno, "'%s'", to);
		auto_closep(&fd);
		return r;
	}
	domain_xml_guest(&xml, guest);
	return stream_dress(in, xml.data, out, err);
}

int hv_restore(struct hv *hv, const struct hv_guest *guest, const char *stream, const char *scratch,
	       bool paused, struct err *err)
{
	unsigned int how = paused ? VIR_DOMAIN_SAVE_PAUSED : VIR_DOMAIN_SAVE_RUNNING;
	int r = dress(guest, stream, scratch, err);

	if (r == 0 && virDomainRestoreFlags(hv->conn, scratch, NULL, how) < 0)
		r = hv_error(err, "libvirt");
	(void)unlink(scratch);
	return r;
}

int hv_pause(struct hv *hv, const char *name, struct err *err)
{
	auto_domain virDomainPtr domain = virDomainLookupByName(hv->conn, name);

	return domain && virDomainSuspend(domain) == 0 ? 0 : hv_error(err, "libvirt");
}

int hv_resume(struct hv *hv, const char *name, struct err *err)
{
	auto_domain virDomainPtr domain = virDomainLookupByName(hv->conn, name);
	virDomainMemoryStatStruct unused;
	int state, reason;

	/* A libvirt that takes a guest over tells its predecessor's state until it is done, which
	 * whatever has to ask QEMU waits for. */
	if (domain)
		(void)virDomainMemoryStats(domain, &unused, 1, 0);
	if (!domain || virDomainGetState(domain, &state, &reason, 0) < 0)
		return hv_error(err, "libvirt");
	if (state == VIR_DOMAIN_RUNNING)
		return 0;
	return virDomainResume(domain) == 0 ? 1 : hv_error(err, "libvirt");
}

/* A snapshot of the memory alone: libvirt writes what it writes to save a guest. */
int hv_picture(struct hv *hv, const char *name, const char *file, struct err *err)
{
	auto_domain virDomainPtr domain = virDomainLookupByName(hv->conn, name);
	virDomainSnapshotPtr snapshot = NULL;
	auto_str struct str xml = { 0 };

	str_adds(&xml, "<domainsnapshot><memory snapshot='external' file='");
	str_add_escaped(&xml, file);
	str_adds(&xml, "'/><disks><disk name='vda' snapshot='no'/></disks></domainsnapshot>");
	if (domain)
		snapshot = virDomainSnapshotCreateXML(domain, xml.data,
						      VIR_DOMAIN_SNAPSHOT_CREATE_NO_METADATA);
	if (!snapshot)
		return hv_error(err, "libvirt");
	(void)virDomainSnapshotFree(snapshot);
	return 0;
}

int hv_destroy(struct hv *hv, const char *name, struct err *err)
{
	auto_domain virDomainPtr domain = virDomainLookupByName(hv->conn, name);
	virErrorPtr last;

	if (domain && virDomainDestroy(domain) == 0)
		return 0;
	/* Gone before, or while, we asked: what we wanted. */
	last = virGetLastError();
	if (last && last->code == VIR_ERR_NO_DOMAIN)
		return 0;
	return hv_error(err, "libvirt");
}

/* The number in a small file, 0 when there is none. */
static pid_t read_number(const char *path)
{
	auto_str struct str text = { 0 };

	if (io_read_file(path, 64, &text, NULL) < 0)
		return 0;
	return (pid_t)strtol(str_text(&text), NULL, 10);
}

/* libvirt knows labd-jail, whose only child is QEMU (proc(5); not every kernel tells children). */
static pid_t read_pid(const struct hv *hv, const char *name)
{
	auto_free char *file = xasprintf("%s/run/qemu/%s.pid", hv->root, name);
	int jail = (int)read_number(file);
	auto_free char *children = xasprintf("/proc/%d/task/%d/children", jail, jail);
	pid_t qemu = read_number(children);

	return qemu ? qemu : (pid_t)jail;
}

int hv_running(struct hv *hv, const char *name, pid_t *pid, struct err *err)
{
	auto_domain virDomainPtr domain = virDomainLookupByName(hv->conn, name);
	virErrorPtr last = virGetLastError();
	int active;

	if (!domain && last && last->code == VIR_ERR_NO_DOMAIN)
		return 0;
	active = domain ? virDomainIsActive(domain) : -1;
	if (active < 0)
		return hv_error(err, "libvirt");
	if (pid)
		*pid = active ? read_pid(hv, name) : 0;
	return active;
}

static int on_event(virConnectPtr conn, virDomainPtr domain, int event, int detail, void *opaque)
{
	struct hv *hv = opaque;

	(void)conn;
	if (event == VIR_DOMAIN_EVENT_STOPPED && detail != VIR_DOMAIN_EVENT_STOPPED_DESTROYED)
		hv->ended(hv->ctx, virDomainGetName(domain),
			  detail == VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN ? HV_END_SHUTDOWN
								      : HV_END_DIED);
	return 0;
}

int hv_watch(struct hv *hv, hv_ended_fn *ended, void *ctx, struct err *err)
{
	hv->ended = ended;
	hv->ctx = ctx;
	if (virConnectDomainEventRegisterAny(hv->conn, NULL, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
					     VIR_DOMAIN_EVENT_CALLBACK(on_event), hv, NULL) < 0)
		return hv_error(err, "libvirt's events");
	return 0;
}

int hv_set_carrier(struct hv *hv, const char *name, const struct hv_nic *nic, bool up,
		   struct err *err)
{
	auto_domain virDomainPtr domain = virDomainLookupByName(hv->conn, name);
	auto_str struct str xml = { 0 };

	domain_xml_nic(&xml, nic, up);
	if (!domain || virDomainUpdateDeviceFlags(domain, xml.data, VIR_DOMAIN_AFFECT_LIVE) < 0)
		return hv_error(err, "libvirt");
	return 0;
}
