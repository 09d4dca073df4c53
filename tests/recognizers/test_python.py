"""A recognizer written as a Python class."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fr_bench.contracts import Capture, Options
from fr_bench.errors import RecognizerError, UsageError
from fr_bench.recognizers import python as adapter

SOURCE = """
import numpy as np

class Mean:
    def embed(self, images):
        return [image.reshape(-1, 3).mean(axis=0) for image in images]

class Described(Mean):
    size, template, batch_size, compare, name, digest = (112, 112), "arcface", 4, "euclidean", "mine", "abc"

class Scaled(Mean):
    def __init__(self, factor):
        self.factor = factor
    def embed(self, images):
        return np.stack(super().embed(images)) * self.factor

class Raising(Mean):
    def embed(self, images):
        raise RuntimeError("no\\nweights")

class Answering(Mean):
    def __init__(self, answer):
        self.answer = answer
    def embed(self, images):
        return eval(self.answer)

class Silent:
    pass

class Whole:
    from fr_bench.contracts import ImageInput
    name, version, digest, provider, takes, preprocessing = "whole", "1", "d", "cpu", ImageInput(), {}
    batch_size, fixed_batch, compare, notes = 1, True, "cosine", ()
    def embed(self, captures):
        return [np.ones(3, np.float32) for _ in captures]
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(SOURCE)
    return path


def load(source: Path, name: str, **values: Any) -> Any:
    return adapter.load(Options({"class": f"{source.name}:{name}", **values}, folder=source.parent))


def captures(count: int) -> list[Capture]:
    return [Capture(f"s{k}", np.full((4, 4, 3), k + 1, dtype=np.uint8)) for k in range(count)]


def test_class_with_one_method_is_enough(source: Path) -> None:
    recognizer = load(source, "Mean")
    assert [row.tolist() for row in recognizer.embed(captures(2))] == [[1, 1, 1], [2, 2, 2]]
    assert recognizer.digest == hashlib.sha256(source.read_bytes()).hexdigest()
    assert (recognizer.takes.size, recognizer.takes.template) == (None, None)


def test_attributes_describe_it(source: Path) -> None:
    recognizer = load(source, "Described")
    assert (recognizer.name, recognizer.digest, recognizer.batch_size) == ("mine", "abc", 4)
    assert (recognizer.takes.size, recognizer.compare) == ((112, 112), "euclidean")
    assert len(recognizer.takes.template) == 5


def test_arguments_reach_the_class_and_the_record(source: Path) -> None:
    recognizer = load(source, "Scaled", arguments={"factor": 3})
    assert recognizer.embed(captures(1))[0].tolist() == [3, 3, 3]
    assert recognizer.preprocessing["arguments"] == {"factor": "3"}


def test_module_on_the_path_is_imported(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source.with_name("frbench_test_module.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(str(source.parent))
    assert adapter.load(Options({"class": "frbench_test_module:Mean"})).name == "Mean"


def test_object_that_offers_everything_is_used_as_it_is(source: Path) -> None:
    assert type(load(source, "Whole")).__name__ == "Whole"


def test_exception_names_the_picture(source: Path) -> None:
    with pytest.raises(RecognizerError, match=r"mine\.py:Raising fails on 's0': RuntimeError: no\\nweights") as raised:
        load(source, "Raising").embed(captures(1))
    assert (raised.value.code, raised.value.exit_code) == ("recognizer_failed", 4)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("np.ones(3)", "output_shape"),
        ("np.ones((3, 3))", "output_shape"),
        ("np.ones((2, 0))", "output_shape"),
        ("[np.ones(3), np.ones(4)]", "template_length"),
        ("['a', 'b']", "output_type"),
        ("None", "output_type"),
        ("(image for image in images)", "output_type"),
    ],
)
def test_wrong_answers_are_told_with_the_batch(source: Path, answer: str, code: str) -> None:
    with pytest.raises(RecognizerError, match="batch of 2 pictures that begins with 's0'") as raised:
        load(source, "Answering", arguments={"answer": answer}).embed(captures(2))
    assert raised.value.code == code


def test_row_that_is_not_finite_is_a_failure(source: Path) -> None:
    recognizer = load(source, "Answering", arguments={"answer": "np.array([[1, 2], [np.nan, 1]])"})
    good, failed = recognizer.embed(captures(2))
    assert good.tolist() == [1, 2]
    assert failed.reason == "not_finite"


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("mine.py:Meen", "class_missing", "did you mean 'Mean'"),
        ("mien.py:Mean", "file_missing", "did you mean 'mine.py'"),
        ("mine.py:Silent", "not_a_recognizer", "no method embed"),
        ("mine.py:Scaled", "recognizer_failed", "factor"),
        ("no_such_module_here:Mean", "import_failed", "ModuleNotFoundError"),
        ("broken.py:Mean", "import_failed", "SyntaxError"),
    ],
)
def test_what_cannot_be_loaded_says_why(source: Path, text: str, code: str, words: str) -> None:
    source.with_name("broken.py").write_text("class Mean(:\n")
    with pytest.raises(RecognizerError, match=words) as raised:
        adapter.load(Options({"class": text}, folder=source.parent))
    assert raised.value.code == code


@pytest.mark.parametrize("text", ["mine.py", "mine.py:", ":Mean", "mine.py:a b"])
def test_form_of_the_name_is_told(source: Path, text: str) -> None:
    with pytest.raises(UsageError, match=r"package\.module:Class"):
        adapter.load(Options({"class": text}, folder=source.parent))


@pytest.mark.parametrize("answer", ["[None, np.ones(2)]", "np.array([None, [1.0, 1.0]], dtype=object)"])
def test_none_is_a_picture_without_a_template(source: Path, answer: str) -> None:
    failed, good = load(source, "Answering", arguments={"answer": answer}).embed(captures(2))
    assert (failed.stage, failed.reason) == ("embed", "no_template")
    assert good.tolist() == [1, 1]


def test_a_batch_without_any_template_is_no_error(source: Path) -> None:
    answers = load(source, "Answering", arguments={"answer": "[None, None]"}).embed(captures(2))
    assert [answer.reason for answer in answers] == ["no_template"] * 2


# --- what it reads --------------------------------------------------------------------------------------------------


def reading(folder: Path, files: str, name: str = "reads.py") -> Any:
    (folder / name).write_text(f"class Own:\n    {files}\n    def embed(self, images): return [[1.0]] * len(images)\n")
    return adapter.load(Options({"class": f"{name}:Own"}, folder=folder))


def test_files_that_a_class_names_are_part_of_its_digest(tmp_path: Path) -> None:
    digests = []
    for content in (b"one", b"two", b"one"):
        (tmp_path / "model.onnx").write_bytes(content)
        recognizer = reading(tmp_path, 'files = ["model.onnx"]')
        assert (recognizer.kept, recognizer.notes) == (True, ())
        digests.append(recognizer.digest)
    assert digests[0] == digests[2] != digests[1]


def test_a_file_in_the_current_folder_counts_beside_one_at_the_class(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    (tmp_path / "model.onnx").write_bytes(b"beside the class")
    alone = reading(tmp_path, 'files = ["model.onnx"]').digest
    (tmp_path / "here" / "model.onnx").write_bytes(b"where the command was typed")
    assert reading(tmp_path, 'files = ["model.onnx"]').digest != alone


def test_a_folder_of_files_counts_with_all_it_holds(tmp_path: Path) -> None:
    (tmp_path / "saved" / "deep").mkdir(parents=True)
    (tmp_path / "saved" / "deep" / "w.bin").write_bytes(b"1")
    before = reading(tmp_path, 'files = ["saved"]').digest
    (tmp_path / "saved" / "deep" / "w.bin").write_bytes(b"2")
    assert reading(tmp_path, 'files = ["saved"]').digest != before


def test_a_class_that_reads_no_files_is_its_source(tmp_path: Path) -> None:
    recognizer = reading(tmp_path, "files = []")
    assert recognizer.kept
    assert recognizer.digest == hashlib.sha256((tmp_path / "reads.py").read_bytes()).hexdigest()


def test_a_class_that_does_not_say_what_it_reads_is_told_how(tmp_path: Path) -> None:
    recognizer = reading(tmp_path, "pass")
    assert not recognizer.kept
    assert "class Own of reads.py" in recognizer.notes[0]
    assert "files = []" in recognizer.notes[0]


@pytest.mark.parametrize(
    ("files", "code", "words"),
    [
        ('files = ["gone.onnx"]', "file_missing", "files names gone.onnx, which is not in"),
        ('files = "model.onnx"', "not_a_recognizer", "must be a list of paths"),
        ("files = [1]", "not_a_recognizer", "must be a list of paths"),
    ],
)
def test_wrong_files_are_refused(tmp_path: Path, files: str, code: str, words: str) -> None:
    with pytest.raises(RecognizerError, match=words) as raised:
        reading(tmp_path, files)
    assert raised.value.code == code
