#include "store/case.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

#define SCHEMA_VERSION 1

static const char schema[] =
    "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" /* nobody sees the file before it is synced and moved into place */
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE document(name TEXT PRIMARY KEY, json TEXT NOT NULL);"
    "CREATE TABLE finding(id TEXT PRIMARY KEY, time TEXT, host TEXT, rule TEXT, level TEXT, stage TEXT, outcome TEXT, json TEXT NOT NULL);"
    "CREATE INDEX finding_time ON finding(time);";

struct case_writer {
    char path[PATH_MAX];  /* the case */
    char draft[PATH_MAX]; /* "<case>.incomplete" */
    bool replace;
};

static enum status io_error(struct err *err, const char *path, const char *what)
{
    const int errnum = errno;
    return err_set(err, status_from_errno(errnum), "%s: cannot %s: %s", path, what, strerror(errnum));
}

/* Remove a folder of files and what is in it; cases hold no folders. */
static void remove_folder(const char *path)
{
    DIR *const dir = opendir(path);
    if (!dir)
        return;
    for (struct dirent *entry; (entry = readdir(dir));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            unlinkat(dirfd(dir), entry->d_name, 0);
    closedir(dir);
    rmdir(path);
}

enum status case_create(const char *path, bool force, struct case_writer **out, struct err *err)
{
    struct stat st;
    struct case_writer *const w = mem_calloc(1, sizeof *w);
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/')
        n--;
    const int fits = snprintf(w->draft, sizeof w->draft, "%.*s.incomplete", (int)n, path);
    enum status status = OK;
    if (n == 0 || fits < 0 || (size_t)fits >= sizeof w->draft)
        status = err_set(err, ERR_USAGE, "the name of the case is %s", n ? "too long" : "empty");
    else if (snprintf(w->path, sizeof w->path, "%.*s", (int)n, path) > 0 && lstat(w->path, &st) == 0) {
        w->replace = true;
        if (!force)
            status = err_set(err, ERR_EXISTS, "%s exists already; --force replaces it", w->path);
        else if (!S_ISDIR(st.st_mode))
            status = err_set(err, ERR_EXISTS, "%s is no folder", w->path);
        else if (faccessat(AT_FDCWD, w->path, W_OK, 0) != 0)
            status = io_error(err, w->path, "write");
    }
    if (status == OK) {
        remove_folder(w->draft);
        if (mkdir(w->draft, 0777) != 0)
            status = io_error(err, w->draft, "make the folder");
    }
    if (status != OK) {
        mem_free(w);
        return status;
    }
    *out = w;
    return OK;
}

void case_abort(struct case_writer *writer)
{
    if (writer)
        remove_folder(writer->draft);
    mem_free(writer);
}

static enum status sync_path(const char *path, int flags, struct err *err)
{
    const int fd = open(path, flags | O_CLOEXEC);
    if (fd < 0)
        return io_error(err, path, "open");
    const bool ok = fsync(fd) == 0;
    const int errnum = errno;
    close(fd);
    errno = errnum;
    return ok ? OK : io_error(err, path, "sync");
}

enum status case_add_file(struct case_writer *writer, const char *name, str bytes, struct err *err)
{
    char path[PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/%s", writer->draft, name);
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return io_error(err, path, "create");
    enum status status = OK;
    while (bytes.n && status == OK) {
        const ssize_t n = write(fd, bytes.p, MIN(bytes.n, (size_t)1 << 30));
        if (n > 0)
            bytes = str_sub(bytes, (size_t)n, bytes.n);
        else if (n == 0 || errno != EINTR)
            status = io_error(err, path, "write");
    }
    if (status == OK && fsync(fd) != 0)
        status = io_error(err, path, "sync");
    if (close(fd) != 0 && status == OK)
        status = io_error(err, path, "close");
    return status;
}

static enum status sql_error(sqlite3 *db, struct err *err, const char *path)
{
    const int code = sqlite3_errcode(db), system = sqlite3_system_errno(db);
    const enum status status = code == SQLITE_FULL ? ERR_FULL : system ? status_from_errno(system) : ERR_IO;
    return err_set(err, status == ERR_NOT_FOUND ? ERR_IO : status, "%s: cannot write: %s", path, sqlite3_errmsg(db));
}

static int bind(sqlite3_stmt *statement, int at, str text)
{
    return text.p ? sqlite3_bind_text64(statement, at, text.p, text.n, SQLITE_STATIC, SQLITE_UTF8) : sqlite3_bind_null(statement, at);
}

/* One INSERT with texts for all its parameters. */
static bool insert(sqlite3_stmt *statement, const str *texts, int n)
{
    for (int i = 0; i < n; i++)
        if (bind(statement, i + 1, texts[i]) != SQLITE_OK)
            return false;
    const bool ok = sqlite3_step(statement) == SQLITE_DONE;
    return sqlite3_reset(statement) == SQLITE_OK && ok;
}

static bool insert_once(sqlite3 *db, const char *sql, const str *texts, int n)
{
    sqlite3_stmt *statement = NULL;
    const bool ok = sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK && insert(statement, texts, n);
    return sqlite3_finalize(statement) == SQLITE_OK && ok;
}

static bool insert_findings(sqlite3 *db, const struct case_finding *findings, size_t n)
{
    sqlite3_stmt *statement = NULL;
    bool ok = sqlite3_prepare_v2(db, "INSERT INTO finding VALUES(?,?,?,?,?,?,?,?)", -1, &statement, NULL) == SQLITE_OK;
    for (size_t i = 0; i < n && ok; i++) {
        const struct case_finding *const f = &findings[i];
        const str row[] = {f->id, f->time, f->host, f->rule, f->level, f->stage, f->outcome, f->json};
        ok = insert(statement, row, COUNT(row));
    }
    return sqlite3_finalize(statement) == SQLITE_OK && ok;
}

enum status case_add_database(struct case_writer *writer, str document, const struct case_finding *findings, size_t n, struct err *err)
{
    char path[PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/case.db", writer->draft);
    sqlite3 *db = NULL;
    const str version[] = {S("version"), S("1")}, doc[] = {S("assessment"), document};
    static_assert(SCHEMA_VERSION == 1, "version above");
    const bool ok = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_EXCLUSIVE, NULL) == SQLITE_OK &&
                    sqlite3_exec(db, schema, NULL, NULL, NULL) == SQLITE_OK &&
                    sqlite3_exec(db, "BEGIN", NULL, NULL, NULL) == SQLITE_OK &&
                    insert_once(db, "INSERT INTO meta VALUES(?,?)", version, 2) &&
                    insert_once(db, "INSERT INTO document VALUES(?,?)", doc, 2) && insert_findings(db, findings, n) &&
                    sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK;
    const enum status status = ok ? OK : sql_error(db, err, path);
    sqlite3_close(db);
    return status == OK ? sync_path(path, O_RDWR, err) : status;
}

/* The folder that holds the case, so that the change of names is on disk when we say done. */
static void parent_of(const char *path, char out[PATH_MAX])
{
    const char *const slash = strrchr(path, '/');
    if (!slash)
        snprintf(out, PATH_MAX, ".");
    else
        snprintf(out, PATH_MAX, "%.*s", slash == path ? 1 : (int)(slash - path), path);
}

static enum status move_into_place(struct case_writer *w, struct err *err)
{
    if (!w->replace)
        return rename(w->draft, w->path) == 0 ? OK : io_error(err, w->path, "move the case into place");
    if (renameat2(AT_FDCWD, w->draft, AT_FDCWD, w->path, RENAME_EXCHANGE) == 0)
        return OK; /* the old case now has the draft's name, and goes */
    if (errno != EINVAL && errno != ENOSYS)
        return io_error(err, w->path, "replace the case");
    remove_folder(w->path); /* a file system that cannot exchange: for a moment there is neither, but the draft is whole */
    return rename(w->draft, w->path) == 0 ? OK : io_error(err, w->path, "move the case into place");
}

enum status case_commit(struct case_writer *writer, struct err *err)
{
    char parent[PATH_MAX];
    parent_of(writer->path, parent);
    enum status status = sync_path(writer->draft, O_RDONLY | O_DIRECTORY, err);
    if (status == OK)
        status = move_into_place(writer, err);
    if (status == OK)
        status = sync_path(parent, O_RDONLY | O_DIRECTORY, err);
    case_abort(writer); /* what has the draft's name now is to go, whichever it is */
    return status;
}

enum status case_read_document(const char *path, struct arena *arena, str *out, struct err *err)
{
    char file[PATH_MAX + 64];
    snprintf(file, sizeof file, "%s/case.db", path);
    if (access(file, R_OK) != 0)
        return errno == ENOENT || errno == ENOTDIR ? err_set(err, ERR_NOT_FOUND, "%s: there is no case (no case.db)", path)
                                                   : io_error(err, file, "read");
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    enum status status = err_set(err, ERR_DAMAGED, "%s: not a case, or damaged", file);
    if (sqlite3_open_v2(file, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(db, "SELECT json FROM document WHERE name='assessment'", -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_text(statement, 0)) {
        *out = arena_str(arena, (str){(const char *)sqlite3_column_text(statement, 0), (size_t)sqlite3_column_bytes(statement, 0)});
        status = OK;
    }
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return status;
}
