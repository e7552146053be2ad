"""How stand-in tenants stand, without what differs from one run to the next: ids, times, and counts of changes."""
import json
import re
import sqlite3

# What the stand-in hands out by chance or by its clock, counts, or keeps of earlier for its searches.
ANYTHING = {"created", "changed", "licensed", "visible_from", "revision", "anchor", "guid", "sid", "exchange_guid", "trustee_sid", "stale"}
# What matters is whether there is a time.
WHETHER = {"deleted", "suspended_at", "licensed"}
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{21}|0[0-9a-z]{14}")


def of(workspace):
    with sqlite3.connect(f"file:{workspace.path('.tripod/sandbox.db')}?mode=ro", uri=True) as database:
        rows = [(name, key, json.loads(text)) for name, key, text in database.execute("select name, key, json from rows")]
    database.close()
    names = {row["id"]: row.get("primary") or row.get("mail") or row.get("email") or row.get("name") for _, _, row in rows
             if isinstance(row.get("id"), str)}

    def plain(value, name=None):
        if name in ANYTHING and name not in WHETHER:
            return None
        if name == "exchange" and isinstance(value, dict):
            # What is off by a command and what was never on are the same.
            return {key: plain(inner, key) for key, inner in value.items() if inner}
        if name in WHETHER:
            return value if isinstance(value, bool) else value is not None
        if isinstance(value, dict):
            return {key: plain(inner, key) for key, inner in sorted(value.items())}
        if isinstance(value, list):
            return sorted((plain(inner) for inner in value), key=json.dumps)
        if isinstance(value, str):
            return ID.sub(lambda found: names.get(found.group(), found.group()), value)
        return value

    return {(name, plain(key)): plain(row) for name, key, row in rows if not name.endswith("/settings")}


def differences(one, other):
    """Where two differ: the row, its field, and what each has."""
    found = []
    for key in sorted(one.keys() | other.keys()):
        if key not in one or key not in other:
            found.append((*key, "", key in one, key in other))
            continue
        fields = one[key].keys() | other[key].keys()
        found += [(*key, field, one[key].get(field), other[key].get(field)) for field in sorted(fields)
                  if one[key].get(field) != other[key].get(field)]
    return found
