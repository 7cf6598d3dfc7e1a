/* A file system that refuses: preloaded, it lets calls that change something below $FAULT_BELOW fail with $FAULT_ERRNO,
   from the $FAULT_FROM-th such call of all processes on ($FAULT_COUNTER holds a byte for each).

   What is full takes nothing new but can be tidied; what is read-only or forbidden can be neither. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum kind { CREATE, WRITE, CHANGE };

static int applies(enum kind kind, int error) {
    if (error == ENOSPC || error == EDQUOT) return kind != CHANGE;
    return kind != WRITE;
}

static int below(int directory, const char *path) {
    const char *root = getenv("FAULT_BELOW");
    char whole[2 * PATH_MAX], link[64];
    ssize_t length = 0;
    if (!root || !path) return 0;
    if (path[0] != '/') {
        if (directory == AT_FDCWD) snprintf(link, sizeof link, "/proc/self/cwd");
        else snprintf(link, sizeof link, "/proc/self/fd/%d", directory);
        length = readlink(link, whole, PATH_MAX);
        if (length < 0) return 0;
        whole[length++] = '/';
    }
    snprintf(whole + length, sizeof whole - length, "%s", path);
    return strncmp(whole, root, strlen(root)) == 0;
}

static int fails(enum kind kind, int directory, const char *path) {
    int error = atoi(getenv("FAULT_ERRNO") ? getenv("FAULT_ERRNO") : "0"), saved = errno, counter;
    struct stat status;
    if (!applies(kind, error) || !below(directory, path)) return 0;
    counter = syscall(SYS_openat, AT_FDCWD, getenv("FAULT_COUNTER"), O_WRONLY | O_APPEND | O_CREAT, 0600);
    if (counter < 0) return 0;
    syscall(SYS_write, counter, ".", 1);
    fstat(counter, &status);
    close(counter);
    errno = saved;
    if (status.st_size < atol(getenv("FAULT_FROM"))) return 0;
    errno = error;
    return 1;
}

static int fails_at(int descriptor) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    // A pipe or a socket lies nowhere.
    return path[0] == '/' && fails(WRITE, AT_FDCWD, path);
}

#define REAL(name) static __typeof__(name) *real; if (!real) real = dlsym(RTLD_NEXT, #name)
#define MODE(flags) mode_t mode = 0; if ((flags) & (O_CREAT | O_TMPFILE)) { \
    va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); }
#define CHANGES(flags) ((flags) & (O_CREAT | O_WRONLY | O_RDWR | O_TRUNC))

#define OPEN(name) int name(const char *path, int flags, ...) { \
    REAL(name); MODE(flags); return CHANGES(flags) && fails(CREATE, AT_FDCWD, path) ? -1 : real(path, flags, mode); }
#define OPENAT(name) int name(int at, const char *path, int flags, ...) { \
    REAL(name); MODE(flags); return CHANGES(flags) && fails(CREATE, at, path) ? -1 : real(at, path, flags, mode); }
#define ONE(kind, name, type) int name(const char *path, type value) { \
    REAL(name); return fails(kind, AT_FDCWD, path) ? -1 : real(path, value); }
#define GONE(name) int name(const char *path) { REAL(name); return fails(CHANGE, AT_FDCWD, path) ? -1 : real(path); }
#define TWO(kind, name) int name(const char *from, const char *to) { \
    REAL(name); return fails(kind, AT_FDCWD, to) ? -1 : real(from, to); }

OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)
ONE(CREATE, mkdir, mode_t)
ONE(CHANGE, chmod, mode_t)
GONE(unlink)
GONE(rmdir)
TWO(CREATE, symlink)
TWO(CREATE, link)
TWO(CHANGE, rename)

int mkdirat(int at, const char *path, mode_t mode) {
    REAL(mkdirat);
    return fails(CREATE, at, path) ? -1 : real(at, path, mode);
}
int symlinkat(const char *target, int at, const char *path) {
    REAL(symlinkat);
    return fails(CREATE, at, path) ? -1 : real(target, at, path);
}
int linkat(int at, const char *from, int to_at, const char *to, int flags) {
    REAL(linkat);
    return fails(CREATE, to_at, to) ? -1 : real(at, from, to_at, to, flags);
}
int renameat(int at, const char *from, int to_at, const char *to) {
    REAL(renameat);
    return fails(CHANGE, to_at, to) ? -1 : real(at, from, to_at, to);
}
int unlinkat(int at, const char *path, int flags) {
    REAL(unlinkat);
    return fails(CHANGE, at, path) ? -1 : real(at, path, flags);
}
ssize_t write(int descriptor, const void *data, size_t size) {
    REAL(write);
    return fails_at(descriptor) ? -1 : real(descriptor, data, size);
}
ssize_t copy_file_range(int from, off64_t *from_offset, int to, off64_t *to_offset, size_t size, unsigned flags) {
    REAL(copy_file_range);
    return fails_at(to) ? -1 : real(from, from_offset, to, to_offset, size, flags);
}
