"""The instructor's side: release, grade, give feedback. Imports dnnkit, never the reverse."""

import sys

# jsonschema, which nbformat needs, compiles a grammar of web addresses when it finds this package: more than a second
# for every command and every grading process, and nothing in a notebook is checked with it.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
