/* Evidence on disk is made by the tests in a folder of their own; archives are made in memory by
 * libarchive. */
#include "check.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "evidence/evidence.h"

/* A visitor that writes everything it is told as lines: "name=content", "refused name: word",
 * "damage name". */
struct seen {
    struct buf log;
    struct buf data;
    char name[256];
    u64 progress;
    u32 n_inputs;
    struct source_result last;
    u64 max_piece;
    enum status open_says, data_says;
};

static enum status seen_open(void *arg, const struct source_info *info, str head, void **cookie)
{
    struct seen *const seen = arg;
    snprintf(seen->name, sizeof seen->name, "%.*s", STR_ARG(info->name));
    buf_reset(&seen->data);
    assert_true(head.n <= EVIDENCE_HEAD);
    *cookie = seen;
    return seen->open_says;
}

static enum status seen_data(void *arg, void *cookie, str bytes)
{
    struct seen *const seen = arg;
    assert_ptr_equal(arg, cookie);
    assert_true(bytes.n > 0);
    buf_add(&seen->data, bytes);
    return seen->data_says;
}

static enum status seen_close(void *arg, void *cookie, const struct source_result *result)
{
    struct seen *const seen = arg;
    const str data = seen->data.n > 40 ? S("...") : buf_str(&seen->data);
    buf_printf(&seen->log, "%s=%.*s%s\n", seen->name, STR_ARG(data),
               result->whole ? "" : " (broken)");
    seen->last = *result;
    return OK;
}

static void seen_refused(void *arg, str name, enum refusal refusal, const char *why)
{
    struct seen *const seen = arg;
    assert_true(strlen(why) > 0);
    buf_printf(&seen->log, "refused %.*s: %s\n", STR_ARG(name), refusal_text(refusal));
}

static void seen_damage(void *arg, str name, u64 off, const char *what)
{
    struct seen *const seen = arg;
    assert_true(strlen(what) > 0);
    buf_printf(&seen->log, "damage %.*s\n", STR_ARG(name));
}

static void seen_input(void *arg, const struct evidence_input *input)
{
    ((struct seen *)arg)->n_inputs++;
}

static void seen_progress(void *arg, u64 bytes)
{
    struct seen *const seen = arg;
    assert_true(bytes > seen->progress);
    seen->progress = bytes;
}

static struct evidence_visitor visitor_of(struct seen *seen)
{
    *seen = (struct seen){0};
    buf_init(&seen->log, 1 << 20);
    buf_init(&seen->data, 1 << 27);
    return (struct evidence_visitor){
        .open = seen_open,
        .data = seen_data,
        .close = seen_close,
        .input = seen_input,
        .refused = seen_refused,
        .damage = seen_damage,
        .progress = seen_progress,
        .arg = seen,
    };
}

static void seen_release(struct seen *seen)
{
    buf_release(&seen->log);
    buf_release(&seen->data);
}

/* Run over memory and compare the log. */
static void expect(str archive, const struct evidence_options *options, const char *log)
{
    struct seen seen;
    const struct evidence_visitor visitor = visitor_of(&seen);
    assert_int_equal(evidence_read_memory(archive, S("a"), options, &visitor), OK);
    assert_str(buf_str(&seen.log), log);
    seen_release(&seen);
}

struct file {
    const char *name;
    str data;
};

/* An archive made in memory; the caller frees the bytes. */
static str pack(int (*format)(struct archive *), int (*filter)(struct archive *),
                const char *options, const char *password, const struct file *files, size_t n)
{
    size_t cap = 4096, used = 0;
    for (size_t i = 0; i < n; i++)
        cap += files[i].data.n + 4096;
    char *const out = mem_alloc(cap);
    struct archive *const a = archive_write_new();
    assert_int_equal(format(a), ARCHIVE_OK);
    if (filter)
        assert_int_equal(filter(a), ARCHIVE_OK);
    if (options)
        assert_int_equal(archive_write_set_options(a, options), ARCHIVE_OK);
    if (password)
        assert_int_equal(archive_write_set_passphrase(a, password), ARCHIVE_OK);
    archive_write_set_bytes_in_last_block(a, 1);
    assert_int_equal(archive_write_open_memory(a, out, cap, &used), ARCHIVE_OK);
    for (size_t i = 0; i < n; i++) {
        struct archive_entry *const entry = archive_entry_new();
        archive_entry_set_pathname(entry, files[i].name);
        archive_entry_set_size(entry, (la_int64_t)files[i].data.n);
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        assert_int_equal(archive_write_header(a, entry), ARCHIVE_OK);
        archive_write_data(a, files[i].data.p, files[i].data.n);
        archive_entry_free(entry);
    }
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    archive_write_free(a);
    return (str){out, used};
}

static str zip_of(const struct file *files, size_t n)
{
    return pack(archive_write_set_format_zip, NULL, NULL, NULL, files, n);
}

static const struct file two_files[] = {{"b.txt", {"beta", 4}}, {"dir/a.txt", {"alpha", 5}}};

static void test_plain_text_is_one_source(void **state)
{
    expect(S("just text"), NULL, "a=just text\n");
    expect(S(""), NULL, "a=\n");
    expect(S("PK but no archive"), NULL, "a=PK but no archive\n");
    expect(S("BZh9 is not bzip2"), NULL, "a=BZh9 is not bzip2\n");
    expect(S("#mtree\nfoo type=file\n"), NULL, "a=#mtree\nfoo type=file\n\n");
}

static void test_every_format(void **state)
{
    int (*const formats[])(struct archive *) = {
        archive_write_set_format_zip, archive_write_set_format_7zip, archive_write_set_format_ustar,
        archive_write_set_format_pax};
    for (size_t i = 0; i < COUNT(formats); i++) {
        const str a = pack(formats[i], NULL, NULL, NULL, two_files, 2);
        expect(a, NULL, "a!b.txt=beta\na!dir/a.txt=alpha\n");
        mem_free((char *)a.p);
    }
    int (*const filters[])(struct archive *) = {
        archive_write_add_filter_gzip, archive_write_add_filter_bzip2, archive_write_add_filter_xz,
        archive_write_add_filter_zstd, archive_write_add_filter_lz4};
    for (size_t i = 0; i < COUNT(filters); i++) {
        const str tar = pack(archive_write_set_format_ustar, filters[i], NULL, NULL, two_files, 2);
        expect(tar, NULL, "a!b.txt=beta\na!dir/a.txt=alpha\n");
        const str raw = pack(archive_write_set_format_raw, filters[i], NULL, NULL, two_files, 1);
        expect(raw, NULL, "a!a=beta\n");
        mem_free((char *)tar.p);
        mem_free((char *)raw.p);
    }
}

static void test_nested_archives(void **state)
{
    const str zip = zip_of(two_files, 2);
    const str seven = pack(archive_write_set_format_7zip, NULL, NULL, NULL, two_files, 1);
    const str gz =
        pack(archive_write_set_format_raw, archive_write_add_filter_gzip, NULL, NULL, two_files, 1);
    const struct file files[] = {
        {"in.zip", zip}, {"in.7z", seven}, {"ex.log.gz", gz}, {"../../etc/x", {"name", 4}}};
    const str outer = zip_of(files, COUNT(files));
    expect(outer, NULL,
           "a!in.zip!b.txt=beta\na!in.zip!dir/a.txt=alpha\na!in.7z!b.txt=beta\n"
           "a!ex.log.gz!ex.log=beta\na!../../etc/x=name\n");
    struct evidence_limits limits = evidence_default_limits;
    limits.archive_depth = 1;
    const struct evidence_options shallow = {.limits = &limits};
    expect(outer, &shallow,
           "refused a!in.zip: archive depth\nrefused a!in.7z: archive depth\n"
           "refused a!ex.log.gz: archive depth\na!../../etc/x=name\n");
    limits = evidence_default_limits;
    limits.nested_size = 16;
    expect(outer, &shallow,
           "a!in.zip!b.txt=beta\na!in.zip!dir/a.txt=alpha\nrefused a!in.7z: nested archive size\n"
           "a!ex.log.gz!ex.log=beta\na!../../etc/x=name\n");
    limits = evidence_default_limits;
    limits.entries = 2;
    expect(outer, &shallow, "a!in.zip!b.txt=beta\nrefused a!in.zip!dir/a.txt: entries\n");
    mem_free((char *)zip.p);
    mem_free((char *)seven.p);
    mem_free((char *)gz.p);
    mem_free((char *)outer.p);
}

static void test_refused_bombs(void **state)
{
    const size_t n = 4 << 20;
    char *const zeros = mem_calloc(n, 1);
    const struct file files[] = {{"first", {"1", 1}}, {"zeros", {zeros, n}}, {"after", {"2", 1}}};
    const str zip = zip_of(files, COUNT(files));
    struct evidence_limits limits = evidence_default_limits;
    limits.expansion = 100;
    limits.expansion_after = 1 << 20;
    const struct evidence_options options = {.limits = &limits};
    expect(zip, &options, "a!first=1\nrefused a: expansion\na!zeros=... (broken)\n");
    limits = evidence_default_limits;
    limits.archive_size = 1 << 20;
    expect(zip, &options, "a!first=1\nrefused a: archive size\na!zeros=... (broken)\n");
    const struct file outer_files[] = {{"in.zip", zip}, {"after", {"2", 1}}};
    const str outer = zip_of(outer_files, 2);
    limits = evidence_default_limits;
    limits.archive_size = 2 << 20;
    expect(outer, &options,
           "a!in.zip!first=1\nrefused a!in.zip: archive size\nrefused a: archive "
           "size\na!in.zip!zeros=... (broken)\n");
    mem_free((char *)outer.p);
    mem_free((char *)zip.p);
    mem_free(zeros);
}

static void test_encrypted_zip(void **state)
{
    static const char *const methods[] = {"zip:encryption=aes256", "zip:encryption=zipcrypt"};
    for (size_t i = 0; i < COUNT(methods); i++) {
        const str zip = pack(archive_write_set_format_zip, NULL, methods[i], "right", two_files, 2);
        expect(zip, NULL, "refused a!b.txt: encrypted\nrefused a!dir/a.txt: encrypted\n");
        const char *const wrong[] = {"wrong"};
        struct evidence_options options = {.passwords = wrong, .n_passwords = 1};
        expect(zip, &options, "refused a!b.txt: encrypted\nrefused a!dir/a.txt: encrypted\n");
        const char *const passwords[] = {"wrong", "right"};
        options = (struct evidence_options){.passwords = passwords, .n_passwords = 2};
        expect(zip, &options, "a!b.txt=beta\na!dir/a.txt=alpha\n");
        mem_free((char *)zip.p);
    }
}

static void test_damaged_archives(void **state)
{
    const str stored =
        pack(archive_write_set_format_zip, NULL, "zip:compression=store", NULL, two_files, 2);
    ((char *)stored.p)[str_find(stored, S("beta"))] = 'B';
    expect(stored, NULL, "damage a!b.txt\na!b.txt=Beta (broken)\na!dir/a.txt=alpha\n");
    mem_free((char *)stored.p);

    /* libarchive loses up to 64 KiB before the cut, not more */
    const size_t n = 400000;
    char *const noise = mem_alloc(n);
    u64 seed = 1;
    for (size_t i = 0; i < n; i++)
        noise[i] = (char)((seed = seed * 6364136223846793005u + 1) >> 56);
    const struct file one = {"x", {noise, n}};
    const str gz =
        pack(archive_write_set_format_raw, archive_write_add_filter_gzip, NULL, NULL, &one, 1);
    struct seen seen;
    const struct evidence_visitor visitor = visitor_of(&seen);
    assert_int_equal(evidence_read_memory(str_sub(gz, 0, gz.n - 100), S("a.gz"), NULL, &visitor),
                     OK);
    assert_str(buf_str(&seen.log), "damage a.gz!a\na.gz!a=... (broken)\n");
    assert_true(seen.data.n > n - 65536 && memcmp(seen.data.p, noise, seen.data.n) == 0);
    seen_release(&seen);
    mem_free(noise);
    mem_free((char *)gz.p);

    expect(S("PK\3\4garbage that is no zip at all"), NULL, "damage a\n");
    expect(S("7z\xBC\xAF\x27\x1C garbage"), NULL, "damage a\n");
}

/* Every truncation of an archive ends, and never gives bytes that were not put in. */
static void test_every_truncation(void **state)
{
    const str zip = zip_of(two_files, 2);
    for (size_t n = 0; n < zip.n; n++) {
        struct seen seen;
        const struct evidence_visitor visitor = visitor_of(&seen);
        assert_int_equal(evidence_read_memory(str_sub(zip, 0, n), S("a"), NULL, &visitor), OK);
        assert_true(n < 4 || seen.log.n > 0 ||
                    str_find(str_sub(zip, 0, n), S("b.txt")) == SIZE_MAX);
        seen_release(&seen);
    }
    mem_free((char *)zip.p);
}

static void test_visitor_ends_source_or_run(void **state)
{
    const str zip = zip_of(two_files, 2);
    struct seen seen;
    const struct evidence_visitor visitor = visitor_of(&seen);
    seen.open_says = END;
    assert_int_equal(evidence_read_memory(zip, S("a"), NULL, &visitor), OK);
    assert_str(buf_str(&seen.log), "");
    seen.open_says = OK;
    seen.data_says = END;
    assert_int_equal(evidence_read_memory(zip, S("a"), NULL, &visitor), OK);
    assert_str(buf_str(&seen.log), "a!b.txt=beta\na!dir/a.txt=alpha\n");
    buf_reset(&seen.log);
    seen.data_says = ERR_FULL;
    assert_int_equal(evidence_read_memory(zip, S("a"), NULL, &visitor), ERR_FULL);
    assert_str(buf_str(&seen.log), "a!b.txt=beta (broken)\n");
    seen_release(&seen);
    mem_free((char *)zip.p);
}

/* A folder with everything that can stand in one. Tests run in it. */
static char folder[512], came_from[4096];

static void put(const char *name, str data)
{
    FILE *const f = fopen(name, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data.p, 1, data.n, f), data.n);
    fclose(f);
}

static int make_folder(void **state)
{
    const char *const temporary = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%.480s/evidence-test-XXXXXX",
             temporary && *temporary ? temporary : "/tmp");
    if (!getcwd(came_from, sizeof came_from) || !mkdtemp(folder) || chdir(folder) != 0)
        return -1;
    const str zip = zip_of(two_files, 2);
    if (mkdir("e", 0755) || mkdir("e/sub", 0755) || mkdir("e/empty", 0755) ||
        symlink("b", "e/link") || symlink(".", "e/loop") || mkfifo("e/pipe", 0644) ||
        symlink("e/b", "way"))
        return -1;
    put("e/b", S("bee"));
    put("e/a.zip", zip);
    put("e/B", S("big"));
    put("e/nothing", S(""));
    put("e/sub/c", S("sea"));
    mem_free((char *)zip.p);
    return 0;
}

static int drop_folder(void **state)
{
    static const char *const names[] = {"e/sub/c",  "e/sub", "e/empty", "e/link", "e/loop",
                                        "e/pipe",   "e/b",   "e/a.zip", "e/B",    "e/nothing",
                                        "e/secret", "e",     "way"};
    for (size_t i = 0; i < COUNT(names); i++)
        if (unlink(names[i]) != 0)
            (void)!rmdir(names[i]);
    return chdir(came_from) != 0 || rmdir(folder) != 0;
}

static void test_folder_in_order(void **state)
{
    const char *const paths[] = {"e/", "way"};
    struct seen seen;
    const struct evidence_visitor visitor = visitor_of(&seen);
    struct err err = {0};
    u64 total = 0;
    assert_int_equal(evidence_size(paths, 2, &total, &err), OK);
    assert_int_equal(evidence_read(paths, 2, NULL, &visitor, &err), OK);
    assert_str(
        buf_str(&seen.log),
        "e/B=big\ne/a.zip!b.txt=beta\ne/a.zip!dir/a.txt=alpha\ne/b=bee\nrefused e/link: link\n"
        "refused e/loop: link\ne/nothing=\nrefused e/pipe: special file\ne/sub/c=sea\nway=bee\n");
    assert_int_equal(seen.progress, total);
    assert_int_equal(seen.n_inputs, 6);
    assert_true(seen.last.whole);
    char hex[SHA256_HEX];
    assert_string_equal(sha256_text(seen.last.sha256, hex),
                        "62cb81b5904a262ffaeed02abef36bfc540b09f964b8b0b636662f77ffce6714");
    seen_release(&seen);
}

static void test_folder_limits(void **state)
{
    const char *const paths[] = {"e"};
    struct evidence_limits limits = evidence_default_limits;
    limits.dir_depth = 1;
    limits.entries = 5;
    const struct evidence_options options = {.limits = &limits};
    struct seen seen;
    const struct evidence_visitor visitor = visitor_of(&seen);
    assert_int_equal(evidence_read(paths, 1, &options, &visitor, NULL), OK);
    assert_str(buf_str(&seen.log),
               "e/B=big\ne/a.zip!b.txt=beta\ne/a.zip!dir/a.txt=alpha\ne/b=bee\nrefused e/empty: "
               "folder depth\n"
               "refused e/link: link\nrefused e/loop: link\nrefused e/nothing: entries\n");
    seen_release(&seen);
}

static void test_refused_permission(void **state)
{
    if (geteuid() == 0)
        skip();
    put("e/secret", S("s"));
    assert_int_equal(chmod("e/secret", 0), 0);
    const char *const paths[] = {"e"};
    struct seen seen;
    const struct evidence_visitor visitor = visitor_of(&seen);
    assert_int_equal(evidence_read(paths, 1, NULL, &visitor, NULL), OK);
    assert_true(str_find(buf_str(&seen.log), S("refused e/secret: permission\n")) != SIZE_MAX);
    const char *const direct[] = {"e/secret"};
    assert_int_equal(evidence_read(direct, 1, NULL, &visitor, NULL), ERR_PERMISSION);
    assert_int_equal(unlink("e/secret"), 0);
    seen_release(&seen);
}

static void test_missing_argument_is_an_error(void **state)
{
    const char *const paths[] = {"e", "no-such-thing"};
    struct seen seen;
    const struct evidence_visitor visitor = visitor_of(&seen);
    struct err err = {0};
    u64 total = 7;
    assert_int_equal(evidence_read(paths, 2, NULL, &visitor, &err), ERR_NOT_FOUND);
    assert_string_equal(err.msg, "no-such-thing: cannot read: No such file or directory");
    assert_str(buf_str(&seen.log), ""); /* all arguments are looked at first */
    assert_int_equal(evidence_size(paths, 2, &total, &err), ERR_NOT_FOUND);
    assert_int_equal(total, 7);
    const char *const device[] = {"/dev/null"};
    assert_int_equal(evidence_read(device, 1, NULL, &visitor, &err), ERR_UNSUPPORTED);
    seen_release(&seen);
}

static void test_standard_input(void **state)
{
    const str seven = pack(archive_write_set_format_7zip, NULL, NULL, NULL, two_files, 2);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], seven.p, seven.n), (ssize_t)seven.n);
    close(ends[1]);
    const int kept = dup(STDIN_FILENO);
    assert_true(dup2(ends[0], STDIN_FILENO) >= 0);
    close(ends[0]);
    const char *const paths[] = {"-"};
    struct seen seen;
    const struct evidence_visitor visitor = visitor_of(&seen);
    assert_int_equal(evidence_read(paths, 1, NULL, &visitor, NULL), OK);
    assert_str(buf_str(&seen.log), "-!b.txt=beta\n-!dir/a.txt=alpha\n");
    assert_int_equal(seen.n_inputs, 1);
    if (kept >= 0) {
        dup2(kept, STDIN_FILENO);
        close(kept);
    }
    seen_release(&seen);
    mem_free((char *)seven.p);
}

/* Bytes go where the visitor wants them, the first ones aside; nothing is hashed when nobody asks.
 */
static char wanted_here[4000];

static char *seen_room(void *arg, void *cookie, size_t *n)
{
    assert_ptr_equal(arg, cookie);
    *n = sizeof wanted_here;
    return wanted_here;
}

static enum status room_data(void *arg, void *cookie, str bytes)
{
    const struct seen *const seen = arg;
    assert_true(seen->data.n == 0 || (bytes.p == wanted_here && bytes.n <= sizeof wanted_here));
    return seen_data(arg, cookie, bytes);
}

static void test_room(void **state)
{
    static const u8 zero[SHA256_SIZE];
    const size_t n = ((size_t)3 << 20) + 77;
    char path[] = "/tmp/leadline-room-XXXXXX", *const bytes = mem_alloc(n);
    const int fd = mkstemp(path);
    for (size_t i = 0; i < n; i++)
        bytes[i] = (char)(i * 7 + i / 1000);
    assert_int_equal(write(fd, bytes, n), (ssize_t)n);
    close(fd);
    struct seen seen;
    struct evidence_visitor visitor = visitor_of(&seen);
    const struct evidence_options options = {.unhashed = true};
    const char *const paths[] = {path};
    visitor.room = seen_room;
    visitor.data = room_data;
    assert_int_equal(evidence_read(paths, 1, &options, &visitor, NULL), OK);
    assert_true(str_eq(buf_str(&seen.data), (str){bytes, n}));
    assert_int_equal(seen.last.size, n);
    assert_memory_equal(seen.last.sha256, zero, sizeof zero);
    assert_int_equal(seen.n_inputs, 1);
    seen_release(&seen);
    mem_free(bytes);
    unlink(path);
}

int suite_evidence(void)
{
    const struct CMUnitTest in_memory[] = {
        cmocka_unit_test(test_plain_text_is_one_source),
        cmocka_unit_test(test_every_format),
        cmocka_unit_test(test_nested_archives),
        cmocka_unit_test(test_refused_bombs),
        cmocka_unit_test(test_encrypted_zip),
        cmocka_unit_test(test_damaged_archives),
        cmocka_unit_test(test_every_truncation),
        cmocka_unit_test(test_visitor_ends_source_or_run),
    };
    const struct CMUnitTest on_disk[] = {
        cmocka_unit_test(test_folder_in_order),
        cmocka_unit_test(test_folder_limits),
        cmocka_unit_test(test_refused_permission),
        cmocka_unit_test(test_missing_argument_is_an_error),
        cmocka_unit_test(test_standard_input),
        cmocka_unit_test(test_room),
    };
    return cmocka_run_group_tests_name("evidence in memory", in_memory, NULL, NULL) +
           cmocka_run_group_tests_name("evidence on disk", on_disk, make_folder, drop_folder);
}
