#!/usr/bin/env python3
"""check_schema.py SCHEMA FILE...: every JSON document (or every line of a .jsonl file) is as its schema says.

Schemas refer to each other by file name and are all read from the folder of SCHEMA; nothing is fetched. With --bad each FILE
must break the schema instead.
"""
import json
import pathlib
import sys

import jsonschema


def load(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def moved(node, name, others):
    """The same schema with its references as they are once it stands below #/definitions/<name> of a bundle."""
    if isinstance(node, list):
        return [moved(item, name, others) for item in node]
    if not isinstance(node, dict):
        return node
    out = {key: moved(value, name, others) for key, value in node.items() if key not in ("$id", "$schema")}
    if isinstance(out.get("$ref"), str):
        file, _, pointer = out["$ref"].partition("#")
        if file and file not in others:
            sys.exit("no schema %s" % file)
        out["$ref"] = "#/definitions/%s%s" % (file or name, pointer)
    return out


def bundle(path):
    """One schema that holds all of the folder: what resolves references across files differs between releases."""
    path = pathlib.Path(path)
    schemas = {one.name: load(one) for one in sorted(path.parent.glob("*.json"))}
    for schema in schemas.values():
        jsonschema.Draft7Validator.check_schema(schema)
    return {"definitions": {name: moved(schema, name, schemas) for name, schema in schemas.items()},
            "$ref": "#/definitions/%s" % path.name}


def documents(path):
    if path.endswith(".jsonl"):
        with open(path, encoding="utf-8") as f:
            return [json.loads(line) for line in f if line.strip()]
    return [load(path)]


def main():
    args = [arg for arg in sys.argv[1:] if arg != "--bad"]
    want_bad = "--bad" in sys.argv
    if len(args) < 2:
        sys.exit(__doc__)
    validator = jsonschema.Draft7Validator(bundle(args[0]))
    failed = 0
    for path in args[1:]:
        errors = [error for document in documents(path) for error in validator.iter_errors(document)]
        if want_bad != bool(errors):
            failed += 1
            print("%s: %s" % (path, "should break the schema" if want_bad else "breaks the schema"), file=sys.stderr)
        for error in [] if want_bad else errors[:20]:
            print("  /%s: %s" % ("/".join(map(str, error.absolute_path)), error.message[:300]), file=sys.stderr)
    sys.exit(failed > 0)


main()
