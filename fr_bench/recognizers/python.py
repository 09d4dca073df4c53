"""A recognizer written in Python: a class in a module or in a file, with as little as one method.

    class Mine:
        files = ["model.onnx"]                  # what it reads; [] for nothing
        size = (112, 112)                       # optional: (width, height) that it takes; else pictures as they are
        def embed(self, images):                # a list of uint8 RGB arrays (height, width, 3)
            return my_network(images)           # (n, d) numbers; a row of None or NaN: no face, a failure

`--recognizer python:package.module:Mine` or `python:path/to/file.py:Mine`. Also optional: `template` ("arcface" or
five points: where landmarks belong), `batch_size`, `digest`, `compare` ("cosine" or "euclidean"), `name`. A class that
offers all of `fr_bench.contracts.Recognizer` is used as it is. It runs in this process: it is code that you trust.

What a class reads cannot be seen from outside: a network opens its files in C. So a class says it, by `files` or by a
`digest` of its own; the templates of one that says neither are never met again, since they may be another model's.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from fr_bench.contracts import Capture, ImageInput, Options, Recognizer
from fr_bench.errors import FrBenchError, RecognizerError, nearest, shown
from fr_bench.provenance import digest_file, digest_value
from fr_bench.recognizers._answers import row_of, rows_of
from fr_bench.recognizers._settings import Settings, is_sequence
from fr_bench.records import Failure

if TYPE_CHECKING:
    from numpy.typing import NDArray

DESCRIPTION = "a class of your own, in a module or a .py file, with one method: embed(images) -> (n, d)"
ARGUMENT = "class"
KEYS: Mapping[str, str] = {
    "class": "package.module:Class or path/to/file.py:Class",
    "arguments": "table of keyword arguments for the class",
    "name": "name shown in the report; the class's if missing",
    "batch": "pictures given to the class at once; its batch_size if missing, else 1",
    "otherwise": "refuse or resize: what happens to pictures of another size that have no landmarks",
    "licence": "licence of the model, shown in the report",
}
ADAPTER_VERSION = "1"
NO_TEMPLATE = Failure("embed", "no_template", "the class gave None for this picture: no face, or none that it can take")


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonRecognizer:
    """A user's object behind `Recognizer`. `kept` is False where nobody said which files it reads."""

    name: str
    digest: str
    takes: ImageInput
    preprocessing: Mapping[str, Any]
    batch_size: int
    compare: Literal["cosine", "euclidean"]
    licence: str
    told: str
    thing: Any = field(repr=False)
    version: str = f"python {ADAPTER_VERSION}"
    provider: str = "python"
    fixed_batch: bool = False
    kept: bool = True
    notes: tuple[str, ...] = ()

    def embed(self, captures: Sequence[Capture]) -> list[NDArray[np.float32] | Failure]:
        """The object's rows, checked; None is a failure of its picture.

        Raises RecognizerError naming the picture it fails on, or what it answered.
        """
        pictures = [capture.image for capture in captures]
        first = shown(repr(captures[0].sample_id)) if captures else "nothing"
        batch = f"{first}" if len(captures) < 2 else f"a batch of {len(captures)} pictures that begins with {first}"
        try:
            given = self.thing.embed(pictures)
        except FrBenchError:
            raise
        except (Exception, SystemExit) as problem:  # the user's code may raise anything
            raise RecognizerError(
                f"{self.told} fails on {batch}: {type(problem).__name__}: {shown(str(problem), 300)}",
                code="recognizer_failed",
            ) from problem
        objects = isinstance(given, np.ndarray) and given.dtype.hasobject
        several = list(given) if objects or is_sequence(given) else []
        if len(several) != len(captures) or all(row is not None for row in several):
            return self._templates(given, len(captures), batch)
        found = [row for row in several if row is not None]
        templates = iter(self._templates(found, len(found), batch) if found else ())
        return [NO_TEMPLATE if row is None else next(templates) for row in several]

    def _templates(self, given: Any, count: int, batch: str) -> list[NDArray[np.float32] | Failure]:
        rows = rows_of(self._array(given, batch), count, f"{self.told}, on {batch},")
        return [row_of(row, unit_length=False) for row in rows]

    def _array(self, given: Any, batch: str) -> Any:
        if isinstance(given, np.ndarray):
            return given
        try:
            return np.asarray(given)
        except (ValueError, TypeError):
            raise RecognizerError(
                f"{self.told}, on {batch}, gives rows of different lengths; templates of one run have one length",
                code="template_length",
            ) from None


def load(options: Options) -> Recognizer:
    """Import the class that the options name and make one of it, with the table `arguments` if there is one.

    Raises UsageError for wrong options; RecognizerError `class_missing`, `import_failed`, `not_a_recognizer`,
    `recognizer_failed` (its constructor raises).
    """
    settings = Settings.of(options)
    settings.refuse_unknown(KEYS)
    if not settings.text("class"):
        raise settings.complaint("class", "is missing; name package.module:Class or file.py:Class", "missing_option")
    place, colon, name = settings.text("class").rpartition(":")
    if not colon or not place or not name.isidentifier():
        raise settings.complaint("class", "must be package.module:Class or file.py:Class")
    where = f"{options.where}: " if options.where else ""
    module, source = _module(place, options.folder, where)
    made = getattr(module, name, None)
    told = f"{where}{shown(place)}:{name}"
    if made is None:
        classes = [word for word, value in vars(module).items() if inspect.isclass(value)]
        raise RecognizerError(f"{told} is not there{nearest(name, classes)}", code="class_missing")
    thing = _made(made, settings, told)
    if not callable(getattr(thing, "embed", None)):
        raise RecognizerError(f"{told} has no method embed(images)", code="not_a_recognizer")
    if isinstance(thing, Recognizer):
        return thing
    return _wrapped(thing, settings, told, source, name)


def _module(place: str, folder: Path, where: str) -> tuple[ModuleType, Path | None]:
    """The module, and the file that its code stands in."""
    told = f"{where}{shown(place)}"
    try:
        if place.endswith(".py"):
            path = folder / Path(place).expanduser()
            if not path.is_file():
                beside = [other.name for other in path.parent.glob("*.py")] if path.parent.is_dir() else []
                raise RecognizerError(f"{told}: there is no such file{nearest(path.name, beside)}", code="file_missing")
            return _module_of_file(path), path
        if str(folder.absolute()) not in sys.path:
            sys.path.append(str(folder.absolute()))  # modules beside the configuration are found, after installed ones
        module = importlib.import_module(place)
    except FrBenchError:
        raise
    except (Exception, SystemExit) as problem:  # importing runs the user's code
        raise RecognizerError(
            f"{told} cannot be imported: {type(problem).__name__}: {shown(str(problem), 300)}", code="import_failed"
        ) from problem
    source = getattr(module, "__file__", None)
    return module, Path(source) if source else None


def _module_of_file(path: Path) -> ModuleType:
    name = f"frbench_recognizer_{digest_value(str(path.resolve()))[:16]}"
    specification = importlib.util.spec_from_file_location(name, path)
    if specification is None or specification.loader is None:
        raise RecognizerError(f"{shown(str(path))} is no Python file", code="import_failed")
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module  # dataclasses and pickling look their module up there
    try:
        specification.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _made(made: Any, settings: Settings, told: str) -> Any:
    if not inspect.isclass(made) and hasattr(made, "embed"):
        return made
    arguments = settings.values.get("arguments", {})
    if not isinstance(arguments, Mapping):
        raise settings.complaint("arguments", "must be a table of keyword arguments")
    try:
        return made(**arguments)
    except FrBenchError:
        raise
    except (Exception, SystemExit) as problem:  # as in `embed`
        raise RecognizerError(
            f"{told} cannot be made: {type(problem).__name__}: {shown(str(problem), 300)}", code="recognizer_failed"
        ) from problem


def _wrapped(thing: Any, settings: Settings, told: str, source: Path | None, name: str) -> PythonRecognizer:
    said = Settings(
        {key: getattr(thing, key) for key in ("size", "template", "compare", "batch_size") if _has(thing, key)}, told
    )
    size = said.size("size")
    otherwise: Literal["refuse", "resize"] = (
        "resize" if settings.choice("otherwise", ("refuse", "resize"), "refuse") == "resize" else "refuse"
    )
    takes = ImageInput(size=size, template=said.template(size, "none"), otherwise=otherwise)
    batch = said.whole("batch_size", 1, at_least=1, at_most=4096)
    arguments = {str(key): repr(value) for key, value in dict(settings.values.get("arguments", {})).items()}
    compare = said.choice("compare", ("cosine", "euclidean"), "cosine")
    kept = _has(thing, "digest") or _has(thing, "files")
    return PythonRecognizer(
        name=settings.text("name") or str(getattr(thing, "name", name)),
        digest=_digest(thing, source, told),
        kept=kept,
        notes=() if kept else (_not_kept(name, source),),
        takes=takes,
        preprocessing={
            "class": name,
            "arguments": arguments,
            "size": list(size) if size else None,
            "template": [list(point) for point in takes.template] if takes.template else None,
            "otherwise": otherwise,
        },
        batch_size=settings.whole("batch", batch, at_least=1, at_most=4096),
        compare="euclidean" if compare == "euclidean" else "cosine",
        licence=settings.text("licence"),
        told=told,
        thing=thing,
    )


def _has(thing: Any, key: str) -> bool:
    return getattr(thing, key, None) is not None


def _not_kept(name: str, source: Path | None) -> str:
    where = f" of {source.name}" if source else ""
    return (
        f"Templates not kept: class {name}{where} does not say which files it reads, so a model that was replaced "
        f'could not be told from the old one; every run makes all templates anew. Add files = ["model.onnx"] to it, '
        f"or files = [] if it reads none, and they are kept."
    )


def _digest(thing: Any, source: Path | None, told: str) -> str:
    """The object's own digest, else the SHA-256 of its source file; with those of the files that it names."""
    own = getattr(thing, "digest", None)
    if own is not None and (not isinstance(own, str) or not own):
        raise RecognizerError(f"{told}: digest must be a text, not {shown(repr(own))}", code="not_a_recognizer")
    code = own or (digest_file(source) if source is not None and source.is_file() else digest_value(told))
    files = getattr(thing, "files", None)
    if not files and (files is None or is_sequence(files)):
        return code
    if not is_sequence(files) or not all(isinstance(name, (str, Path)) for name in files):
        raise RecognizerError(
            f'{told}: files must be a list of paths such as ["model.onnx"], not {shown(repr(files))}',
            code="not_a_recognizer",
        )
    return digest_value({"code": code, "files": {str(name): _digests(Path(name), source, told) for name in files}})


def _digests(name: Path, source: Path | None, told: str) -> list[str | dict[str, str]]:
    """SHA-256 of a file that a class names, or of each file in a folder.

    A relative path may start in the class's folder or in the current one: where both have such a file, both count,
    as the class may have opened either.
    """
    folders = dict.fromkeys([*([source.parent.resolve()] if source else []), Path.cwd()])
    found = dict.fromkeys(place for folder in folders if (place := folder / name.expanduser()).exists())
    if not found:
        raise RecognizerError(
            f"{told}: files names {shown(str(name))}, which is not in {' or '.join(shown(str(f)) for f in folders)}",
            code="file_missing",
        )
    return [_digest_of(place) for place in found]


def _digest_of(place: Path) -> str | dict[str, str]:
    if place.is_dir():
        return {str(f.relative_to(place)): digest_file(f) for f in sorted(place.rglob("*")) if f.is_file()}
    return digest_file(place)
