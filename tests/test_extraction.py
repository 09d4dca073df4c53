"""From samples to templates: alignment, failures, order, batches, the cache."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from PIL import Image

from fr_bench.contracts import Capture, ImageInput, Options
from fr_bench.errors import DataError, RecognizerError
from fr_bench.extraction import NOT_NEEDED, extract, sample_captures
from fr_bench.findings import Note
from fr_bench.images import align
from fr_bench.recognizers import onnx as adapter
from fr_bench.records import Card, Dataset, Failure, TemplateSet
from fr_bench.steadiness import batch_check, determinism_check, recognizer_notes
from fr_bench.storage.templates import TemplateCache
from tests.recognizers import networks
from tests.recognizers.networks import SIDE


@dataclasses.dataclass
class Bytes:
    """A source that counts how often it is read."""

    name: str
    content: bytes
    reads: int = 0

    def read(self) -> bytes:
        self.reads += 1
        return self.content


@dataclasses.dataclass
class Means:
    """A recognizer whose template is the mean colour of each quarter of the picture."""

    takes: ImageInput = dataclasses.field(default_factory=lambda: ImageInput(size=(SIDE, SIDE)))
    batch_size: int = 1
    fixed_batch: bool = False
    compare: Literal["cosine", "euclidean"] = "euclidean"
    name: str = "means"
    version: str = "1"
    digest: str = "d"
    provider: str = "cpu"
    preprocessing: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    notes: tuple[str, ...] = ()
    seen: list[tuple[str, ...]] = dataclasses.field(default_factory=list)

    def embed(self, captures: Sequence[Capture]) -> list[Any]:
        self.seen.append(tuple(c.sample_id for c in captures))
        return [self.answer(c) for c in captures]

    def answer(self, capture: Capture) -> Any:
        assert capture.image is not None
        half = capture.image.shape[0] // 2
        rows = (capture.image[:half], capture.image[half:])
        quarters = [quarter for row in rows for quarter in (row[:, :half], row[:, half:])]
        return np.concatenate([quarter.mean(axis=(0, 1)) for quarter in quarters]).astype(np.float32)


def png(seed: int, width: int = SIDE, height: int = SIDE) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def dataset(contents: Sequence[bytes], **more: Any) -> Dataset:
    n = len(contents)
    return Dataset(
        name="few",
        format="folder",
        card=Card(name="few", format="folder", root=Path()),
        sample_ids=tuple(f"s{k:03d}" for k in range(n)),
        subjects=tuple(f"p{k // 2}" for k in range(n)),
        sources=tuple(Bytes(f"s{k:03d}.png", content) for k, content in enumerate(contents)),
        **more,
    )


def digests(data: Dataset) -> list[str]:
    return [hashlib.sha256(source.content).hexdigest() for source in data.sources]  # type: ignore[union-attr]


def reads(data: Dataset) -> int:
    return sum(source.reads for source in data.sources)  # type: ignore[union-attr]


def notes(recognizer: Any, found: TemplateSet) -> tuple[Note, ...]:
    return recognizer_notes(recognizer, found.recognizer.batch_check, found.recognizer.batch_size)


@pytest.fixture
def few() -> Dataset:
    return dataset([png(seed) for seed in range(20)])


def test_every_sample_gets_its_own_template(few: Dataset) -> None:
    found = extract(few, digests(few), Means())
    for index in range(20):
        picture = np.random.default_rng(index).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
        np.testing.assert_array_equal(found.vectors[index], Means().answer(Capture("", picture)))
    assert found.failures == {}


def test_cosine_templates_have_unit_length(few: Dataset) -> None:
    found = extract(few, digests(few), Means(compare="cosine"))
    np.testing.assert_allclose(np.linalg.norm(found.vectors.astype(np.float64), axis=1), 1.0, atol=1e-7)


@pytest.mark.parametrize("threads", [1, 2, 7])
@pytest.mark.parametrize("size", [1, 3])
def test_templates_and_batches_do_not_depend_on_threads(few: Dataset, threads: int, size: int) -> None:
    recognizer, alone = Means(batch_size=size), Means(batch_size=size)
    found = extract(few, digests(few), recognizer, threads=threads)
    expected = extract(few, digests(few), alone, threads=1)
    assert found.vectors.tobytes() == expected.vectors.tobytes()
    assert recognizer.seen == alone.seen


def test_concurrent_recognizer_is_called_from_several_threads_and_keeps_the_order(few: Dataset) -> None:
    meeting = threading.Barrier(2, timeout=20)

    class Meeting(Means):
        concurrent = 2

        def embed(self, captures: Sequence[Capture]) -> list[Any]:
            if captures[0].sample_id in ("s000", "s008") and threading.current_thread() is not threading.main_thread():
                meeting.wait()  # passes only if the first two pieces of work are under way together
            return [self.answer(c) for c in captures]

    found = extract(few, digests(few), Meeting(fixed_batch=True), threads=2)
    assert found.vectors.tobytes() == extract(few, digests(few), Means()).vectors.tobytes()


def test_damaged_image_is_a_counted_failure_and_stops_nothing() -> None:
    data = dataset([png(0), b"", b"no image", png(1)[:60], png(1)])
    found = extract(data, digests(data), Means())
    assert {index: (f.stage, f.reason) for index, f in found.failures.items()} == {
        1: ("decode", "empty"),
        2: ("decode", "not_an_image"),
        3: ("decode", "truncated"),
    }
    assert found.has_template.tolist() == [True, False, False, False, True]
    assert not found.vectors[1:4].any()


def test_sample_without_an_image_is_a_failure(few: Dataset) -> None:
    data = dataclasses.replace(few, sources=(None, *few.sources[1:]))
    found = extract(data, ["", *digests(few)[1:]], Means())
    assert (found.failures[0].stage, found.failures[0].reason) == ("read", "no_image")


def test_unreadable_file_is_a_counted_failure(few: Dataset) -> None:
    @dataclasses.dataclass
    class Broken(Bytes):
        def read(self) -> bytes:
            raise DataError("a.png has over 1 GiB", code="too_large")

    data = dataclasses.replace(few, sources=(*few.sources[:-1], Broken("a.png", b"")))
    found = extract(data, [*digests(few)[:-1], ""], Means())
    assert (found.failures[19].stage, found.failures[19].reason) == ("read", "too_large")


def test_input_changed_while_running_is_refused(few: Dataset) -> None:
    contents = digests(few)
    few.sources[7].content = png(99)  # type: ignore[union-attr]
    with pytest.raises(DataError, match=r"s007\.png changed") as raised:
        extract(few, contents, Means())
    assert (raised.value.code, raised.value.exit_code) == ("input_changed", 3)


def test_file_that_vanished_while_running_is_a_change_of_input(few: Dataset) -> None:
    @dataclasses.dataclass
    class Gone(Bytes):
        def read(self) -> bytes:
            raise DataError("no such file: a.png", code="file_missing")

    data = dataclasses.replace(few, sources=(*few.sources[:-1], Gone("a.png", b"")))
    with pytest.raises(DataError) as raised:
        extract(data, digests(few), Means())
    assert raised.value.code == "input_changed"


def test_no_template_at_all_is_refused_with_the_reasons() -> None:
    data = dataset([b"x", b"", b"y"])
    with pytest.raises(DataError, match=r"none of 3 samples.*1 decode: empty, 2 decode: not_an_image") as raised:
        extract(data, digests(data), Means())
    assert (raised.value.code, raised.value.exit_code) == ("no_templates", 3)


def test_pictures_of_another_size_are_refused_before_the_run() -> None:
    data = dataset([png(seed, 20, 10) for seed in range(4)])
    with pytest.raises(DataError, match=r"20 x 10 pixels.*8 x 8.*recognizer.otherwise=resize") as raised:
        extract(data, digests(data), Means())
    assert raised.value.code == "wrong_size"


def test_single_picture_of_another_size_is_a_failure() -> None:
    data = dataset([png(0), png(1, 20, 10), png(2)])
    assert extract(data, digests(data), Means()).failures[1].reason == "wrong_size"


def test_resizing_is_done_where_it_is_allowed_and_recorded() -> None:
    data = dataset([png(seed, 20, 10) for seed in range(4)])
    found = extract(data, digests(data), Means(takes=ImageInput(size=(SIDE, SIDE), otherwise="resize")))
    assert found.failures == {}
    assert "resized to 8 x 8" in found.recognizer.preprocessing["pictures"]


def test_landmarks_align_the_picture() -> None:
    template = ((2.0, 3.0), (5.0, 3.0), (3.5, 4.0), (2.0, 6.0), (5.0, 6.0))
    points = np.array(template)[None] * 3.0 + 2.0
    data = dataset([png(5, 40, 30)], landmarks=points)
    found = extract(data, digests(data), Means(takes=ImageInput(size=(SIDE, SIDE), template=template)))
    picture = np.random.default_rng(5).integers(0, 256, (30, 40, 3), dtype=np.uint8)
    expected = Means().answer(Capture("", align(picture, points[0], template, (SIDE, SIDE))))
    np.testing.assert_array_equal(found.vectors[0], expected)


def test_impossible_landmarks_are_a_counted_failure() -> None:
    template = ((2.0, 3.0), (5.0, 3.0), (3.5, 4.0), (2.0, 6.0), (5.0, 6.0))
    points = np.stack([np.array(template) * 2.0, np.zeros((5, 2))])
    data = dataset([png(5, 40, 30), png(6, 40, 30)], landmarks=points)
    found = extract(data, digests(data), Means(takes=ImageInput(size=(SIDE, SIDE), template=template)))
    assert (found.failures[1].stage, found.failures[1].reason) == ("align", "degenerate")


def test_samples_that_nobody_needs_are_not_read(few: Dataset) -> None:
    found = extract(few, digests(few), Means(fixed_batch=True), needed=np.array([3, 5, 3]))
    assert reads(few) == 2
    assert [index for index, failure in found.failures.items() if failure == NOT_NEEDED] == [
        index for index in range(20) if index not in (3, 5)
    ]


class Odd(Means):
    """Answers one sample in a way that it was told."""

    odd: Any = None

    def embed(self, captures: Sequence[Capture]) -> list[Any]:
        return [self.odd if c.sample_id == "s004" else self.answer(c) for c in captures]


@pytest.mark.parametrize(
    ("odd", "code", "words"),
    [
        (np.ones(5, np.float32), "template_length", "12 numbers for 's000' and 5 for 's004'"),
        (np.ones((2, 6), np.float32), "template_shape", "s004"),
        (None, "template_shape", "NoneType for .*s004"),
        ("a", "template_shape", "str"),
    ],
)
def test_answers_of_another_shape_stop_the_run(few: Dataset, odd: Any, code: str, words: str) -> None:
    recognizer = Odd(fixed_batch=True)
    recognizer.odd = odd
    with pytest.raises(RecognizerError, match=words) as raised:
        extract(few, digests(few), recognizer)
    assert (raised.value.code, raised.value.exit_code) == (code, 4)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_template_that_is_not_finite_is_a_failure(few: Dataset, value: float) -> None:
    recognizer = Odd(fixed_batch=True)
    recognizer.odd = np.full(12, value, dtype=np.float32)
    found = extract(few, digests(few), recognizer)
    assert {i: (f.stage, f.reason) for i, f in found.failures.items()} == {4: ("embed", "not_finite")}


def test_zero_template_cannot_be_compared_by_cosine(few: Dataset) -> None:
    recognizer = Odd(fixed_batch=True, compare="cosine")
    recognizer.odd = np.zeros(12, dtype=np.float32)
    assert extract(few, digests(few), recognizer).failures[4].reason == "zero_template"


def test_recognizer_that_raises_is_told_with_the_sample(few: Dataset) -> None:
    class Raising(Means):
        def embed(self, captures: Sequence[Capture]) -> list[Any]:
            raise KeyError("weights") if captures[0].sample_id == "s006" else ZeroDivisionError("dry")

    with pytest.raises(RecognizerError, match=r"means fails on 's000': ZeroDivisionError: dry"):
        extract(few, digests(few), Raising(fixed_batch=True))


def test_missing_answer_stops_the_run(few: Dataset) -> None:
    class Short(Means):
        def embed(self, captures: Sequence[Capture]) -> list[Any]:
            return [self.answer(c) for c in captures[1:]]

    with pytest.raises(RecognizerError, match="gives 0 answers for 1 captures") as raised:
        extract(few, digests(few), Short(fixed_batch=True))
    assert raised.value.code == "answer_count"


def test_second_run_computes_no_template_and_reads_no_picture(few: Dataset, tmp_path: Path) -> None:
    first, again = Means(), Means()
    with TemplateCache(tmp_path) as cache:
        one = extract(few, digests(few), first, cache=cache)
    few.sources[0].reads, before = 0, reads(few)  # type: ignore[union-attr]
    before = reads(few)
    with TemplateCache(tmp_path) as cache:
        two = extract(few, digests(few), again, cache=cache)
    assert again.seen == []
    assert reads(few) == before
    assert two.vectors.tobytes() == one.vectors.tobytes()
    assert two.recognizer == one.recognizer
    assert (two.timing["from_cache"], two.timing["computed"]) == (20, 0)


@pytest.mark.parametrize(
    "other",
    [
        {"digest": "e"},
        {"version": "2"},
        {"provider": "cuda"},
        {"preprocessing": {"mean": 1}},
        {"takes": ImageInput(size=(SIDE, SIDE), otherwise="resize")},
    ],
)
def test_another_model_or_preprocessing_never_meets_old_templates(
    few: Dataset, tmp_path: Path, other: dict[str, Any]
) -> None:
    with TemplateCache(tmp_path) as cache:
        extract(few, digests(few), Means(), cache=cache)
        found = extract(few, digests(few), Means(**other), cache=cache)
    assert found.timing["from_cache"] == 0


def test_other_landmarks_never_meet_old_templates(tmp_path: Path) -> None:
    template = ((2.0, 3.0), (5.0, 3.0), (3.5, 4.0), (2.0, 6.0), (5.0, 6.0))
    takes = ImageInput(size=(SIDE, SIDE), template=template)
    with TemplateCache(tmp_path) as cache:
        for shift in (0.0, 1.0):
            data = dataset([png(5, 40, 30)], landmarks=np.array(template)[None] * 3.0 + shift)
            assert extract(data, digests(data), Means(takes=takes), cache=cache).timing["from_cache"] == 0


def test_failures_are_cached_but_not_those_of_reading(tmp_path: Path) -> None:
    data = dataset([png(0), b"no image", png(1)])
    contents = digests(data)
    with TemplateCache(tmp_path) as cache:
        extract(data, contents, Means(), cache=cache)
        again = extract(data, contents, Means(), cache=cache)
    assert again.failures[1].reason == "not_an_image"
    assert again.timing["computed"] == 0


def test_interrupted_run_keeps_what_was_finished(few: Dataset, tmp_path: Path) -> None:
    class Stopped(Means):
        def answer(self, capture: Capture) -> Any:
            if capture.sample_id == "s016":
                raise KeyboardInterrupt
            return super().answer(capture)

    with TemplateCache(tmp_path) as cache, pytest.raises(KeyboardInterrupt):
        extract(few, digests(few), Stopped(fixed_batch=True), cache=cache)
    with TemplateCache(tmp_path) as cache:
        rest = extract(few, digests(few), Means(fixed_batch=True), cache=cache)
    assert rest.timing["from_cache"] >= 8
    assert rest.vectors.tobytes() == extract(few, digests(few), Means()).vectors.tobytes()


class Company(Means):
    """Subtracts half the mean of the batch."""

    def embed(self, captures: Sequence[Capture]) -> list[Any]:
        self.seen.append(tuple(c.sample_id for c in captures))
        rows = np.stack([self.answer(c) for c in captures])
        return list(rows - rows.mean(axis=0) / 2)


def test_batch_check_finds_a_recognizer_that_depends_on_the_batch(few: Dataset) -> None:
    captures = sample_captures(few, digests(few), Company(), 16)
    found = batch_check(Company(), captures)
    assert len(captures) == 16
    assert found["verdict"] == "depends_on_batch"
    assert found["min_cosine"] < 0.999
    assert batch_check(Means(), captures)["verdict"] == "invariant"
    assert batch_check(Means(fixed_batch=True), captures)["verdict"] == "one_at_a_time"


def test_recognizer_that_refuses_batches_is_found_out(few: Dataset) -> None:
    class Single(Means):
        def embed(self, captures: Sequence[Capture]) -> list[Any]:
            if len(captures) > 1:
                raise ValueError("one at a time please")
            return [self.answer(captures[0])]

    found = batch_check(Single(), sample_captures(few, digests(few), Single()))
    assert found["verdict"] == "batch_refused"


def test_determinism_check_tells_a_recognizer_that_draws_lots(few: Dataset) -> None:
    class Drawing(Means):
        def answer(self, capture: Capture) -> Any:
            self.version += "."
            return super().answer(capture) + len(self.version)

    captures = sample_captures(few, digests(few), Means())
    assert determinism_check(Drawing(), captures)["verdict"] == "differs"
    assert determinism_check(Means(), captures)["verdict"] == "same"


def test_dependent_templates_in_batches_are_cached_by_their_batch(few: Dataset, tmp_path: Path) -> None:
    with TemplateCache(tmp_path) as cache:
        whole = extract(few, digests(few), Company(batch_size=4), cache=cache)
        again = extract(few, digests(few), Company(batch_size=4), cache=cache)
        part = extract(few, digests(few), Company(batch_size=4), cache=cache, needed=[0, 1, 2, 5])
    assert again.timing["computed"] == 0
    assert part.timing["from_cache"] == 0
    assert not np.array_equal(part.vectors[0], whole.vectors[0])


def test_run_says_that_templates_depend_on_the_batch(few: Dataset) -> None:
    recognizer = Company(batch_size=4)
    found = notes(recognizer, extract(few, digests(few), recognizer))
    assert [(note.level, note.code) for note in found] == [("warning", "batch_dependent")]
    assert "batch = 1" in found[0].text


def test_automatic_batch_of_a_dependent_network_is_one(few: Dataset, tmp_path: Path) -> None:
    recognizer = adapter.load(Options({"model": str(networks.batch_dependent(tmp_path / "m.onnx"))}))
    found = extract(few, digests(few), recognizer)
    assert found.recognizer.batch_size == 1
    assert found.recognizer.batch_check["verdict"] == "depends_on_batch"
    assert "batch_dependent" in {note.code for note in notes(recognizer, found)}


def test_network_whose_output_changes_its_length_stops_the_run(few: Dataset, tmp_path: Path) -> None:
    recognizer = adapter.load(Options({"model": str(networks.of_changing_length(tmp_path / "m.onnx"))}))
    with pytest.raises(RecognizerError, match="templates of one run have one length") as raised:
        extract(few, digests(few), recognizer)
    assert raised.value.code == "template_length"


def test_note_about_assumed_preprocessing_has_its_code(few: Dataset, tmp_path: Path) -> None:
    recognizer = adapter.load(Options({"model": str(networks.linear(tmp_path / "m.onnx"))}))
    assert "assumed_preprocessing" in {note.code for note in notes(recognizer, extract(few, digests(few), recognizer))}


def test_progress_tells_what_and_how_many(few: Dataset) -> None:
    told: list[Any] = []

    class Listening:
        def start(self, phase: str, total: int, unit: str) -> None:
            told.append((phase, total, unit))

        def advance(self, done: int) -> None:
            told.append(done)

        def finish(self) -> None:
            told.append("done")

    extract(few, digests(few), Means(), observer=Listening())
    assert (told[0], told[-1]) == (("templates", 20, "images"), "done")
    assert sum(told[1:-1]) == 20


def test_failure_of_a_recognizer_passes_unchanged(few: Dataset) -> None:
    recognizer = Odd(fixed_batch=True)
    recognizer.odd = Failure("detect", "no_face", "nobody")
    assert extract(few, digests(few), recognizer).failures[4] == Failure("detect", "no_face", "nobody")


def test_large_sets_of_templates_stand_in_a_mapped_file_with_the_same_numbers(
    few: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fr_bench import extraction

    held = extract(few, digests(few), Means(compare="cosine"))
    monkeypatch.setattr(extraction, "IN_MEMORY", 0)
    mapped = extract(few, digests(few), Means(compare="cosine"))
    assert isinstance(mapped.vectors.base, np.memmap)
    assert np.array_equal(held.vectors, mapped.vectors)


def test_templates_stand_in_memory_where_no_file_can_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    from fr_bench import extraction

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(extraction, "IN_MEMORY", 0)
    monkeypatch.setattr(extraction.os, "posix_fallocate", full)
    vectors = extraction.no_vectors(3, 4)
    assert vectors.shape == (3, 4)
    assert vectors.base is None
