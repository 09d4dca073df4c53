"""Templates that were computed elsewhere, looked up by sample id: frbench sees no picture and needs no model.

Two layouts: one `.npz` with `ids` (n,) and `vectors` (n, d); or a `.npy` with vectors (n, d) and beside it a text file
with one id a line, in the order of the rows, UTF-8. Nothing is ever unpickled.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from fr_bench.contracts import Capture, ImageInput, Options
from fr_bench.errors import RecognizerError, shown
from fr_bench.provenance import digest_file, digest_value
from fr_bench.recognizers._answers import row_of
from fr_bench.recognizers._settings import Settings
from fr_bench.records import Failure

if TYPE_CHECKING:
    from numpy.typing import NDArray

DESCRIPTION = "templates computed elsewhere, from an .npz, or an .npy and a list of ids"
ARGUMENT = "templates"
KEYS: Mapping[str, str] = {
    "templates": "an .npz with ids and vectors, or an .npy with vectors (n, d)",
    "ids": "text file with one sample id a line, for an .npy; NAME.txt beside NAME.npy if missing",
    "sha256": "SHA-256 that the file of templates must have",
    "compare": "cosine or euclidean",
    "name": "name shown in the report; the file's name if missing",
    "licence": "licence of the model that made them, shown in the report",
}
ADAPTER_VERSION = "1"
MOST_BYTES = 64 << 30
MOST_ID_BYTES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateFile:
    """The templates of a file behind `Recognizer`."""

    name: str
    digest: str
    compare: Literal["cosine", "euclidean"]
    licence: str
    vectors: NDArray[Any] = field(repr=False)
    row_of_id: Mapping[str, int] = field(repr=False)
    preprocessing: Mapping[str, Any]
    version: str = f"templates {ADAPTER_VERSION}"
    provider: str = "file"
    takes: ImageInput = field(default_factory=lambda: ImageInput(images=False))
    batch_size: int = 256
    fixed_batch: bool = False
    notes: tuple[str, ...] = ()

    def embed(self, captures: Sequence[Capture]) -> list[NDArray[np.float32] | Failure]:
        """The template of each capture's sample id; `not_in_file` where the file has none."""
        return [self._template(capture.sample_id) for capture in captures]

    def _template(self, sample_id: str) -> NDArray[np.float32] | Failure:
        row = self.row_of_id.get(sample_id)
        if row is None:
            return Failure("embed", "not_in_file", f"{self.name} holds no template of this sample")
        with np.errstate(over="ignore"):
            return row_of(np.asarray(self.vectors[row], dtype=np.float32), unit_length=False)


def load(options: Options) -> TemplateFile:
    """Read the templates that the options name.

    Raises UsageError for wrong options; RecognizerError `file_missing`, `unsafe_format` (objects that only unpickling
    could read), `bad_templates` (not numbers, not (n, d), no ids), `length_mismatch`, `duplicate_id`, `hash_mismatch`.
    """
    settings = Settings.of(options)
    settings.refuse_unknown(KEYS)
    where = f"{options.where}: " if options.where else ""
    if not settings.text("templates"):
        raise settings.complaint("templates", "is missing; name the .npz or .npy file", "missing_option")
    path = options.path("templates")
    digests = {"templates": _digest(path, where)}
    pinned = settings.sha256()
    if pinned and pinned != digests["templates"]:
        raise RecognizerError(
            f"{settings.place('sha256')} is {shown(pinned)}, but {shown(str(path))} has {digests['templates']}",
            code="hash_mismatch",
        )
    if zipfile.is_zipfile(path):
        if "ids" in settings.values:
            raise settings.complaint("ids", "is for .npy files; an .npz holds its own ids")
        ids, vectors = _from_npz(path, where)
    else:
        ids_path = options.path("ids") if "ids" in settings.values else path.with_suffix(".txt")
        digests["ids"] = _digest(ids_path, where)
        ids, vectors = _ids_in_text(ids_path, where), _from_npy(path, where)
    _check(ids, vectors, path, where)
    compare = settings.choice("compare", ("cosine", "euclidean"), "cosine")
    return TemplateFile(
        name=settings.text("name") or path.stem,
        digest=digest_value(digests) if len(digests) > 1 else digests["templates"],
        compare="euclidean" if compare == "euclidean" else "cosine",
        licence=settings.text("licence"),
        vectors=vectors,
        row_of_id={name: row for row, name in enumerate(ids)},
        preprocessing={"made": "elsewhere", "templates": len(ids), "dtype": str(vectors.dtype)},
    )


def _digest(path: Path, where: str) -> str:
    if not path.is_file():
        word = "there is no file" if not path.exists() else "not a regular file:"
        raise RecognizerError(
            f"{where}{word} {shown(str(path))}; a .npy of templates needs a text file of ids beside it",
            code="file_missing",
        )
    return digest_file(path)


def _from_npz(path: Path, where: str) -> tuple[list[str], NDArray[Any]]:
    told = f"{where}{shown(str(path))}"
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > MOST_BYTES:
                raise RecognizerError(f"{told} unfolds to over 64 GiB", code="too_large")
        with np.load(path, allow_pickle=False) as archive:
            missing = sorted({"ids", "vectors"} - set(archive.files))
            if missing:
                raise RecognizerError(
                    f"{told} holds {', '.join(shown(name) for name in archive.files[:20]) or 'nothing'}, but no "
                    f"{' and no '.join(missing)}; it must hold ids (n,) and vectors (n, d)",
                    code="bad_templates",
                )
            ids, vectors = archive["ids"], archive["vectors"]
    except (ValueError, OSError, zipfile.BadZipFile, zlib.error, EOFError, SyntaxError) as problem:
        raise _unreadable(told, problem) from problem
    if not isinstance(ids, np.ndarray) or not isinstance(vectors, np.ndarray):
        raise _unreadable(told, ValueError("a member is no .npy"))
    if ids.dtype.kind == "S":
        try:
            ids = np.char.decode(ids, "utf-8")
        except UnicodeDecodeError:
            raise RecognizerError(f"{told}: ids are not UTF-8", code="bad_encoding") from None
    if ids.ndim != 1 or ids.dtype.kind != "U":
        raise RecognizerError(
            f"{told}: ids are {ids.dtype} of shape {list(ids.shape)}; they must be texts, one for each vector",
            code="bad_templates",
        )
    return [str(name) for name in ids], vectors


def _from_npy(path: Path, where: str) -> NDArray[Any]:
    told = f"{where}{shown(str(path))}"
    try:
        # The rows stay on disk until they are asked for.
        return np.lib.format.open_memmap(path, mode="r")
    except (ValueError, OSError, EOFError, SyntaxError) as problem:
        raise _unreadable(told, problem) from problem


def _unreadable(told: str, problem: Exception) -> RecognizerError:
    if "pickle" in str(problem).lower() or "object" in str(problem).lower():
        return RecognizerError(
            f"{told} holds Python objects, which are never unpickled; save plain arrays of texts and numbers",
            code="unsafe_format",
        )
    return RecognizerError(f"{told} cannot be read as numpy arrays: {shown(str(problem), 200)}", code="bad_templates")


def _ids_in_text(path: Path, where: str) -> list[str]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise RecognizerError(
            f"{where}{shown(str(path))} is not UTF-8 (byte {problem.start})", code="bad_encoding"
        ) from None
    lines = text.replace("\r\n", "\n").split("\n")
    return lines[:-1] if lines and lines[-1] == "" else lines


def _check(ids: Sequence[str], vectors: NDArray[Any], path: Path, where: str) -> None:
    told = f"{where}{shown(str(path))}"
    if vectors.ndim != 2 or vectors.shape[1] < 1 or vectors.dtype.kind not in "fiu":
        raise RecognizerError(
            f"{told}: vectors are {vectors.dtype} of shape {list(vectors.shape)}; they must be numbers of shape (n, d)",
            code="bad_templates",
        )
    if len(ids) != len(vectors):
        raise RecognizerError(f"{told}: {len(ids)} ids for {len(vectors)} vectors", code="length_mismatch")
    seen: dict[str, int] = {}
    for row, name in enumerate(ids):
        if not name or len(name.encode("utf-8", "surrogatepass")) > MOST_ID_BYTES:
            raise RecognizerError(f"{told}: id {row + 1} is empty or has over 4096 bytes", code="bad_id")
        if seen.setdefault(name, row) != row:
            raise RecognizerError(
                f"{told}: id {shown(repr(name))} stands at {seen[name] + 1} and {row + 1}; ids must be unique",
                code="duplicate_id",
            )
