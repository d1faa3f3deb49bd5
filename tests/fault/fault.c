/* fault.c: a library to preload into the program (LD_PRELOAD) that lets the n-th call which changes
 * a file fail, or kills the process just before it, so that a loop over n tries every moment at
 * which a disk can fill up or a machine can stop.
 *
 *   FAULT_DIR   only files below this folder count (a path without symbolic links; must be set,
 * else nothing is done) FAULT_N     which call: 1 is the first; 0 or unset counts only FAULT_MODE
 * fail: that call and every later one fail with ENOSPC, as on a full disk; kill: SIGKILL before the
 * call FAULT_COUNT a file, outside FAULT_DIR, to which the number of calls is written at exit: how
 * far the loop must go
 *
 * Counted: write, pwrite, writev, pwritev, ftruncate, truncate, fsync, fdatasync, fallocate,
 * posix_fallocate, rename, renameat, renameat2, link, mkdir, open and openat where they may make or
 * empty a file, and unlink, unlinkat and rmdir (which only die, never fail: a full disk lets one
 * delete). What stdio writes does not pass through write as seen from here, so fopen, fwrite,
 * fflush and fclose are wrapped by name here too. A library cannot be preloaded under ASan without
 * asking for it: use a build without sanitizers. */
#undef _FILE_OFFSET_BITS /* it renames pwrite to pwrite64, and both are wanted here by their own   \
                            names */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long calls;
static long fault_n;
static bool fault_kill;
static char fault_dir[PATH_MAX];
static char fault_count[PATH_MAX];

/* Written through a void ** as dlsym's own manual does: ISO C has no cast from an object pointer to
 * a function. */
#define REAL(name)                                                                                 \
    static __typeof__(name) *real;                                                                 \
    if (!real)                                                                                     \
    *(void **)&real = dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void fault_init(void)
{
    const char *const n = getenv("FAULT_N"), *const mode = getenv("FAULT_MODE");
    const char *const dir = getenv("FAULT_DIR"), *const count = getenv("FAULT_COUNT");
    fault_n = n ? strtol(n, NULL, 10) : 0;
    fault_kill = mode && strcmp(mode, "kill") == 0;
    if (dir)
        snprintf(fault_dir, sizeof fault_dir, "%s", dir);
    if (count)
        snprintf(fault_count, sizeof fault_count, "%s", count);
}

__attribute__((destructor)) static void fault_done(void)
{
    if (!*fault_count)
        return;
    const long n = atomic_load(&calls);
    *fault_dir = 0; /* what follows is not the program's */
    FILE *const f = fopen(fault_count, "w");
    if (!f)
        return;
    fprintf(f, "%ld\n", n);
    fclose(f);
}

static bool is_below(const char *path)
{
    const size_t n = strlen(fault_dir);
    return n > 0 && strncmp(path, fault_dir, n) == 0 && (path[n] == '/' || path[n] == 0);
}

static bool counts_path(int at, const char *path)
{
    if (!*fault_dir || !path)
        return false;
    char full[PATH_MAX + NAME_MAX + 2], base[PATH_MAX] = "";
    if (path[0] == '/')
        return is_below(path);
    if (at == AT_FDCWD) {
        if (!getcwd(base, sizeof base))
            return false;
    } else {
        char link[64];
        snprintf(link, sizeof link, "/proc/self/fd/%d", at);
        const ssize_t got = readlink(link, base, sizeof base - 1);
        if (got < 0)
            return false;
        base[got] = 0;
    }
    snprintf(full, sizeof full, "%s/%.*s", base, NAME_MAX, path);
    return is_below(full);
}

static bool counts_fd(int fd)
{
    if (!*fault_dir)
        return false;
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const int saved = errno;
    const ssize_t got = readlink(link, path, sizeof path - 1);
    errno = saved;
    if (got < 0)
        return false;
    path[got] = 0;
    return is_below(path);
}

/* True when this call is to fail; does not return when the process is to die. */
static bool fault(bool counts)
{
    if (!counts)
        return false;
    const long n = atomic_fetch_add(&calls, 1) + 1;
    if (fault_n <= 0 || n < fault_n)
        return false;
    if (fault_kill) {
        kill(getpid(), SIGKILL);
        for (;;)
            pause();
    }
    errno = ENOSPC;
    return true;
}

#define ON_FD(type, name, params, args)                                                            \
    type name params;                                                                              \
    type name params                                                                               \
    {                                                                                              \
        REAL(name);                                                                                \
        return fault(counts_fd(fd)) ? (type)-1 : real args;                                        \
    }

ON_FD(ssize_t, write, (int fd, const void *p, size_t n), (fd, p, n))
ON_FD(ssize_t, pwrite, (int fd, const void *p, size_t n, off_t at), (fd, p, n, at))
ON_FD(ssize_t, pwrite64, (int fd, const void *p, size_t n, off64_t at), (fd, p, n, at))
ON_FD(ssize_t, writev, (int fd, const struct iovec *v, int n), (fd, v, n))
ON_FD(ssize_t, pwritev, (int fd, const struct iovec *v, int n, off_t at), (fd, v, n, at))
ON_FD(int, ftruncate, (int fd, off_t n), (fd, n))
ON_FD(int, ftruncate64, (int fd, off64_t n), (fd, n))
ON_FD(int, fsync, (int fd), (fd))
ON_FD(int, fdatasync, (int fd), (fd))
ON_FD(int, fallocate, (int fd, int mode, off_t at, off_t n), (fd, mode, at, n))

int posix_fallocate(int fd, off_t at, off_t n)
{
    REAL(posix_fallocate);
    return fault(counts_fd(fd)) ? ENOSPC : real(fd, at, n); /* returns the error, does not set it */
}

#define ON_PATH(name, params, args, at, path)                                                      \
    int name params;                                                                               \
    int name params                                                                                \
    {                                                                                              \
        REAL(name);                                                                                \
        return fault(counts_path(at, path)) ? -1 : real args;                                      \
    }

ON_PATH(truncate, (const char *path, off_t n), (path, n), AT_FDCWD, path)
ON_PATH(rename, (const char *from, const char *to), (from, to), AT_FDCWD, to)
ON_PATH(renameat, (int f, const char *from, int t, const char *to), (f, from, t, to), t, to)
ON_PATH(renameat2, (int f, const char *from, int t, const char *to, unsigned flags),
        (f, from, t, to, flags), t, to)
ON_PATH(link, (const char *from, const char *to), (from, to), AT_FDCWD, to)
ON_PATH(mkdir, (const char *path, mode_t mode), (path, mode), AT_FDCWD, path)

/* A full disk lets one delete: these die, and never fail. */
#define ON_REMOVAL(name, params, args, at, path)                                                   \
    int name params                                                                                \
    {                                                                                              \
        REAL(name);                                                                                \
        if (fault_kill || fault_n <= 0)                                                            \
            (void)fault(counts_path(at, path));                                                    \
        return real args;                                                                          \
    }

ON_REMOVAL(unlink, (const char *path), (path), AT_FDCWD, path)
ON_REMOVAL(unlinkat, (int dir, const char *path, int flags), (dir, path, flags), dir, path)
ON_REMOVAL(rmdir, (const char *path), (path), AT_FDCWD, path)

/* open is counted only where it may make or empty a file: opening to read cannot find a disk full.
 */
#define ON_OPEN(name)                                                                              \
    int name(const char *path, int flags, ...);                                                    \
    int name(const char *path, int flags, ...)                                                     \
    {                                                                                              \
        REAL(name);                                                                                \
        va_list args;                                                                              \
        va_start(args, flags);                                                                     \
        const mode_t mode = flags & (O_CREAT | O_TMPFILE) ? (mode_t)va_arg(args, unsigned) : 0;    \
        va_end(args);                                                                              \
        return fault((flags & (O_CREAT | O_TRUNC)) && counts_path(AT_FDCWD, path))                 \
                   ? -1                                                                            \
                   : real(path, flags, mode);                                                      \
    }

#define ON_OPENAT(name)                                                                            \
    int name(int at, const char *path, int flags, ...);                                            \
    int name(int at, const char *path, int flags, ...)                                             \
    {                                                                                              \
        REAL(name);                                                                                \
        va_list args;                                                                              \
        va_start(args, flags);                                                                     \
        const mode_t mode = flags & (O_CREAT | O_TMPFILE) ? (mode_t)va_arg(args, unsigned) : 0;    \
        va_end(args);                                                                              \
        return fault((flags & (O_CREAT | O_TRUNC)) && counts_path(at, path))                       \
                   ? -1                                                                            \
                   : real(at, path, flags, mode);                                                  \
    }

ON_OPEN(open)
ON_OPEN(open64)
ON_OPENAT(openat)
ON_OPENAT(openat64)

/* stdio writes from inside the C library, past the table of symbols. */
size_t fwrite(const void *p, size_t size, size_t n, FILE *f)
{
    REAL(fwrite);
    return fault(counts_fd(fileno(f))) ? 0 : real(p, size, n, f);
}

int fflush(FILE *f)
{
    REAL(fflush);
    return f && fault(counts_fd(fileno(f))) ? EOF : real(f);
}

FILE *fopen(const char *path, const char *mode)
{
    REAL(fopen);
    return fault(mode[0] != 'r' && counts_path(AT_FDCWD, path)) ? NULL : real(path, mode);
}

int fclose(FILE *f)
{
    REAL(fclose);
    const bool fails = fault(
        counts_fd(fileno(f))); /* what it had to write is lost, the file is closed all the same */
    const int result = real(f);
    if (!fails)
        return result;
    errno = ENOSPC;
    return EOF;
}
