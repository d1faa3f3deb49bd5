/* walk.c: the arguments and the folders below them. Folders are opened one inside the other by
 * descriptor, never by a path that could change underneath, and no link found inside is followed,
 * so loops cannot happen. */
#include "evidence/run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"

/* One walk, to read or only to add up sizes. */
struct walk {
    struct run *run; /* NULL when adding up */
    u64 size;
    struct buf path; /* of what is being looked at */
    u32 depth;
};

typedef VEC(char *) name_list;

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Every name in a folder but "." and "..", by bytes. */
static name_list read_names(DIR *dir)
{
    name_list names = {0};
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            *VEC_PUSH(&names) = strdup(entry->d_name);
    if (names.n)
        qsort(names.p, names.n, sizeof *names.p, compare_names);
    return names;
}

/* Evidence is not even touched: access times stay as they are where the system lets us. */
static int open_quietly(int dir, const char *name, int flags)
{
    const int all = flags | O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    const int fd = openat(dir, name, all | O_NOATIME);
    return fd < 0 && errno == EPERM ? openat(dir, name, all) : fd;
}

static void refuse(struct walk *walk, enum refusal refusal, const char *why)
{
    if (walk->run)
        run_refused(walk->run, buf_str(&walk->path), refusal, "%s", why);
}

static void refuse_errno(struct walk *walk, int errnum)
{
    refuse(walk, errnum == EACCES || errnum == EPERM ? REFUSED_PERMISSION : REFUSED_UNREADABLE,
           strerror(errnum));
}

/* "leadline dump . >events.jsonl": read as evidence, the output would grow for ever. */
static bool is_own_output(const struct stat *st)
{
    struct stat out;
    return S_ISREG(st->st_mode) && fstat(STDOUT_FILENO, &out) == 0 && out.st_dev == st->st_dev &&
           out.st_ino == st->st_ino;
}

/* Takes fd over. */
static enum status walk_file(struct walk *walk, int fd, const struct stat *st)
{
    const bool regular = S_ISREG(st->st_mode);
    if (walk->run && is_own_output(st)) {
        refuse(walk, REFUSED_SPECIAL, "this is where the output goes");
        close(fd);
        return OK;
    }
    if (!walk->run) {
        walk->size += regular ? (u64)st->st_size : 0;
        close(fd);
        return OK;
    }
    struct run *const run = walk->run;
    const str name = buf_str(&walk->path);
    if (!run_count(run, name)) {
        close(fd);
        return OK;
    }
    const struct source_info info = {
        .name = name,
        .root = run->root,
        .size = regular ? st->st_size : -1,
        .mtime = regular ? (i64)st->st_mtim.tv_sec * TIME_SECOND + st->st_mtim.tv_nsec : TIME_NONE,
    };
    struct stream_file file;
    stream_file_open(&file, run, fd, name, info.size);
    const enum status status = run_source(run, &file.stream, &info);
    stream_file_close(&file);
    return status;
}

static enum status walk_dir(struct walk *walk, int fd);

/* One name in the folder `dir`; walk->path is its full name. */
static enum status walk_name(struct walk *walk, int dir, const char *name)
{
    struct stat st;
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
        refuse_errno(walk, errno);
        return OK;
    }
    if (S_ISLNK(st.st_mode)) {
        refuse(walk, REFUSED_LINK, "symbolic links inside evidence are not followed");
        return OK;
    }
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) {
        refuse(walk, REFUSED_SPECIAL, "not a regular file");
        return OK;
    }
    if (S_ISREG(st.st_mode) && !walk->run) {
        walk->size += (u64)st.st_size;
        return OK;
    }
    const int fd = open_quietly(dir, name, O_NOFOLLOW);
    if (fd < 0 || fstat(fd, &st) < 0) {
        refuse_errno(walk, errno);
        if (fd >= 0)
            close(fd);
        return OK;
    }
    if (S_ISDIR(st.st_mode))
        return walk_dir(walk, fd);
    return walk_file(walk, fd, &st);
}

/* Everything in a folder. Takes fd over. */
static enum status walk_dir(struct walk *walk, int fd)
{
    const u32 max_depth = walk->run ? walk->run->limits.dir_depth : LIMIT_DIR_DEPTH;
    DIR *const dir = walk->depth < max_depth ? fdopendir(fd) : NULL;
    if (!dir) {
        if (walk->depth < max_depth)
            refuse_errno(walk, errno);
        else
            refuse(walk, REFUSED_DIR_DEPTH, "folders in folders too deep");
        close(fd);
        return OK;
    }
    name_list names = read_names(dir);
    const size_t n = walk->path.n;
    enum status status = OK;
    walk->depth++;
    for (size_t i = 0; i < names.n && status == OK; i++) {
        if (n && walk->path.p[n - 1] != '/')
            buf_char(&walk->path, '/');
        buf_add(&walk->path, str_from(names.p[i]));
        status = walk_name(walk, dirfd(dir), names.p[i]);
        walk->path.n = n;
        walk->path.full = false;
        if (walk->run && walk->run->out_of_entries)
            break;
    }
    walk->depth--;
    VEC_EACH (&names, name)
        mem_free(*name);
    VEC_FREE(&names);
    closedir(dir);
    return status;
}

/* A command-line argument: here links are followed, pipes are read, and what is wrong is an error.
 */
static enum status open_argument(const char *path, int *ret_fd, struct stat *st, struct err *err)
{
    const bool standard_input = strcmp(path, "-") == 0;
    const bool pipe = !standard_input && stat(path, st) == 0 && S_ISFIFO(st->st_mode);
    const int fd =
        standard_input ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
        : pipe         ? open(path,
                              O_RDONLY |
                                  O_CLOEXEC) /* waits for its writer; a pipe without one would seem empty */
                       : open_quietly(AT_FDCWD, path, 0);
    if (standard_input && fd >= 0 && (fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY) {
        close(fd);
        return err_set(err, ERR_IO,
                       "standard input cannot be read: it is closed, or open for writing only");
    }
    if (fd < 0 || fstat(fd, st) < 0) {
        const int errnum = errno;
        if (fd >= 0)
            close(fd);
        return err_set(err, status_from_errno(errnum), "%s: cannot read: %s",
                       standard_input ? "standard input" : path, strerror(errnum));
    }
    if (!standard_input && !S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode) &&
        !S_ISFIFO(st->st_mode)) {
        close(fd);
        return err_set(err, ERR_UNSUPPORTED, "%s: a device or socket, which cannot be evidence",
                       path);
    }
    if (!standard_input && !pipe) /* O_NONBLOCK was for opening */
        (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    *ret_fd = fd;
    return OK;
}

static enum status walk_argument(struct walk *walk, const char *path, struct err *err)
{
    struct stat st;
    int fd;
    TRY(open_argument(path, &fd, &st, err));
    walk->depth = 0;
    buf_reset(&walk->path);
    buf_add(&walk->path, str_from(path));
    while (walk->path.n > 1 && walk->path.p[walk->path.n - 1] == '/')
        walk->path.n--;
    if (S_ISDIR(st.st_mode))
        return walk_dir(walk, fd);
    return walk_file(walk, fd, &st);
}

/* A pipe may be opened only once, and waits for its writer, so it is not opened only to see whether
 * it is there. */
static enum status check_argument(const char *path, struct err *err)
{
    struct stat st;
    if (strcmp(path, "-") == 0 || (stat(path, &st) == 0 && S_ISFIFO(st.st_mode)))
        return OK;
    int fd;
    TRY(open_argument(path, &fd, &st, err));
    close(fd);
    return OK;
}

enum status evidence_read(const char *const *paths, size_t n,
                          const struct evidence_options *options,
                          const struct evidence_visitor *visitor, struct err *err)
{
    for (size_t i = 0; i < n; i++)
        TRY(check_argument(paths[i], err));
    struct run run;
    struct walk walk = {.run = &run};
    enum status status = OK;
    run_init(&run, options, visitor);
    buf_init(&walk.path, LIMIT_NAME);
    for (size_t i = 0; i < n && status == OK && !run.out_of_entries; i++) {
        run.root = (u32)i;
        status = walk_argument(&walk, paths[i], err);
    }
    buf_release(&walk.path);
    run_release(&run);
    return status;
}

enum status evidence_size(const char *const *paths, size_t n, u64 *out, struct err *err)
{
    struct walk walk = {0};
    enum status status = OK;
    buf_init(&walk.path, LIMIT_NAME);
    for (size_t i = 0; i < n && status == OK; i++) {
        status = check_argument(paths[i], err);
        struct stat st;
        if (status == OK && strcmp(paths[i], "-") != 0 && stat(paths[i], &st) == 0 &&
            !S_ISFIFO(st.st_mode))
            status = walk_argument(&walk, paths[i], err);
    }
    buf_release(&walk.path);
    if (status == OK)
        *out = walk.size;
    return status;
}
