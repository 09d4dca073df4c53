"""Opens a model with onnxruntime and finds out what it takes and gives: the only place that imports onnxruntime.

Nothing of onnxruntime's own is left to chance: telemetry is off before the import (`fr_bench.environment`), no
library of custom operators is ever registered, the log is silent because each problem is raised as one sentence, and
a provider that was asked for is used or refused, never replaced.

Inference runs on one thread a call. A run has as many calls under way as there are cores, which is faster for single
images than sharing one call among the cores (1.2 to 1.5 times for MobileFaceNets on two cores), and a sum inside the
model is never split in another way on another machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from fr_bench.errors import RecognizerError, nearest, shown
from fr_bench.provenance import usable_cores
from fr_bench.recognizers._onnx_file import OnnxFile

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_CALLS = 16
"""Calls under way at once, at most: their working memory adds up."""

# By the words of a configuration. Azure's, which sends images to a service, is left out on purpose.
PROVIDERS = {
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
    "rocm": "ROCMExecutionProvider",
    "migraphx": "MIGraphXExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "directml": "DmlExecutionProvider",
}
TYPES: dict[str, type[np.generic]] = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
    "tensor(uint8)": np.uint8,
}


@dataclass(frozen=True, slots=True)
class ModelInput:
    """The image input of a model: its name, layout, size (None: symbolic), type, and how many images it takes.

    batch   the number of images of one call, or None: any
    """

    name: str
    layout: Literal["NCHW", "NHWC"]
    size: tuple[int | None, int | None]
    dtype: type[np.generic]
    batch: int | None


class Session:
    """A loaded model: an array in, the chosen output out. `provider` is what really computes."""

    def __init__(self, file: OnnxFile, provider: str, where: str) -> None:
        self.file, self.where = file, where
        self._session = _opened(file, provider, where)
        active = self._session.get_providers()[0]
        if active != provider:
            raise RecognizerError(
                f"{where}provider {provider} was asked for, but onnxruntime would compute with {active}; install what "
                f"{provider} needs, or ask for that one",
                code="provider_unavailable",
            )
        self.provider = "cpu" if active == PROVIDERS["cpu"] else active
        self.runtime = _runtime_version()
        self.inputs = list(self._session.get_inputs())
        self.outputs: list[str] = [output.name for output in self._session.get_outputs()]
        self._run_options = _silent_run()

    def run(self, name: str, images: NDArray[Any], output: str) -> Any:
        """The output for a batch. Raises RecognizerError with onnxruntime's own words in one sentence."""
        try:
            return self._session.run([output], {name: images}, self._run_options)[0]
        except Exception as problem:  # onnxruntime's exceptions have no parent of their own; all become ours
            raise RecognizerError(
                f"{self.where}{shown(self.file.path.name)} fails on a batch of shape {list(images.shape)}: "
                f"{first_line(problem)}",
                code="inference_failed",
            ) from problem


def provider_name(word: str, where: str) -> str:
    """onnxruntime's name of a provider that this installation has. Raises RecognizerError naming what there is."""
    name = PROVIDERS.get(word.lower(), word)
    if name not in PROVIDERS.values():
        raise RecognizerError(
            f"{where}no provider {shown(repr(word))}{nearest(word, PROVIDERS)}", code="provider_unknown"
        )
    import onnxruntime

    available = onnxruntime.get_available_providers()
    if name not in available:
        usable = ", ".join(word for word, known in PROVIDERS.items() if known in available)
        raise RecognizerError(
            f"{where}provider {shown(repr(word))} is not part of this onnxruntime; it has: {usable}",
            code="provider_unavailable",
        )
    return name


def calls_at_once() -> int:
    """How many calls a run has under way: one a core."""
    return min(usable_cores(), MOST_CALLS)


def image_input(session: Session, layout: str | None) -> ModelInput:
    """The one 4-D input of a model with three channels. Raises RecognizerError if there is none, or a second input."""
    told = f"{session.where}{shown(session.file.path.name)}"
    described = ", ".join(f"{i.name}{_shape(i.shape)}" for i in session.inputs) or "none"
    if len(session.inputs) != 1 or len(session.inputs[0].shape) != 4:
        raise RecognizerError(
            f"{told} has the inputs {shown(described)}; a recognizer has one, of four dimensions: a batch of images",
            code="no_image_input",
        )
    found = session.inputs[0]
    if found.type not in TYPES:
        raise RecognizerError(
            f"{told} takes {found.type}; known: {', '.join(sorted(TYPES))}", code="input_type_unknown"
        )
    shape = [side if isinstance(side, int) and side > 0 else None for side in found.shape]
    layout = layout or _layout(shape)
    channel = 1 if layout == "NCHW" else 3
    if layout is None or shape[channel] not in (3, None):
        raise RecognizerError(
            f"{told} takes {_shape(found.shape)}, where no dimension of three colour channels is found"
            + (f" for the layout {layout}" if layout else "; say input.layout if they are of unknown length"),
            code="no_image_input",
        )
    height, width = (shape[2], shape[3]) if layout == "NCHW" else (shape[1], shape[2])
    if shape[0] not in (1, None):
        raise RecognizerError(
            f"{told} takes exactly {shape[0]} images at a time; export it with a batch of 1 or of any size",
            code="batch_not_supported",
        )
    known: Literal["NCHW", "NHWC"] = "NHWC" if layout == "NHWC" else "NCHW"
    return ModelInput(found.name, known, (width, height), TYPES[found.type], shape[0])


def chosen_output(session: Session, wanted: str | int | None) -> str:
    """The output that holds the template, by name or index. Raises RecognizerError where it is not clear."""
    told, names = f"{session.where}{shown(session.file.path.name)}", session.outputs
    if wanted is None:
        if len(names) != 1:
            raise RecognizerError(
                f"{told} has {len(names)} outputs ({shown(', '.join(names))}); say which holds the template with "
                "the option output",
                code="several_outputs",
            )
        return names[0]
    if isinstance(wanted, int):
        if not 0 <= wanted < len(names):
            raise RecognizerError(f"{told} has outputs 0 to {len(names) - 1}, no {wanted}", code="no_such_output")
        return names[wanted]
    if wanted not in names:
        raise RecognizerError(
            f"{told} has no output {shown(repr(wanted))}{nearest(wanted, names)}", code="no_such_output"
        )
    return wanted


def first_line(problem: BaseException) -> str:
    """What an exception says, in one safe line."""
    return shown((str(problem).strip() or type(problem).__name__).splitlines()[0], 300)


def _opened(file: OnnxFile, provider: str, where: str) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = max(1, usable_cores() // calls_at_once())
    options.inter_op_num_threads = 1
    # What lies outside the file is found by the path; what lies in it comes from the bytes that were hashed.
    model = str(file.path) if file.external else file.data
    try:
        session = onnxruntime.InferenceSession(model, options, providers=[provider])
        session.disable_fallback()
    except Exception as problem:  # as in `Session.run`
        raise RecognizerError(
            f"{where}onnxruntime cannot load {shown(str(file.path))}: {first_line(problem)}", code="model_not_loaded"
        ) from problem
    return session


def _silent_run() -> Any:
    import onnxruntime

    options = onnxruntime.RunOptions()
    options.log_severity_level = 4
    return options


def _runtime_version() -> str:
    import onnxruntime

    return str(onnxruntime.__version__)


def _layout(shape: Sequence[int | None]) -> str | None:
    """Where the three channels stand; None where the shape does not tell."""
    if shape[1] == 3 and shape[3] != 3:
        return "NCHW"
    if shape[3] == 3 and shape[1] != 3:
        return "NHWC"
    return None


def _shape(shape: Sequence[Any]) -> str:
    return "[" + ", ".join(str(side) for side in shape) + "]"
