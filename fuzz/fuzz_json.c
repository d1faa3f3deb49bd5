/* Bytes as a JSON document. What is read, written and read again must be the same tree; errors lie
 * inside the input. */
#include <stdlib.h>

#include "base/json.h"
#include "base/jsonw.h"

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void write_tree(struct jsonw *w, const struct json *value)
{
    switch (value->type) {
    case JSON_OBJECT:
    case JSON_ARRAY: {
        const bool object = value->type == JSON_OBJECT;
        object ? jsonw_object(w) : jsonw_array(w);
        JSON_EACH (value, it) {
            if (object)
                jsonw_key_str(w, it->key);
            write_tree(w, it);
        }
        object ? jsonw_object_end(w) : jsonw_array_end(w);
        break;
    }
    case JSON_STRING:
        jsonw_str(w, value->text);
        break;
    case JSON_NUMBER:
        jsonw_raw(w, value->text);
        break;
    case JSON_NULL:
        jsonw_null(w);
        break;
    default:
        jsonw_bool(w, value->type == JSON_TRUE);
        break;
    }
}

static void must_be_same(const struct json *a, const struct json *b)
{
    must(a->type == b->type && a->n == b->n && str_eq(a->key, b->key) && str_eq(a->text, b->text));
    const struct json *other = b->first;
    JSON_EACH (a, it) {
        must_be_same(it, other);
        other = other->next;
    }
}

/* What the accessors say of a value must agree with what it is. */
static void must_answer(const struct json *value)
{
    double f;
    i64 i;
    bool b;
    must(json_f64(value, &f) == (value->type == JSON_NUMBER && value->text.n < 64));
    must(!json_i64(value, &i) || value->type == JSON_NUMBER);
    must(json_bool(value, &b) == (value->type == JSON_TRUE || value->type == JSON_FALSE));
    must(str_eq(json_text(value), value->text));
    must(json_at(value, value->n) == NULL);
    if (value->type == JSON_ARRAY)
        must(json_at(value, 0) == value->first);
    if (value->type == JSON_OBJECT && value->n &&
        !memchr(value->first->key.p, 0, value->first->key.n)) {
        char key[256];
        const size_t n = MIN(value->first->key.n, sizeof key - 1);
        memcpy(key, value->first->key.p, n);
        key[n] = 0;
        must(json_get(value, key) == value->first || n < value->first->key.n);
    }
    JSON_EACH (value, it)
        must_answer(it);
}

/* The tree and the tokens agree on what is a value. */
static void must_skip(str text, bool valid)
{
    struct json_reader reader;
    json_start(&reader, text, str_starts(text, S("\xEF\xBB\xBF")) ? 3 : 0);
    const enum json_type type = json_skip(&reader);
    must(reader.at <= text.n && (type != JSON_ERROR || !valid));
    must(type == JSON_ERROR ? reader.why != NULL : json_next(&reader) == JSON_END);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    const str text = {(const char *)data, size};
    const struct json *root = NULL, *again = NULL;
    struct err err = {0};
    const bool valid = json_parse(text, &arena, &root, &err) == OK;
    must_skip(text, valid);
    if (valid) {
        must_answer(root);
        for (int style = JSONW_COMPACT; style <= JSONW_PRETTY; style++) {
            struct buf out;
            buf_init(&out, size * 256 + 1024);
            struct jsonw w = jsonw_start(&out, (enum jsonw_style)style);
            write_tree(&w, root);
            must(!out.full && json_parse(buf_str(&out), &arena, &again, NULL) == OK);
            must_be_same(root, again);
            buf_release(&out);
        }
    } else {
        must(err.off <= size && err.line >= 1 && err.col >= 1);
    }
    arena_release(&arena);
    return 0;
}
