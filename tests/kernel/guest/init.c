// SPDX-License-Identifier: GPL-2.0-only
/*
 * The first and only process of a test kernel. Loads each module that /plan names, puts each device of it
 * through one and the same script, and prints what happened, one line an observation:
 *
 *	@module NAME
 *	@ KEY<tab>VALUE
 *	@end NAME
 *
 * where a VALUE of "=" is that of the line before.
 *
 * A line of /plan: NAME;PARAMETERS;SUFFIX,SUFFIX...;FILE. The devices are /dev/NAME and each SUFFIX; with a
 * FILE, the module is a file system of that name and FILE lies in it.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "peek.h"

#define PAGE		4096UL
#define MARK_AT		64	/* offset in a page of what the script writes */
#define FAULTS		24	/* more than the allocations of an mmap() */
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof(*(a)))

#define KLOG_READ_CLEAR	4

static const char *module;
static int peek_fd;
static sigjmp_buf trap;

struct way {
	const char *name;
	int value;
};

static const struct way opens[] = { { "rw", O_RDWR }, { "ro", O_RDONLY } };
static const struct way sharings[] = { { "shared", MAP_SHARED }, { "private", MAP_PRIVATE } };
static const struct way protections[] = {
	{ "---", PROT_NONE },
	{ "r--", PROT_READ },
	{ "-w-", PROT_WRITE },
	{ "rw-", PROT_READ | PROT_WRITE },
	{ "r-x", PROT_READ | PROT_EXEC },
	{ "rwx", PROT_READ | PROT_WRITE | PROT_EXEC },
};

/* The console is slow: "=" stands for the value of the line before. */
static char last[1024];

static void print(const char *key, const char *value)
{
	int same = !strcmp(value, last);

	printf("@ %s\t%s\n", key, same ? "=" : value);
	if (!same)
		snprintf(last, sizeof(last), "%s", value);
}

/* Another process has printed in between, or a new transcript begins. */
static void forget_last(void)
{
	last[0] = '\0';
}

static void say(const char *key, const char *format, ...)
{
	char value[sizeof(last)];
	va_list list;

	va_start(list, format);
	vsnprintf(value, sizeof(value), format, list);
	va_end(list);
	print(key, value);
}

static const char *error(int number)
{
	return number ? strerrorname_np(number) : "ok";
}

static const char *result(long value)
{
	return value < 0 ? error(errno) : "ok";
}

static void on_trap(int number)
{
	siglongjmp(trap, number);
}

static char trapped(int number)
{
	return number == SIGBUS ? '!' : '?';
}

/* The byte at an address: '!' for SIGBUS, '?' for SIGSEGV, '.' for 0. */
static char look(const volatile char *at)
{
	int number = sigsetjmp(trap, 1);
	char found;

	if (number)
		return trapped(number);
	found = *at;
	return found ? found : '.';
}

static char put(volatile char *at, char what)
{
	int number = sigsetjmp(trap, 1);

	if (number)
		return trapped(number);
	*at = what;
	return what;
}

/* One byte of each page. */
static const char *bytes(const char *map, unsigned long pages, unsigned long at)
{
	static char text[4][64];
	static int next;
	char *to = text[next++ % 4];
	unsigned long i;

	for (i = 0; i < pages; i++)
		to[i] = look(map + i * PAGE + at);
	to[i] = '\0';
	return to;
}

/* What the kernel holds for an address, without what differs from run to run. */
static const char *holds(const char *map, unsigned long asked)
{
	static char text[256], offset[32];
	struct peek peek = { .address = (unsigned long)map };

	if (ioctl(peek_fd, PEEK, &peek))
		return error(errno);
	/* A copy-on-write remap keeps the frame number there, and that differs from run to run. */
	if (peek.pgoff == asked)
		strcpy(offset, "asked");
	else if (peek.pgoff < 16)
		sprintf(offset, "%llu", peek.pgoff);
	else
		strcpy(offset, "other");
	snprintf(text, sizeof(text), "flags=%llx prot=%llx page=%llx offset=%s ops=%llu", peek.flags,
		 peek.prot, peek.page_prot, offset, peek.has_ops);
	return text;
}

/* How many VMAs the range is made of, and how many pages of it are mapped. */
static const char *areas(const char *map, unsigned long pages)
{
	static char text[64];
	unsigned long i, count = 0, mapped = 0, last = 0;

	for (i = 0; i < pages; i++) {
		struct peek peek = { .address = (unsigned long)map + i * PAGE };

		if (ioctl(peek_fd, PEEK, &peek))
			continue;
		mapped++;
		if (peek.start != last)
			count++;
		last = peek.start;
	}
	snprintf(text, sizeof(text), "vmas=%lu pages=%lu", count, mapped);
	return text;
}

/* The VmFlags line of smaps for the VMA at an address. */
static const char *vm_flags(const char *map)
{
	static char text[512];
	FILE *file = fopen("/proc/self/smaps", "r");
	char line[512];
	int here = 0;

	strcpy(text, "none");
	while (file && fgets(line, sizeof(line), file)) {
		unsigned long start, end;

		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			here = start <= (unsigned long)map && (unsigned long)map < end;
		else if (here && !strncmp(line, "VmFlags: ", 9)) {
			line[strcspn(line, "\n")] = '\0';
			snprintf(text, sizeof(text), "%s", line + 9);
		}
	}
	if (file)
		fclose(file);
	return text;
}

/* The module's readable parameters: its counts. */
static void say_counts(const char *when)
{
	struct dirent **names;
	char folder[256], path[600], value[64], key[128], text[512] = "";
	int count, i;

	snprintf(folder, sizeof(folder), "/sys/module/%s/parameters", module);
	count = scandir(folder, &names, NULL, alphasort);
	for (i = 0; i < count; i++) {
		FILE *file;

		if (names[i]->d_name[0] == '.' || !strcmp(names[i]->d_name, "base"))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
		file = fopen(path, "r");
		if (!file || !fgets(value, sizeof(value), file))
			strcpy(value, "?");
		if (file)
			fclose(file);
		value[strcspn(value, "\n")] = '\0';
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s=%s ", names[i]->d_name, value);
	}
	if (text[0]) {
		text[strlen(text) - 1] = '\0';
		snprintf(key, sizeof(key), "counts after %s", when);
		say(key, "%s", text);
	}
}

static char *request(int fd, int protection, int sharing, unsigned long page, unsigned long pages)
{
	return mmap(NULL, pages * PAGE, protection, sharing, fd, page * PAGE);
}

/* Every request of a grid, alone: success or errno, and what a success is made of. */
static void try_requests(const char *path)
{
	static const unsigned long offsets[] = { 0, 1, 2, 3, 4, 0x80000 };
	static const unsigned long lengths[] = { 1, 2, 3, 4, 5 };
	unsigned int o, s, p, at, l;
	char key[128];

	for (o = 0; o < ARRAY_SIZE(opens); o++) {
		int fd = open(path, opens[o].value);

		snprintf(key, sizeof(key), "open %s", opens[o].name);
		say(key, "%s", result(fd));
		for (s = 0; s < ARRAY_SIZE(sharings); s++)
		for (p = 0; p < ARRAY_SIZE(protections); p++)
		for (at = 0; at < ARRAY_SIZE(offsets); at++)
		for (l = 0; l < ARRAY_SIZE(lengths); l++) {
			char *map = request(fd, protections[p].value, sharings[s].value, offsets[at], lengths[l]);

			snprintf(key, sizeof(key), "mmap %s %s %s %lu+%lu", opens[o].name, sharings[s].name,
				 protections[p].name, offsets[at], lengths[l]);
			if (map == MAP_FAILED) {
				say(key, "%s", error(errno));
				continue;
			}
			say(key, "ok %s bytes=%s", holds(map, offsets[at]), bytes(map, lengths[l], 0));
			munmap(map, lengths[l] * PAGE);
		}
		close(fd);
	}
	say_counts("requests");
}

struct scene {
	int fd;
	int protection, sharing;
	unsigned long page, pages;	/* the longest request that succeeds */
	char name[48];
};

static int find_request(struct scene *scene)
{
	unsigned long page, pages;

	for (pages = 4; pages; pages--)
		for (page = 0; page < 4; page++) {
			char *map = request(scene->fd, scene->protection, scene->sharing, page, pages);

			if (map == MAP_FAILED)
				continue;
			munmap(map, pages * PAGE);
			scene->page = page;
			scene->pages = pages;
			return 1;
		}
	return 0;
}

static char *again(const struct scene *scene)
{
	return request(scene->fd, scene->protection, scene->sharing, scene->page, scene->pages);
}

static void observe(const struct scene *scene, const char *what, const char *format, ...)
{
	char text[sizeof(last)], key[128];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	snprintf(key, sizeof(key), "%s %s", scene->name, what);
	print(key, text);
}

/* Who sees what is written through the mapping. */
static void try_writing(const struct scene *scene)
{
	char *map = again(scene), *other;

	put(map + MARK_AT, '*');
	other = request(scene->fd, PROT_READ, MAP_SHARED, scene->page, scene->pages);
	observe(scene, "written", "own=%s other=%s", bytes(map, scene->pages, MARK_AT),
		other == MAP_FAILED ? error(errno) : bytes(other, scene->pages, MARK_AT));
	if (other != MAP_FAILED)
		munmap(other, scene->pages * PAGE);
	observe(scene, "written holds", "%s", holds(map, scene->page));
	observe(scene, "written flags", "%s", vm_flags(map));
	if (scene->sharing == MAP_SHARED)
		put(map + MARK_AT, 'a');
	munmap(map, scene->pages * PAGE);
}

static void try_mprotect(const struct scene *scene)
{
	char *map = again(scene);
	static const int order[] = { 0, 1, 3, 4, 5, 1, 3 };
	unsigned int i;
	char what[64];

	bytes(map, scene->pages, 0);
	for (i = 0; i < ARRAY_SIZE(order); i++) {
		const struct way *way = &protections[order[i]];
		int ret = mprotect(map, scene->pages * PAGE, way->value);

		snprintf(what, sizeof(what), "mprotect %u %s", i, way->name);
		observe(scene, what, "%s %s bytes=%s", result(ret), holds(map, scene->page),
			bytes(map, scene->pages, 0));
	}
	if (scene->pages > 1) {
		int ret = mprotect(map, PAGE, PROT_NONE);

		observe(scene, "mprotect first page", "%s %s bytes=%s", result(ret),
			areas(map, scene->pages), bytes(map, scene->pages, 0));
	}
	munmap(map, scene->pages * PAGE);
}

static void try_advice(const struct scene *scene)
{
	static const struct way advices[] = {
		{ "dontneed", MADV_DONTNEED },
		{ "populate", MADV_POPULATE_READ },
		{ "dodump", MADV_DODUMP },
		{ "dofork", MADV_DOFORK },
		{ "mergeable", MADV_MERGEABLE },
	};
	char *map = again(scene);
	unsigned int i;
	char what[64];
	int ret;

	put(map + MARK_AT, '+');
	for (i = 0; i < ARRAY_SIZE(advices); i++) {
		ret = madvise(map, scene->pages * PAGE, advices[i].value);
		snprintf(what, sizeof(what), "madvise %s", advices[i].name);
		observe(scene, what, "%s %s bytes=%s", result(ret), holds(map, scene->page),
			bytes(map, scene->pages, MARK_AT));
	}
	ret = mlock(map, scene->pages * PAGE);
	observe(scene, "mlock", "%s %s", result(ret), holds(map, scene->page));
	ret = msync(map, scene->pages * PAGE, MS_SYNC);
	observe(scene, "msync", "%s", result(ret));
	put(map + MARK_AT, 'a');
	munmap(map, scene->pages * PAGE);
	map = mmap(NULL, scene->pages * PAGE, scene->protection,
		   scene->sharing | MAP_POPULATE | MAP_LOCKED, scene->fd, scene->page * PAGE);
	if (map == MAP_FAILED) {
		observe(scene, "populated", "%s", error(errno));
		return;
	}
	observe(scene, "populated", "%s bytes=%s", holds(map, scene->page), bytes(map, scene->pages, 0));
	munmap(map, scene->pages * PAGE);
}

static void try_fork(const struct scene *scene)
{
	char *map = again(scene);
	int child;

	put(map + MARK_AT, '1');
	fflush(stdout);
	child = fork();
	if (!child) {
		observe(scene, "fork child", "%s bytes=%s", areas(map, scene->pages),
			bytes(map, scene->pages, MARK_AT));
		observe(scene, "fork child holds", "%s", holds(map, scene->page));
		put(map + MARK_AT, '2');
		observe(scene, "fork child wrote", "%s", bytes(map, scene->pages, MARK_AT));
		fflush(stdout);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	forget_last();
	observe(scene, "fork parent", "%s", bytes(map, scene->pages, MARK_AT));
	put(map + MARK_AT, 'a');
	munmap(map, scene->pages * PAGE);
}

static void try_munmap(const struct scene *scene)
{
	unsigned long cut;
	char what[64];

	for (cut = 0; cut < scene->pages; cut++) {
		char *map = again(scene);
		int ret = munmap(map + cut * PAGE, PAGE);

		snprintf(what, sizeof(what), "munmap page %lu", cut);
		observe(scene, what, "%s %s bytes=%s", result(ret), areas(map, scene->pages),
			bytes(map, scene->pages, 0));
		munmap(map, scene->pages * PAGE);
	}
}

static void try_mremap(const struct scene *scene)
{
	unsigned long size = scene->pages * PAGE;
	char *map = again(scene), *room, *to;

	to = mremap(map, size, size + PAGE, MREMAP_MAYMOVE);
	if (to == MAP_FAILED) {
		observe(scene, "mremap grow", "%s", error(errno));
	} else {
		observe(scene, "mremap grow", "ok %s bytes=%s", holds(to, scene->page),
			bytes(to, scene->pages + 1, 0));
		munmap(to, size + PAGE);
		map = again(scene);
	}
	room = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	to = mremap(map, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, room);
	if (to == MAP_FAILED) {
		observe(scene, "mremap move", "%s", error(errno));
		munmap(room, size);
	} else {
		observe(scene, "mremap move", "ok %s bytes=%s", holds(to, scene->page),
			bytes(to, scene->pages, 0));
		map = to;
	}
	to = mremap(map, 0, size, MREMAP_MAYMOVE);
	if (to == MAP_FAILED) {
		observe(scene, "mremap copy", "%s", error(errno));
	} else {
		observe(scene, "mremap copy", "ok %s bytes=%s", holds(to, scene->page),
			bytes(to, scene->pages, 0));
		munmap(to, size);
	}
	if (scene->pages > 1) {
		to = mremap(map, size, PAGE, 0);
		observe(scene, "mremap shrink", "%s %s bytes=%s", result(to == MAP_FAILED ? -1 : 0),
			areas(map, scene->pages), bytes(map, scene->pages, 0));
	}
	munmap(map, size);
}

/* Two requests for neighbouring addresses: one VMA or two, and what is seen through them. */
static void try_neighbours(const struct scene *scene)
{
	static const struct {
		const char *name;
		int first[2], second[2];	/* place in the room, page of the file */
	} cases[] = {
		{ "upward", { 0, 0 }, { 1, 1 } },
		{ "downward", { 1, 1 }, { 0, 0 } },
		{ "same page", { 0, 0 }, { 1, 0 } },
		{ "later pages", { 0, 2 }, { 1, 3 } },
		{ "swapped", { 0, 1 }, { 1, 0 } },
	};
	unsigned int i;
	char what[64];

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		/* A page of the room is left alone on each side: nothing else is a neighbour. */
		char *room = mmap(NULL, 4 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		char *at = room + PAGE;
		char *one, *two;
		int error_one, error_two;

		one = mmap(at + cases[i].first[0] * PAGE, PAGE, scene->protection,
			   scene->sharing | MAP_FIXED, scene->fd, cases[i].first[1] * PAGE);
		error_one = one == MAP_FAILED ? errno : 0;
		two = mmap(at + cases[i].second[0] * PAGE, PAGE, scene->protection,
			   scene->sharing | MAP_FIXED, scene->fd, cases[i].second[1] * PAGE);
		error_two = two == MAP_FAILED ? errno : 0;
		snprintf(what, sizeof(what), "neighbours %s", cases[i].name);
		observe(scene, what, "%s %s %s bytes=%s", error(error_one), error(error_two), areas(at, 2),
			bytes(at, 2, 0));
		munmap(room, 4 * PAGE);
	}
}

static void put_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		printf("@fatal %s: %s\n", path, error(errno));
	close(fd);
}

/* The kernel may fail any allocation that it is told to (Documentation/fault-injection), and says nothing of it. */
static void allow_faults(void)
{
	static const char *const kinds[] = { "failslab", "fail_page_alloc" };
	static const struct {
		const char *name, *value;
	} settings[] = { { "ignore-gfp-wait", "N" }, { "verbose", "0" } };
	unsigned int kind, i;
	char path[128];

	if (mount("none", "/sys/kernel/debug", "debugfs", 0, NULL))
		printf("@fatal debugfs: %s\n", error(errno));
	for (kind = 0; kind < ARRAY_SIZE(kinds); kind++)
		for (i = 0; i < ARRAY_SIZE(settings); i++) {
			snprintf(path, sizeof(path), "/sys/kernel/debug/%s/%s", kinds[kind], settings[i].name);
			put_text(path, settings[i].value);
		}
	put_text("/sys/kernel/debug/fail_page_alloc/min-order", "0");
}

/*
 * Each allocation of a mapping fails in turn: which errnos that gives. Which allocation gives which one differs
 * from run to run, as some come from what was left by others.
 */
static void try_faults(const struct scene *scene)
{
	/* Nothing shares its page tables. */
	char *alone = (char *)(unsigned long)(sizeof(long) > 4 ? 1ULL << 40 : 1ULL << 30);
	int nth = open("/proc/self/fail-nth", O_RDWR);
	char asked[16], text[256] = "", seen[256] = "";
	int n, number;

	for (n = 1; n <= FAULTS; n++) {
		char *map;

		snprintf(asked, sizeof(asked), "%d", n);
		pwrite(nth, asked, strlen(asked), 0);
		map = mmap(alone, scene->pages * PAGE, scene->protection,
			   scene->sharing | MAP_FIXED_NOREPLACE, scene->fd, scene->page * PAGE);
		number = map == MAP_FAILED ? errno : 0;
		if (n == FAULTS && pread(nth, asked, sizeof(asked), 0) > 0 && asked[0] == '0')
			observe(scene, "faults", "%d are too few", FAULTS);
		pwrite(nth, "0", 1, 0);
		if (map == MAP_FAILED && strcmp(areas(alone, scene->pages), "vmas=0 pages=0"))
			observe(scene, "fault left", "%s", areas(alone, scene->pages));
		if (map != MAP_FAILED)
			munmap(map, scene->pages * PAGE);
		if ((unsigned int)number < sizeof(seen))
			seen[number] = 1;
	}
	close(nth);
	for (number = 1; (unsigned int)number < sizeof(seen); number++)
		if (seen[number])
			snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s ", error(number));
	observe(scene, "fails with", "%s", text);
}

static void play(const char *path)
{
	static const struct {
		int open, sharing, protection;
	} plays[] = {
		{ 0, 0, 3 }, { 0, 0, 1 }, { 0, 1, 3 }, { 0, 1, 1 }, { 1, 0, 1 }, { 1, 1, 3 }, { 1, 1, 1 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(plays); i++) {
		struct scene scene = {
			.fd = open(path, opens[plays[i].open].value),
			.protection = protections[plays[i].protection].value,
			.sharing = sharings[plays[i].sharing].value,
		};

		snprintf(scene.name, sizeof(scene.name), "%s %s %s", opens[plays[i].open].name,
			 sharings[plays[i].sharing].name, protections[plays[i].protection].name);
		if (scene.fd < 0 || !find_request(&scene)) {
			observe(&scene, "longest", "none");
			continue;
		}
		observe(&scene, "longest", "%lu+%lu", scene.page, scene.pages);
		try_writing(&scene);
		try_mprotect(&scene);
		try_advice(&scene);
		try_fork(&scene);
		try_munmap(&scene);
		try_mremap(&scene);
		try_neighbours(&scene);
		try_faults(&scene);
		close(scene.fd);
		say_counts(scene.name);
	}
}

static void run_script(const char *path)
{
	struct sigaction action = { .sa_handler = on_trap, .sa_flags = SA_NODEFER };
	int child, status = 0;

	fflush(stdout);
	child = fork();
	if (!child) {
		sigaction(SIGBUS, &action, NULL);
		sigaction(SIGSEGV, &action, NULL);
		try_requests(path);
		play(path);
		fflush(stdout);
		_exit(0);
	}
	waitpid(child, &status, 0);
	forget_last();
	say("script", status ? "died of %d" : "whole", WTERMSIG(status));
}

/* The kernel says some things once a boot: have it say them before anything is compared. */
static void use_up_first_times(void)
{
	char *map = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	mremap(map, 0, PAGE, MREMAP_MAYMOVE);
	munmap(map, PAGE);
}

/* The kernel log since the last call; each line an observation when `key` is given. */
static void drain_log(const char *key)
{
	static char text[1 << 18];
	int length = klogctl(KLOG_READ_CLEAR, text, sizeof(text) - 1);
	char *line, *rest = text;

	text[length < 0 ? 0 : length] = '\0';
	while (key && (line = strsep(&rest, "\n")))
		if (*line)
			say(key, "%s", line);
}

/* Drivers that probe on the side are still talking when init starts: wait for two quiet seconds, at most twenty. */
static void wait_for_a_quiet_log(void)
{
	static char text[1 << 18];
	int quiet = 0, i;

	for (i = 0; i < 20 && quiet < 2; i++) {
		sleep(1);
		quiet = klogctl(KLOG_READ_CLEAR, text, sizeof(text) - 1) > 0 ? 0 : quiet + 1;
	}
}

static int load(const char *name, const char *parameters)
{
	char path[256];
	int fd, ret;

	snprintf(path, sizeof(path), "/modules/%s.ko", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ret = syscall(SYS_finit_module, fd, parameters, 0);
	close(fd);
	return ret;
}

static void run_module(char *line)
{
	char *parameters, *suffixes, *suffix, *file, path[256];

	module = strsep(&line, ";");
	parameters = strsep(&line, ";");
	suffixes = strsep(&line, ";");
	file = line;
	printf("@module %s\n", module);
	forget_last();
	drain_log(NULL);
	say("load", "%s", result(load(module, parameters)));
	if (file && *file) {
		snprintf(path, sizeof(path), "/mnt/%s", file);
		say("mount", "%s", result(mount("none", "/mnt", module, 0, NULL)));
		run_script(path);
		say("umount", "%s", result(umount("/mnt")));
	} else {
		while ((suffix = strsep(&suffixes, ","))) {
			snprintf(path, sizeof(path), "/dev/%s%s", module, suffix);
			if (*suffix)
				say("device", "%s", suffix);
			run_script(path);
		}
	}
	say_counts("all");
	say("unload", "%s", result(syscall(SYS_delete_module, module, 0)));
	drain_log("log");
	printf("@end %s\n", module);
	fflush(stdout);
}

int main(void)
{
	static char buffer[1 << 16];
	char line[512];
	FILE *plan;

	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mkdir("/dev", 0755);
	mkdir("/mnt", 0755);
	mount("none", "/proc", "proc", 0, NULL);
	mount("none", "/sys", "sysfs", 0, NULL);
	mount("none", "/dev", "devtmpfs", 0, NULL);
	if (!freopen("/dev/ttyS0", "w", stdout))
		freopen("/dev/console", "w", stdout);
	use_up_first_times();
	allow_faults();
	if (load("peek", ""))
		printf("@fatal peek: %s\n", error(errno));
	peek_fd = open("/dev/peek", O_RDWR);
	wait_for_a_quiet_log();
	plan = fopen("/plan", "r");
	while (plan && fgets(line, sizeof(line), plan)) {
		line[strcspn(line, "\n")] = '\0';
		run_module(line);
	}
	printf("@done\n");
	fflush(stdout);
	reboot(RB_AUTOBOOT);
	return 0;
}
