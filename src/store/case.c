#include "store/case.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

#define SCHEMA_VERSION 1

static const char schema[] =
    "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" /* nobody sees the file before it is synced
                                                          and moved into place */
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE document(name TEXT PRIMARY KEY, json TEXT NOT NULL);"
    "CREATE TABLE finding(id TEXT PRIMARY KEY, time TEXT, host TEXT, rule TEXT, level TEXT, stage "
    "TEXT, outcome TEXT, json TEXT NOT NULL);"
    "CREATE INDEX finding_time ON finding(time);";

struct case_writer {
    char path[PATH_MAX];  /* the case */
    char draft[PATH_MAX]; /* "<case>.incomplete" */
    bool replace;
    int lock; /* the draft, open and locked; -1 before */
    const char *meta_key;
    str meta_value;
};

static enum status io_error(struct err *err, const char *path, const char *what)
{
    const int errnum = errno;
    return err_set(err, status_from_errno(errnum), "%s: cannot %s: %s", path, what,
                   strerror(errnum));
}

/* Every file that a case may hold. What else lies in a folder is somebody's, and is never removed.
 */
static const char *const case_files[] = {"case.db",         "case.db-journal",
                                         "assessment.json", "findings.jsonl",
                                         "report.html",     "assessment.previous.json"};

static bool is_case_file(const char *name)
{
    for (size_t i = 0; i < COUNT(case_files); i++)
        if (strcmp(name, case_files[i]) == 0)
            return true;
    return false;
}

/* Remove a case: its files, then the folder if that is all there was. */
static void remove_case(const char *path)
{
    const int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (dir < 0)
        return;
    for (size_t i = 0; i < COUNT(case_files); i++)
        (void)unlinkat(dir, case_files[i], 0);
    close(dir);
    rmdir(path);
}

/* OK when the folder can be given up: it holds nothing but what a case holds. */
static enum status check_only_case(const char *path, const char *what, struct err *err)
{
    DIR *const dir = opendir(path);
    if (!dir)
        return io_error(err, path, "open");
    enum status status = OK;
    for (struct dirent *entry; status == OK && (entry = readdir(dir));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            !is_case_file(entry->d_name))
            status = err_set(
                err, ERR_EXISTS,
                "%s: %s, and %s is not of a case: move it away, or choose another place with -o",
                path, what, entry->d_name);
    closedir(dir);
    return status;
}

/* May `path` be replaced? */
static enum status check_replaceable(const char *path, bool force, struct err *err)
{
    struct stat st;
    if (lstat(path, &st) != 0)
        return io_error(err, path, "look at it");
    if (!force)
        return err_set(err, ERR_EXISTS, "%s exists already, and is no case; --force replaces cases",
                       path);
    if (!S_ISDIR(st.st_mode))
        return err_set(err, ERR_EXISTS, "%s is not a folder: --force replaces cases only", path);
    if (faccessat(AT_FDCWD, path, W_OK, 0) != 0)
        return io_error(err, path, "write");
    return check_only_case(path, "--force replaces cases only", err);
}

/* The draft is locked as long as its maker lives, so that what is swept away is nobody's. Who finds
 * it locked leaves it alone. */
static enum status make_draft(struct case_writer *w, struct err *err)
{
    struct stat st, now;
    for (int tries = 0; tries < 3; tries++) {
        if (mkdir(w->draft, 0777) != 0 && errno != EEXIST)
            return io_error(err, w->draft, "make the folder");
        w->lock = open(w->draft, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (w->lock < 0 && errno == ENOENT)
            continue; /* its maker was just done with it */
        if (w->lock < 0)
            return io_error(err, w->draft, "open the folder");
        if (flock(w->lock, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
            return err_set(err, ERR_EXISTS, "%s: another run is writing this case", w->draft);
        if (fstat(w->lock, &st) == 0 && lstat(w->draft, &now) == 0 && st.st_ino == now.st_ino)
            return OK;
        close(w->lock); /* it was moved into place or removed between open and lock */
        w->lock = -1;
    }
    return err_set(err, ERR_EXISTS, "%s: another run is writing this case", w->draft);
}

static enum status begin(struct case_writer *w, bool force, struct err *err)
{
    struct stat st;
    w->replace = lstat(w->path, &st) == 0;
    if (w->replace)
        TRY(check_replaceable(w->path, force, err));
    TRY(make_draft(w, err));
    TRY(check_only_case(w->draft, "this is what an unfinished run leaves", err));
    for (size_t i = 0; i < COUNT(case_files); i++)
        (void)unlinkat(w->lock, case_files[i], 0);
    return OK;
}

static void free_writer(struct case_writer *w)
{
    if (w && w->lock >= 0)
        close(w->lock);
    mem_free(w);
}

enum status case_create(const char *path, bool force, struct case_writer **out, struct err *err)
{
    struct case_writer *const w = mem_calloc(1, sizeof *w);
    w->lock = -1;
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/')
        n--;
    const int fits = snprintf(w->draft, sizeof w->draft, "%.*s.incomplete", (int)n, path);
    enum status status = OK;
    if (n == 0 || fits < 0 || (size_t)fits >= sizeof w->draft)
        status = err_set(err, ERR_USAGE, "the name of the case is %s", n ? "too long" : "empty");
    if (status == OK) {
        snprintf(w->path, sizeof w->path, "%.*s", (int)n, path);
        status = begin(w, force, err);
    }
    if (status != OK) {
        free_writer(w);
        return status;
    }
    *out = w;
    return OK;
}

const char *case_draft(const struct case_writer *writer)
{
    return writer->draft;
}

void case_abort(struct case_writer *writer)
{
    if (writer)
        remove_case(writer->draft);
    free_writer(writer);
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
    assert(is_case_file(name));
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
    const enum status status = code == SQLITE_FULL ? ERR_FULL
                               : system            ? status_from_errno(system)
                                                   : ERR_IO;
    return err_set(err, status == ERR_NOT_FOUND ? ERR_IO : status, "%s: cannot write: %s", path,
                   sqlite3_errmsg(db));
}

static int bind(sqlite3_stmt *statement, int at, str text)
{
    return text.p ? sqlite3_bind_text64(statement, at, text.p, text.n, SQLITE_STATIC, SQLITE_UTF8)
                  : sqlite3_bind_null(statement, at);
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
    const bool ok = sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
                    insert(statement, texts, n);
    return sqlite3_finalize(statement) == SQLITE_OK && ok;
}

static bool insert_findings(sqlite3 *db, const struct case_finding *findings, size_t n)
{
    sqlite3_stmt *statement = NULL;
    bool ok = sqlite3_prepare_v2(db, "INSERT INTO finding VALUES(?,?,?,?,?,?,?,?)", -1, &statement,
                                 NULL) == SQLITE_OK;
    for (size_t i = 0; i < n && ok; i++) {
        const struct case_finding *const f = &findings[i];
        const str row[] = {f->id,    f->time,  f->host,    f->rule,
                           f->level, f->stage, f->outcome, f->json};
        ok = insert(statement, row, COUNT(row));
    }
    return sqlite3_finalize(statement) == SQLITE_OK && ok;
}

void case_set_meta(struct case_writer *writer, const char *key, str value)
{
    writer->meta_key = key;
    writer->meta_value = value;
}

enum status case_add_database(struct case_writer *writer, str document,
                              const struct case_finding *findings, size_t n, struct err *err)
{
    char path[PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/case.db", writer->draft);
    sqlite3 *db = NULL;
    const str version[] = {S("version"), S("1")}, doc[] = {S("assessment"), document},
              meta[] = {str_from(writer->meta_key ? writer->meta_key : ""), writer->meta_value};
    static_assert(SCHEMA_VERSION == 1, "version above");
    const bool ok =
        sqlite3_open_v2(path, &db,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_EXCLUSIVE,
                        NULL) == SQLITE_OK &&
        sqlite3_exec(db, schema, NULL, NULL, NULL) == SQLITE_OK &&
        sqlite3_exec(db, "BEGIN", NULL, NULL, NULL) == SQLITE_OK &&
        insert_once(db, "INSERT INTO meta VALUES(?,?)", version, 2) &&
        (!writer->meta_key || insert_once(db, "INSERT INTO meta VALUES(?,?)", meta, 2)) &&
        insert_once(db, "INSERT INTO document VALUES(?,?)", doc, 2) &&
        insert_findings(db, findings, n) &&
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
        return rename(w->draft, w->path) == 0 ? OK
                                              : io_error(err, w->path, "move the case into place");
    if (renameat2(AT_FDCWD, w->draft, AT_FDCWD, w->path, RENAME_EXCHANGE) == 0)
        return OK; /* the old case now has the draft's name, and goes */
    if (errno != EINVAL && errno != ENOSYS)
        return io_error(err, w->path, "replace the case");
    remove_case(w->path); /* a file system that cannot exchange: for a moment there is neither, but
                             the draft is whole */
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

/* A case may come from somebody else: what it defines must not run here. */
static bool distrust(sqlite3 *db)
{
    return sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL) == SQLITE_OK &&
           sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL) == SQLITE_OK &&
           sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL) == SQLITE_OK;
}

/* Does the name of the folder, as given or as it really is, say that it was not finished? */
static bool is_draft(const char *path)
{
    char real[PATH_MAX];
    str name = str_from(realpath(path, real) ? real : path);
    while (name.n && name.p[name.n - 1] == '/')
        name.n--;
    return str_ends(name, S(".incomplete"));
}

/* Is it a case, and may it be read? */
static enum status find_database(const char *path, char file[PATH_MAX + 64], struct err *err)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return io_error(err, path, "read");
    if (is_draft(path))
        return err_set(err, ERR_DAMAGED,
                       "%s: this case is incomplete, the run that made it was stopped: run "
                       "'leadline assess' again",
                       path);
    if (!S_ISDIR(st.st_mode))
        return err_set(err, ERR_NOT_FOUND,
                       "%s: not a case: a case is the folder that 'leadline assess' leaves", path);
    snprintf(file, PATH_MAX + 64, "%.*s/case.db", PATH_MAX, path);
    if (access(file, R_OK) != 0)
        return errno == ENOENT
                   ? err_set(err, ERR_NOT_FOUND, "%s: not a case (there is no case.db in it)", path)
                   : io_error(err, file, "read");
    return OK;
}

/* The one text that the query gives for the key. ERR_DAMAGED: it gives none. */
static enum status read_text(const char *path, const char *sql, const char *key,
                             struct arena *arena, str *out, struct err *err)
{
    char file[PATH_MAX + 64];
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    TRY(find_database(path, file, err));
    enum status status = err_set(err, ERR_DAMAGED, "%s: not a case, or damaged", file);
    if (sqlite3_open_v2(file, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK && distrust(db) &&
        sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
        bind(statement, 1, str_from(key)) == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW &&
        sqlite3_column_text(statement, 0)) {
        *out = arena_str(arena, (str){(const char *)sqlite3_column_text(statement, 0),
                                      (size_t)sqlite3_column_bytes(statement, 0)});
        status = OK;
    }
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return status;
}

enum status case_read_document(const char *path, struct arena *arena, str *out, struct err *err)
{
    return read_text(path, "SELECT json FROM document WHERE name=?", "assessment", arena, out, err);
}

enum status case_read_meta(const char *path, const char *key, struct arena *arena, str *out,
                           struct err *err)
{
    return read_text(path, "SELECT coalesce((SELECT value FROM meta WHERE key=?), '')", key, arena,
                     out, err);
}
