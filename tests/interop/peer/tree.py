"""Objects of a library from trees, so that what it sends has not been read by it before."""

import struct


def build(tree, classes):
    """The object that `tree` describes, of `classes` by constructor id."""
    if isinstance(tree, list):
        return [build(item, classes) for item in tree]
    if not isinstance(tree, dict):
        return tree
    if "bytes" in tree:
        return bytes.fromhex(tree["bytes"])
    if "double" in tree:
        return struct.unpack("<d", bytes.fromhex(tree["double"]))[0]
    return classes[tree["id"]](**{name: build(value, classes) for name, value in tree["fields"].items()})
