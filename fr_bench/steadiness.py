"""Is a recognizer steady? The same picture should give the same template, alone, in a batch, and again.

Some quantised networks scale their activations by the range over the whole batch: a template then depends on who else
is in it. Such a model is measured with one image at a time, or its figures belong to that batch only: what was found
decides the size of batches, and stands in the report.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from fr_bench.contracts import Capture, Recognizer
from fr_bench.errors import FrBenchError, RecognizerError, shown
from fr_bench.findings import Note
from fr_bench.records import Failure

if TYPE_CHECKING:
    from numpy.typing import NDArray

INVARIANT = 1.0 - 1e-6
"""Cosine to the template made alone from which on a difference is rounding, not the batch's company."""
BATCHES = (8, 32)
"""Sizes of the batches that are tried."""
BATCH_OF_AN_ACCELERATOR = 32
ASSUMED_ALIGNMENT = "assumed_alignment"
"""Code of the note of a recognizer that assumes where landmarks belong in its crops."""


def batch_check(recognizer: Recognizer, captures: Sequence[Capture]) -> Mapping[str, Any]:
    """Compare templates made one at a time with those of the same captures in batches of 8 and 32, as far as they go.

    Gives JSON types: `verdict` is "invariant", "depends_on_batch", "batch_refused" (the model answers batches with an
    error), "one_at_a_time" (it takes no batches) or "not_checked" (fewer than two captures gave a template); with the
    verdict `images`, `batches`, `min_cosine` over all batches, and `bitwise`: whether not a bit differed.
    """
    if recognizer.fixed_batch:
        return {"verdict": "one_at_a_time"}
    alone = [embed(recognizer, [capture])[0] for capture in captures]
    if sum(not isinstance(answer, Failure) for answer in alone) < 2:
        return {"verdict": "not_checked", "images": len(captures)}
    batches = sorted({min(size, len(captures)) for size in BATCHES})
    cosines, bitwise = [], True
    for size in batches:
        try:
            together = _in_batches(recognizer, captures, size)
        except RecognizerError as problem:
            return {"verdict": "batch_refused", "images": len(captures), "reason": problem.message}
        cosines.append(_least_cosine(alone, together))
        bitwise &= all(_same(one, other) for one, other in zip(alone, together, strict=True))
    least = min(cosines)
    return {
        "verdict": "invariant" if least >= INVARIANT else "depends_on_batch",
        "images": len(captures),
        "batches": batches,
        "min_cosine": least,
        "bitwise": bitwise,
    }


def determinism_check(recognizer: Recognizer, captures: Sequence[Capture]) -> Mapping[str, Any]:
    """Embed the same captures twice: `verdict` "same" (to the bit) or "differs", with `images` and `min_cosine`."""
    size = max(1, recognizer.batch_size)
    first, second = (_in_batches(recognizer, captures, size) for _ in range(2))
    same = all(_same(one, other) for one, other in zip(first, second, strict=True))
    return {
        "verdict": "same" if same else "differs",
        "images": len(captures),
        "min_cosine": _least_cosine(first, second),
    }


def batch_size(recognizer: Recognizer, checked: Mapping[str, Any]) -> int:
    """Captures of one `embed` call.

    Where frbench may choose, it is 1 on a processor, which is as fast there as any other and the same for every
    image; on an accelerator it is 32 for a model whose templates do not depend on the batch.
    """
    if recognizer.fixed_batch:
        return 1
    if getattr(recognizer, "batch_auto", False):
        steady = recognizer.provider != "cpu" and checked.get("verdict") == "invariant"
        return BATCH_OF_AN_ACCELERATOR if steady else 1
    return max(1, recognizer.batch_size)


def recognizer_notes(
    recognizer: Recognizer, checked: Mapping[str, Any], size: int, *, landmarks: bool = True
) -> tuple[Note, ...]:
    """What the reader of a run must know about its templates.

    checked   what `batch_check` found
    size      captures of one `embed` call
    landmarks whether the data set has any: an assumption about alignment is none of a run without
    """
    found = [_note(text) for text in recognizer.notes]
    found = [note for note in found if landmarks or note.code != ASSUMED_ALIGNMENT]
    if checked.get("verdict") == "depends_on_batch":
        level: Literal["warning", "information"] = "information" if size == 1 else "warning"
        consequence = (
            "every image was given alone"
            if size == 1
            else f"with batches of {size} these figures belong to this order of images only; batch = 1 avoids that"
        )
        text = (
            f"Templates of {recognizer.name} depend on the other images of their batch (cosine down to "
            f"{checked['min_cosine']:.4f} against the same image alone); {consequence}."
        )
        found.append(Note(level=level, code="batch_dependent", text=text))
    if checked.get("verdict") == "batch_refused":
        text = f"{recognizer.name} does not answer batches ({checked['reason']}); it was given one image at a time."
        found.append(Note(level="information", code="batch_refused", text=text))
    return tuple(found)


def _note(text: str) -> Note:
    """A recognizer's note; its first words are its code where they announce what it is about."""
    announced = text.partition(":")[0]
    code = "_".join(announced.lower().split())
    if announced == "Templates not kept":
        return Note(level="information", code=code, text=text)
    return Note(level="warning", code=code if announced.startswith("Assumed ") else "recognizer_note", text=text)


def embed(recognizer: Recognizer, captures: Sequence[Capture]) -> list[NDArray[np.float32] | Failure]:
    """One checked answer a capture: a float32 template (d,), finite and not all zero, or a failure.

    Raises RecognizerError, naming the sample, if the recognizer raises or answers in another shape.
    """
    try:
        answers = recognizer.embed(captures)
    except FrBenchError:
        raise
    except (Exception, SystemExit) as problem:  # a plug-in may raise anything, and even try to leave
        raise RecognizerError(
            f"recognizer {shown(recognizer.name)} fails on {_named(captures)}: {type(problem).__name__}: "
            f"{shown(str(problem), 300)}",
            code="recognizer_failed",
        ) from problem
    try:
        given = list(answers)
    except TypeError:
        given = []
    if len(given) != len(captures):
        raise RecognizerError(
            f"recognizer {shown(recognizer.name)} gives {len(given)} answers for {len(captures)} captures, on "
            f"{_named(captures)}; it must give one template or failure for each",
            code="answer_count",
        )
    return [_answer(recognizer, capture, answer) for capture, answer in zip(captures, given, strict=True)]


def _answer(recognizer: Recognizer, capture: Capture, answer: Any) -> NDArray[np.float32] | Failure:
    if isinstance(answer, Failure):
        return answer
    row = np.asarray(answer) if isinstance(answer, (np.ndarray, list, tuple)) else np.empty(0)
    if row.ndim != 1 or row.size == 0 or row.dtype.kind not in "fiu":
        kind = f"shape {list(row.shape)} of {row.dtype}" if isinstance(answer, np.ndarray) else type(answer).__name__
        raise RecognizerError(
            f"recognizer {shown(recognizer.name)} gives {shown(kind)} for {shown(repr(capture.sample_id))}; a template "
            "is one row of numbers",
            code="template_shape",
        )
    with np.errstate(over="ignore"):
        template = np.ascontiguousarray(row, dtype=np.float32)
    if not np.isfinite(template).all():
        bad = int(np.count_nonzero(~np.isfinite(template)))
        return Failure("embed", "not_finite", f"{bad} of {template.size} numbers of the template are NaN or infinite")
    if recognizer.compare == "cosine" and not template.any():
        return Failure("embed", "zero_template", "all numbers of the template are zero")
    return template


def _in_batches(recognizer: Recognizer, captures: Sequence[Capture], size: int) -> list[NDArray[np.float32] | Failure]:
    return [
        answer
        for start in range(0, len(captures), size)
        for answer in embed(recognizer, captures[start : start + size])
    ]


def _least_cosine(
    first: Sequence[NDArray[np.float32] | Failure], second: Sequence[NDArray[np.float32] | Failure]
) -> float:
    """The smallest cosine of two answers to one capture; -1 where only one of them is a template or lengths differ."""
    least = 1.0
    for one, other in zip(first, second, strict=True):
        if isinstance(one, Failure) or isinstance(other, Failure):
            least = least if isinstance(one, Failure) and isinstance(other, Failure) else -1.0
            continue
        if one.shape != other.shape:
            return -1.0
        x, y = one.astype(np.float64), other.astype(np.float64)
        product = float(np.sqrt(np.dot(x, x) * np.dot(y, y)))
        least = min(least, float(np.dot(x, y)) / product if product else float(np.array_equal(x, y)))
    return least


def _same(one: NDArray[np.float32] | Failure, other: NDArray[np.float32] | Failure) -> bool:
    if isinstance(one, Failure) or isinstance(other, Failure):
        return isinstance(one, Failure) and isinstance(other, Failure)
    return one.tobytes() == other.tobytes()


def _named(captures: Sequence[Capture]) -> str:
    first = shown(repr(captures[0].sample_id)) if captures else "an empty batch"
    return first if len(captures) < 2 else f"a batch of {len(captures)} that begins with {first}"
