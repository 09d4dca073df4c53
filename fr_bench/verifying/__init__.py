"""A finished run held against itself: files against the manifest, signatures over it, figures against the scores."""

from fr_bench.verifying.differences import Difference
from fr_bench.verifying.record import Checked, Record, Signed, verify
from fr_bench.verifying.telling import as_json, lines

__all__ = ["Checked", "Difference", "Record", "Signed", "as_json", "lines", "verify"]
