"""Writes a Python package and the index that pip finds it by.

    make_wheel.py FOLDER NAME VERSION
"""

import hashlib
import os
import sys
import zipfile


def write_wheel(path, name, version):
    """A wheel with one module, and some content that does not compress."""
    information = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr(f"{name}.py", f'VERSION = "{version}"\n')
        wheel.writestr(f"{name}_data.bin", os.urandom(600_000))
        wheel.writestr(f"{information}/METADATA",
                       f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        wheel.writestr(f"{information}/WHEEL", "Wheel-Version: 1.0\nGenerator: make_wheel\n"
                       "Root-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{information}/RECORD", "")


def main(folder, name, version):
    """The wheel in FOLDER/files, its index (PEP 503) in FOLDER/simple."""
    for part in ("files", f"simple/{name}"):
        os.makedirs(f"{folder}/{part}")
    file = f"{name}-{version}-py3-none-any.whl"
    write_wheel(f"{folder}/files/{file}", name, version)
    with open(f"{folder}/files/{file}", "rb") as wheel:
        digest = hashlib.sha256(wheel.read()).hexdigest()
    with open(f"{folder}/simple/{name}/index.html", "w", encoding="utf-8") as index:
        index.write(f'<!doctype html>\n<a href="../../files/{file}#sha256={digest}">{file}</a>\n')


main(*sys.argv[1:])
