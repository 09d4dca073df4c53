"""The insightface package's `FaceAnalysis` on a local folder: detection, alignment and recognition of whole pictures.

Nothing is ever downloaded: `FaceAnalysis` is called only after the folder was found to hold a detector and a
recognition model. The package takes BGR; frbench's RGB is turned at this door and nowhere else.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from fr_bench.contracts import Capture, ImageInput, Options
from fr_bench.errors import RecognizerError, nearest, shown
from fr_bench.provenance import digest_value
from fr_bench.recognizers._answers import check_image, row_of
from fr_bench.recognizers._onnx_file import OnnxFile, read_onnx
from fr_bench.recognizers._onnx_session import first_line, provider_name
from fr_bench.recognizers._settings import Settings
from fr_bench.records import Failure

if TYPE_CHECKING:
    from numpy.typing import NDArray

DESCRIPTION = "a folder of insightface models: finds, aligns and recognises faces in whole pictures"
ARGUMENT = "pack"
KEYS: Mapping[str, str] = {
    "pack": "folder with a detector and a recognition model as .onnx files; nothing is downloaded",
    "sha256": "SHA-256 of the pack (shown in the report) that it must have",
    "det_size": "size of the picture given to the detector, multiples of 32, or auto: the package's choice; else 320",
    "det_thresh": "smallest score of a face, 0 to 1",
    "faces": "which of several faces is the subject's: central (nearest the centre of the picture) or largest",
    "provider": "what computes: cpu, cuda ...",
    "name": "name shown in the report; the folder's name if missing",
    "licence": "licence of the models, shown in the report",
}
ADAPTER_VERSION = "1"
DEFAULT_THRESHOLD = 0.5
DEFAULT_SIZE = (320, 320)
"""Portraits need no more. On LFW 256, 320, 640 and the package's own choice each find a face in every image."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InsightFace:
    """A pack behind `Recognizer`."""

    name: str
    version: str
    digest: str
    provider: str
    preprocessing: Mapping[str, Any]
    notes: tuple[str, ...]
    licence: str
    faces: str
    analysis: Any = field(repr=False)
    takes: ImageInput = field(default_factory=ImageInput)
    batch_size: int = 1
    fixed_batch: bool = True
    compare: Literal["cosine", "euclidean"] = "cosine"

    def embed(self, captures: Sequence[Capture]) -> list[NDArray[np.float32] | Failure]:
        """The chosen face's template of each capture; `no_face` where the detector finds none."""
        return [self._template(check_image(capture, None, self.name)) for capture in captures]

    def _template(self, image: NDArray[np.uint8]) -> NDArray[np.float32] | Failure:
        detector, recognition = self.analysis.det_model, self.analysis.models["recognition"]
        turned = np.ascontiguousarray(image[:, :, ::-1])
        boxes, points = detector.detect(turned, max_num=0, metric="default")
        if len(boxes) == 0:
            return Failure("detect", "no_face", "the detector finds no face")
        if points is None:
            return Failure("detect", "no_landmarks", "the detector gives no landmarks to align by")
        chosen = choose(np.asarray(boxes, dtype=np.float64), image.shape[1::-1], self.faces)
        from insightface.app.common import Face

        face = Face(bbox=boxes[chosen, :4], kps=points[chosen], det_score=boxes[chosen, 4])
        with warnings.catch_warnings():
            # The package aligns with a function that scikit-image is about to rename; that is no concern of a run's.
            warnings.simplefilter("ignore", FutureWarning)
            row = np.asarray(recognition.get(turned, face), dtype=np.float32).ravel()
        return row_of(row, unit_length=False)


def choose(boxes: NDArray[np.float64], size: tuple[int, int], policy: str) -> int:
    """Which of several faces is the subject's: the one nearest the picture's centre, or the largest.

    boxes   (n, 4 or more) left, top, right, bottom; the first of equals is taken
    size    (width, height) of the picture

    >>> choose(np.array([[0.0, 0, 10, 10], [40, 40, 60, 60]]), (100, 100), "central")
    1
    """
    if policy == "largest":
        return int(np.argmax((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])))
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    return int(np.argmin((x - (size[0] - 1) / 2) ** 2 + (y - (size[1] - 1) / 2) ** 2))


def load(options: Options) -> InsightFace:
    """Open the pack that the options name.

    Raises UsageError for wrong options; RecognizerError `not_installed` without the package, `pack_missing` and
    `pack_incomplete` for a folder that is not there or lacks a model, `hash_mismatch` if it is not the pinned one.
    """
    settings = Settings.of(options)
    settings.refuse_unknown(KEYS)
    where = f"{options.where}: " if options.where else ""
    if not settings.text("pack"):
        raise settings.complaint("pack", "is missing; name the folder with the models", "missing_option")
    det_size, threshold = _detector_size(settings), _threshold(settings)
    faces = settings.choice("faces", ("central", "largest"), "central")
    files = _pack(options.path("pack"), where)
    digest = digest_value({file.path.name: file.digest for file in files})
    pinned = settings.sha256()
    if pinned and pinned != digest:
        raise RecognizerError(
            f"{settings.place('sha256')} is {shown(pinned)}, but the pack {shown(str(options.path('pack')))} has "
            f"{digest}; it holds other models",
            code="hash_mismatch",
        )
    package = _installed(where)
    provider = provider_name(settings.text("provider", "cpu"), where)
    analysis = _analysis(options.path("pack"), provider, det_size, threshold, where)
    recognition = analysis.models["recognition"]
    return InsightFace(
        name=settings.text("name") or options.path("pack").resolve().name,
        version=f"insightface {ADAPTER_VERSION}, insightface {package}",
        digest=digest,
        provider="cpu" if provider == "CPUExecutionProvider" else provider,
        preprocessing={
            "detector": Path(analysis.det_model.model_file).name,
            "det_size": det_size or "auto",
            "det_thresh": threshold,
            "faces": faces,
            "recognition": Path(recognition.model_file).name,
            "size": [int(side) for side in recognition.input_size],
            "mean": float(recognition.input_mean),
            "std": float(recognition.input_std),
            "models": {file.path.name: file.digest for file in files},
        },
        notes=(),
        licence=settings.text("licence"),
        faces=faces,
        analysis=analysis,
    )


def _pack(folder: Path, where: str) -> list[OnnxFile]:
    """The models of a folder, hashed: what `FaceAnalysis` will find there."""
    if not folder.is_dir():
        beside = [other.name for other in folder.parent.iterdir()][:1000] if folder.parent.is_dir() else []
        raise RecognizerError(
            f"{where}there is no folder {shown(str(folder))}; frbench never downloads models: put a pack's .onnx files "
            f"into a folder and name it{nearest(folder.name, beside)}",
            code="pack_missing",
        )
    paths = sorted(folder.glob("*.onnx"))
    if not paths:
        raise RecognizerError(
            f"{where}{shown(str(folder))} holds no .onnx file; a pack needs a detector and a recognition model",
            code="pack_incomplete",
        )
    return [read_onnx(path, where) for path in paths]


def _installed(where: str) -> str:
    from importlib import metadata

    try:
        return metadata.version("insightface")
    except metadata.PackageNotFoundError:
        raise RecognizerError(
            f"{where}the insightface package is not installed; pip install 'fr-bench-toolkit[insightface]'",
            code="not_installed",
        ) from None


def _analysis(folder: Path, provider: str, det_size: list[int] | None, threshold: float, where: str) -> Any:
    said = io.StringIO()  # older versions print what they find on stdout, which belongs to results
    try:
        with contextlib.redirect_stdout(said):
            from insightface.app import FaceAnalysis

            analysis = FaceAnalysis(
                name=str(folder.resolve()), allowed_modules=["detection", "recognition"], providers=[provider]
            )
            missing = {"detection", "recognition"} - set(analysis.models)
            if not missing:
                size = (det_size[0], det_size[1]) if det_size else None
                analysis.prepare(ctx_id=0, det_thresh=threshold, det_size=size)
    except AssertionError:
        missing = {"detection"}
    except ImportError as problem:
        raise RecognizerError(
            f"{where}the insightface package cannot be imported: {first_line(problem)}", code="not_installed"
        ) from problem
    except Exception as problem:  # the package and its models may raise anything; it becomes one sentence
        raise RecognizerError(
            f"{where}insightface cannot load {shown(str(folder))}: {first_line(problem)}", code="model_not_loaded"
        ) from problem
    if missing:
        words = {"detection": "no detector", "recognition": "no recognition model"}
        found = ", ".join(path.name for path in sorted(folder.glob("*.onnx")))
        raise RecognizerError(
            f"{where}{shown(str(folder))} holds {' and '.join(words[one] for one in sorted(missing))} that insightface "
            f"knows; there are: {shown(found)}",
            code="pack_incomplete",
        )
    return analysis


def _detector_size(settings: Settings) -> list[int] | None:
    if settings.values.get("det_size") == "auto":
        return None
    size = settings.size("det_size") or DEFAULT_SIZE
    if size[0] % 32 or size[1] % 32:
        raise settings.complaint("det_size", f"must be multiples of 32 such as [256, 256], not {list(size)}")
    return list(size)


def _threshold(settings: Settings) -> float:
    value = settings.values.get("det_thresh", DEFAULT_THRESHOLD)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0.0 < value < 1.0:
        raise settings.complaint("det_thresh", f"must lie between 0 and 1, not {shown(repr(value))}")
    return float(value)
