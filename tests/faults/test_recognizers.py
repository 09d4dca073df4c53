"""Recognizers that fail, leave, answer nonsense, or are none: exit 4 and one sentence, never a half result."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.faults.conftest import Refused
from tests.faults.making import OWN, Said, faces, frbench, recognizer
from tests.recognizers.networks import linear, node, save

ANSWER = "np.array([image.astype(np.float32).ravel() - 125 for image in images])"


def source(body: str, head: str = "", attributes: str = "pass") -> str:
    return f"import numpy as np\n{head}\nclass Own:\n    {attributes}\n    def embed(self, images):\n        {body}\n"


pytestmark = pytest.mark.usefixtures("data")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return faces(tmp_path / "data", 3)


def running(which: str = "python:own.py:Own") -> list[str | Path]:
    return ["run", "--dataset", "./data", "--recognizer", which, "--set", "report.draw=false"]


# --- Python -----------------------------------------------------------------------------------------------------------

WRONG = {
    "raises": ("recognizer_failed", source("raise RuntimeError('boom \\x1b[31m')"), ["s0/0.png", "boom", "Runtime"]),
    "leaves": ("recognizer_failed", source("import sys; sys.exit(0)"), ["s0/0.png", "SystemExit"]),
    "leaves at import": ("import_failed", source(f"return {ANSWER}", head="import sys; sys.exit(0)"), ["SystemExit"]),
    "leaves when made": (
        "recognizer_failed",
        source(f"return {ANSWER}", attributes="def __init__(self): raise SystemExit(0)"),
        ["cannot be made"],
    ),
    "does not parse": ("import_failed", "def (\n", ["SyntaxError", "line 1"]),
    "has another class": ("class_missing", "class Onw: pass\n", ["did you mean 'Onw'"]),
    "has no embed": ("not_a_recognizer", "class Own: pass\n", ["embed(images)"]),
    "one too many": ("output_shape", source("return np.ones((len(images) + 1, 4))"), ["s0/0.png", "[2, 4]"]),
    "nothing": ("output_type", source("return None"), ["no array of numbers"]),
    "texts": ("output_type", source("return ['a'] * len(images)"), ["no array of numbers"]),
    "complex": ("output_type", source("return np.ones((len(images), 4), complex)"), ["complex128"]),
    "grows": ("template_length", source("self.n += 1; return np.ones((1, self.n))", attributes="n = 4"), ["s0/0.png"]),
    "recurses": ("recognizer_failed", source("return self.embed(images)"), ["RecursionError"]),
    "harms": ("recognizer_failed", source(f"images[0][:] = 0; return {ANSWER}"), ["read-only"]),
}


@pytest.mark.parametrize("name", WRONG)
def test_class_of_ones_own_that_is_wrong(refused: Refused, tmp_path: Path, name: str) -> None:
    word, text, told = WRONG[name]
    recognizer(tmp_path, text)
    refused(4, word, running(), *told)


@pytest.mark.parametrize("value", ["np.nan", "np.inf", "1e300", "0"])
def test_no_template_at_all(refused: Refused, tmp_path: Path, value: str) -> None:
    recognizer(tmp_path, source(f"return np.full((len(images), 4), {value})"))
    refused(3, "no_templates", running(), "s0/0.png")
    refused(3, "no_templates", ["check", *running()[1:]], "s0/0.png")


def test_some_nan_templates_are_failures(said: Callable[..., Said], tmp_path: Path) -> None:
    recognizer(tmp_path, source(f"return {ANSWER} + [np.nan if image[0, 0, 0] % 2 else 0 for image in images]"))
    answer = said("check", *running()[1:], "--json")
    assert answer.code == 0
    assert "trial_failures" in [note["code"] for note in json.loads(answer.out)["notes"]]


def test_recognizer_that_draws_lots_is_found_out(said: Callable[..., Said], tmp_path: Path) -> None:
    recognizer(tmp_path, source(f"return {ANSWER} + np.random.default_rng().normal(size=1)"))
    answer = said("check", *running()[1:])
    assert answer.code == 0
    assert "figures cannot be reproduced" in answer.out


def test_long_names_stay_out_of_the_way(tmp_path: Path) -> None:
    recognizer(tmp_path, f"{OWN}    name = 'n/' * 2000 + chr(27) + chr(10)\n")
    answer = frbench(tmp_path, *running(), "--progress", "none", "--measure", "EER")
    assert answer.code == 0, answer.err
    (folder,) = [p for p in (tmp_path / "runs").iterdir() if p.is_dir()]
    assert len(folder.name.encode()) < 200
    assert "\x1b" not in answer.out + answer.err


# --- ONNX -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", b"no model", b"PK\x03\x04", bytes(1000), b"\x08\x08\x3a\xff\xff\xff\x7f"])
def test_not_onnx(refused: Refused, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "m.onnx").write_bytes(content)
    refused(4, "not_onnx", running("onnx:m.onnx"), "m.onnx")


def test_file_missing(refused: Refused, tmp_path: Path) -> None:
    linear(tmp_path / "model.onnx")
    refused(4, "file_missing", running("onnx:modle.onnx"), "did you mean 'model.onnx'")


def test_hash_mismatch(refused: Refused, tmp_path: Path) -> None:
    import hashlib

    found = hashlib.sha256(linear(tmp_path / "m.onnx").read_bytes()).hexdigest()
    wanted = "0" * 64
    refused(4, "hash_mismatch", [*running("onnx:m.onnx"), "--set", f"recognizer.sha256='{wanted}'"], found, wanted)


def test_output_length_that_changes_from_image_to_image(refused: Refused, tmp_path: Path) -> None:
    # As many numbers as there are bright pixels in the picture.
    nodes = [
        node("Flatten", ["picture"], "flat"), node("Greater", ["flat", "zero"], "bright"),
        node("Reshape", ["bright", "one"], "row"), node("NonZero", ["row"], "places"),
        node("Cast", ["places"], "template", to=1),
    ]  # fmt: skip
    tensors = {"zero": np.zeros(1, np.float32), "one": np.array([-1], np.int64)}
    save(tmp_path / "m.onnx", nodes, shape=(1, 3, 8, 8), tensors=tensors)
    refused(4, "template_length", running("onnx:m.onnx"), "s0/0.png")


def test_nan_output_of_a_network(refused: Refused, tmp_path: Path) -> None:
    nodes = [node("Flatten", ["picture"], "flat"), node("MatMul", ["flat", "w"], "template")]
    save(tmp_path / "m.onnx", nodes, tensors={"w": np.full((192, 4), np.nan, np.float32)})
    refused(3, "no_templates", running("onnx:m.onnx"), "not_finite")


def test_pictures_of_another_size(refused: Refused, tmp_path: Path) -> None:
    linear(tmp_path / "m.onnx", shape=("N", 3, 16, 16), tensors={"w": np.ones((768, 4), np.float32)})
    refused(3, "wrong_size", running("onnx:m.onnx"), "8 x 8", "16 x 16")


@pytest.mark.parametrize("shape", [("N", 3), ("N", 5, 8, 8), ("N", 3, 8, 8, 8)])
def test_input_that_is_no_picture(refused: Refused, tmp_path: Path, shape: tuple[object, ...]) -> None:
    save(tmp_path / "m.onnx", [node("Flatten", ["picture"], "template")], shape=shape)
    said = refused(4, "no_image_input", running("onnx:m.onnx"), "m.onnx")
    assert "Traceback" not in said.err
