"""Any recognition network in an ONNX file, run by onnxruntime alone, with every step before and after it written down.

An ONNX file says nothing of how pictures become its input. The options say it, or a file beside the model does:
`MODEL.toml` for `MODEL.onnx`, or `model.toml`, with the same keys. What stands in the configuration wins. What nobody
says is assumed, and the report says so.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from fr_bench.contracts import Capture, ImageInput, Options, Points
from fr_bench.errors import RecognizerError, UsageError, shown
from fr_bench.recognizers._answers import check_image, row_of, rows_of
from fr_bench.recognizers._onnx_file import read_onnx
from fr_bench.recognizers._onnx_session import (
    PROVIDERS,
    ModelInput,
    Session,
    calls_at_once,
    chosen_output,
    image_input,
    provider_name,
)
from fr_bench.recognizers._settings import Settings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fr_bench.records import Failure

DESCRIPTION = "a network in an ONNX file, run by onnxruntime"
ARGUMENT = "model"
KEYS: Mapping[str, str] = {
    "model": "the ONNX file",
    "sha256": "SHA-256 that the model must have; another file is refused",
    "input": "table: size, layout (NCHW, NHWC), colour (RGB, BGR), mean, std (one number or three), dtype",
    "output": "name or number of the output that holds the template; needed where there are several",
    "flip": "none, or sum: the outputs for the picture and for its mirror image are added",
    "normalise": "l2 or none; templates that are compared by cosine have unit length in any case",
    "template": "where the five landmarks belong in the crop: arcface, ten numbers, or none",
    "batch": "auto, or how many pictures the model is given at once",
    "compare": "cosine or euclidean",
    "otherwise": "refuse or resize: what happens to pictures of another size that have no landmarks",
    "provider": f"what computes: {', '.join(PROVIDERS)}",
    "licence": "licence of the model, shown in the report",
    "name": "name shown in the report; the file's name if missing",
}
INPUT_KEYS = ("size", "layout", "colour", "mean", "std", "dtype")
ADAPTER_VERSION = "1"
MOST_DESCRIPTION_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Preparation:
    """How a picture becomes the model's input: (x - mean) / std in float32, channels in the model's order."""

    layout: Literal["NCHW", "NHWC"]
    colour: Literal["RGB", "BGR"]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    dtype: type[np.generic]

    def __call__(self, images: Sequence[NDArray[np.uint8]]) -> NDArray[Any]:
        """Pictures (height, width, 3), RGB, as one batch in the model's layout and type.

        >>> prepare = Preparation("NCHW", "BGR", (127.5,) * 3, (127.5,) * 3, np.float32)
        >>> prepare([np.array([[[0, 0, 255]]], dtype=np.uint8)]).ravel().tolist()
        [1.0, -1.0, -1.0]
        """
        height, width, _ = images[0].shape
        exact = np.uint8 if self.dtype is np.uint8 else np.float64 if self.dtype is np.float64 else np.float32
        batch: NDArray[Any] = np.empty((len(images), 3, height, width), dtype=exact)
        for row, image in enumerate(images):
            for channel in range(3):
                plane = image[:, :, 2 - channel if self.colour == "BGR" else channel]
                self._scale(plane, channel, batch[row, channel])
        if self.layout == "NHWC":
            batch = np.ascontiguousarray(batch.transpose(0, 2, 3, 1))
        return batch if exact is self.dtype else batch.astype(self.dtype)

    def _scale(self, plane: NDArray[np.uint8], channel: int, into: NDArray[Any]) -> None:
        into[...] = plane
        if self.dtype is not np.uint8:
            into -= into.dtype.type(self.mean[channel])
            into /= into.dtype.type(self.std[channel])


@dataclass(frozen=True, slots=True, kw_only=True)
class OnnxRecognizer:
    """A network behind `Recognizer`. `embed` may be called from several threads at once."""

    name: str
    digest: str
    provider: str
    takes: ImageInput
    preprocessing: Mapping[str, Any]
    batch_size: int
    batch_auto: bool
    fixed_batch: bool
    compare: Literal["cosine", "euclidean"]
    notes: tuple[str, ...]
    licence: str
    version: str
    concurrent: int
    """How many calls of `embed` may be under way at once."""
    session: Session = field(repr=False)
    model_input: ModelInput
    output: str
    prepare: Preparation
    flip: bool
    unit_length: bool

    def embed(self, captures: Sequence[Capture]) -> list[NDArray[np.float32] | Failure]:
        """The model's outputs as templates. Raises RecognizerError for a batch that it cannot take."""
        width, height = self.takes.size or (0, 0)
        pictures = [check_image(capture, (width, height), self.name) for capture in captures]
        rows = self.answer(self.prepare(pictures))
        return [row_of(row, unit_length=self.unit_length) for row in rows]

    def answer(self, batch: NDArray[Any]) -> NDArray[np.float32]:
        """(n, d) float32 for a prepared batch, the mirror image's output added where that is asked for."""
        rows = self._rows(batch)
        if not self.flip:
            return rows
        across = 3 if self.prepare.layout == "NCHW" else 2
        mirrored = self._rows(np.ascontiguousarray(np.flip(batch, axis=across)))
        with np.errstate(all="ignore"):  # overflow and NaN are answered for each row, as failures
            return rows + mirrored

    def _rows(self, batch: NDArray[Any]) -> NDArray[np.float32]:
        given = self.session.run(self.model_input.name, batch, self.output)
        return rows_of(given, len(batch), f"{self.session.where}{self.name}: output {shown(repr(self.output))}")


def load(options: Options) -> OnnxRecognizer:
    """Open the model that the options name.

    Raises UsageError for options that are wrong, RecognizerError for a model that is missing, not the pinned one
    (`hash_mismatch`), no ONNX file, or of a form that gives no templates.
    """
    settings = Settings.of(options)
    settings.refuse_unknown(KEYS)
    if not settings.text("model"):
        raise settings.complaint("model", "is missing; name the ONNX file", "missing_option")
    where = f"{options.where}: " if options.where else ""
    file = read_onnx(options.path("model"), where)
    settings = _with_description(settings, file.path)
    _check_digest(settings, file.digest, file.path)
    session = Session(file, provider_name(settings.text("provider", "cpu"), where), where)
    return _assembled(settings, session)


def _assembled(settings: Settings, session: Session) -> OnnxRecognizer:
    table = settings.table("input")
    table.refuse_unknown(INPUT_KEYS)
    layout = table.choice("layout", ("NCHW", "NHWC"), "") if "layout" in table.values else None
    model_input = image_input(session, layout)
    size = _size(table, model_input, session)
    prepare, preparation_note = _preparation(table, model_input)
    template, template_note = _template(settings, size)
    batch_size, batch_auto = _batch(settings)
    fixed = model_input.batch == 1
    output = chosen_output(session, _wanted_output(settings))
    flip = settings.choice("flip", ("none", "sum"), "none")
    normalise = settings.choice("normalise", ("l2", "none"), "l2")
    otherwise: Literal["refuse", "resize"] = (
        "resize" if settings.choice("otherwise", ("refuse", "resize"), "refuse") == "resize" else "refuse"
    )
    compare = settings.choice("compare", ("cosine", "euclidean"), "cosine")
    recognizer = OnnxRecognizer(
        name=settings.text("name") or session.file.path.stem,
        version=f"onnx {ADAPTER_VERSION}, onnxruntime {session.runtime}",
        digest=session.file.digest,
        provider=session.provider,
        takes=ImageInput(size=size, template=template, otherwise=otherwise),
        preprocessing=_record(size, prepare, flip, normalise, template, otherwise, output),
        batch_size=1 if fixed or batch_auto else batch_size,
        batch_auto=batch_auto and not fixed,
        fixed_batch=fixed,
        compare="euclidean" if compare == "euclidean" else "cosine",
        notes=tuple(note for note in (preparation_note, template_note, _batch_note(fixed, batch_size)) if note),
        licence=settings.text("licence"),
        concurrent=calls_at_once() if session.provider == "cpu" else 1,
        session=session,
        model_input=model_input,
        output=output,
        prepare=prepare,
        flip=flip == "sum",
        unit_length=normalise == "l2" and compare == "euclidean",
    )
    # A shape that gives no templates is told now, before a run has read a thousand pictures.
    recognizer.answer(prepare([np.full((size[1], size[0], 3), 128, dtype=np.uint8)]))
    return recognizer


def _record(
    size: tuple[int, int], prepare: Preparation, flip: str, normalise: str, template: Points | None, *rest: str
) -> dict[str, Any]:
    return {
        "size": list(size),
        "layout": prepare.layout,
        "colour": prepare.colour,
        "mean": list(prepare.mean),
        "std": list(prepare.std),
        "dtype": np.dtype(prepare.dtype).name,
        "flip": flip,
        "normalise": normalise,
        "template": [list(point) for point in template] if template else None,
        "otherwise": rest[0],
        "output": rest[1],
    }


def _with_description(settings: Settings, model: Path) -> Settings:
    """The options, completed by the file that describes the model."""
    named, common = model.with_suffix(".toml"), model.parent / "model.toml"
    path = named if named.is_file() else common
    if not path.is_file():
        return settings
    described = _toml(path)
    table = described.pop("recognizer", {})
    if not isinstance(table, Mapping):
        raise UsageError(f"{path}: recognizer must be a table: [recognizer]", code="bad_value")
    described |= table  # written as in a configuration
    use = described.pop("use", "onnx")
    if use != "onnx":
        raise UsageError(f"{path}: use is {shown(repr(use))}, but it stands beside an ONNX model", code="bad_value")
    about = described.pop("model", None)
    if about is not None and about != model.name:
        if path == named:
            raise UsageError(f"{path}: model is {shown(repr(about))}, but it stands for {model.name}", code="bad_value")
        return settings
    if about is None and path != named and len(list(model.parent.glob("*.onnx"))) > 1:
        said = settings.values.get("input")
        if isinstance(said, Mapping) and said.keys() >= {"colour", "mean", "std"} and "template" in settings.values:
            return settings  # nothing is left to be assumed, so nobody needs to know whose file it is
        raise UsageError(
            f"{path} stands beside several models; call it {named.name}, or say in it: model = {model.name!r}",
            code="ambiguous_description",
        )
    Settings(described, str(path)).refuse_unknown(KEYS)
    origin = {key: str(path) for key in described if key not in settings.values}
    merged = {**described, **settings.values}
    for key in ("input",):
        one, other = described.get(key), settings.values.get(key)
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            merged[key] = {**one, **other}
    return Settings(merged, settings.where, origin)


def _toml(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MOST_DESCRIPTION_BYTES:
            raise UsageError(f"{path} has over 1 MiB; it is to describe a model in a few lines", code="too_large")
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise UsageError(f"{path} is not valid TOML: {problem}", code="bad_toml") from None
    except OSError as problem:
        raise UsageError(f"{path} cannot be read: {problem.strerror}", code="file_unreadable") from None


def _check_digest(settings: Settings, digest: str, path: Path) -> None:
    pinned = settings.sha256()
    if pinned and pinned != digest:
        raise RecognizerError(
            f"{settings.place('sha256')} is {shown(pinned)}, but {shown(str(path))} has {digest}; it is another model",
            code="hash_mismatch",
        )


def _size(table: Settings, model_input: ModelInput, session: Session) -> tuple[int, int]:
    said, (width, height) = table.size("size"), model_input.size
    told = f"{session.where}{shown(session.file.path.name)}"
    if said is None:
        if width is None or height is None:
            raise RecognizerError(
                f"{told} takes pictures of any size; say which it was trained on: input.size = [112, 112]",
                code="symbolic_size",
            )
        return width, height
    if width not in (said[0], None) or height not in (said[1], None):
        raise RecognizerError(
            f"{table.place('size')} is {list(said)}, but {told} takes {[width, height]}; leave it out, or correct it",
            code="wrong_shape",
        )
    return said


def _preparation(table: Settings, model_input: ModelInput) -> tuple[Preparation, str]:
    """The preparation, and the sentence that names what of it nobody said."""
    said = table.values.get("dtype")
    dtype = np.dtype(model_input.dtype).name
    if said not in (None, dtype):
        raise RecognizerError(
            f"{table.place('dtype')} is {shown(repr(said))}, but the model takes {dtype}", code="wrong_shape"
        )
    raw = model_input.dtype is np.uint8
    if raw and any(key in table.values for key in ("mean", "std")):
        raise RecognizerError(f"{table.place('mean')} and std are given, but the model takes uint8", code="wrong_shape")
    std = table.three("std", 1.0 if raw else 127.5)
    if 0.0 in std:
        raise table.complaint("std", "must not be 0")
    colour: Literal["RGB", "BGR"] = "BGR" if table.choice("colour", ("RGB", "BGR"), "RGB") == "BGR" else "RGB"
    prepare = Preparation(
        model_input.layout, colour, table.three("mean", 0.0 if raw else 127.5), std, model_input.dtype
    )
    assumed = {"colour": f"colour order {colour}"}
    if not raw:
        assumed |= {"mean": f"mean {prepare.mean[0]:g}", "std": f"standard deviation {std[0]:g}"}
    missing = [text for key, text in assumed.items() if key not in table.values]
    if not missing:
        return prepare, ""
    return prepare, (
        f"Assumed preprocessing: nobody said how this model wants its pictures, so {', '.join(missing)} "
        f"{'was' if len(missing) == 1 else 'were'} assumed; with another preprocessing it may measure better."
    )


def _template(settings: Settings, size: tuple[int, int]) -> tuple[Points | None, str]:
    """The five-point template; the usual one for crops of 112 x 112 where nobody said any."""
    if "template" in settings.values or size != (112, 112):
        return settings.template(size, "none"), ""
    return settings.template(size, "arcface"), (
        "Assumed alignment: nobody said where this model wants the landmarks, so pictures that have landmarks are "
        "aligned to the ArcFace template."
    )


def _batch(settings: Settings) -> tuple[int, bool]:
    """How many pictures at once, and whether frbench may choose."""
    if settings.values.get("batch", "auto") == "auto":
        return 1, True
    return settings.whole("batch", 1, at_least=1, at_most=4096), False


def _batch_note(fixed: bool, batch: int) -> str:
    if fixed and batch > 1:
        return f"The model takes one image at a time; the batch of {batch} that was asked for was not used."
    return ""


def _wanted_output(settings: Settings) -> str | int | None:
    wanted = settings.values.get("output")
    if wanted is None or (isinstance(wanted, (str, int)) and not isinstance(wanted, bool)):
        return wanted
    raise settings.complaint("output", f"must be a name or a number, not {shown(repr(wanted))}")
