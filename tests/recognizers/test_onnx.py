"""An ONNX file becomes a recognizer, or a sentence that says why not."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto

from fr_bench.contracts import Capture, Options, Recognizer
from fr_bench.errors import RecognizerError, UsageError
from fr_bench.images import ARCFACE_112
from fr_bench.recognizers import onnx as adapter
from fr_bench.records import Failure
from tests.recognizers import networks
from tests.recognizers.networks import LENGTH, SIDE, node, weights


def picture(seed: int = 0, side: int = SIDE) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)


def load(path: Path, **values: Any) -> adapter.OnnxRecognizer:
    return adapter.load(Options({"model": str(path), **values}, where="--recognizer"))


def embed(recognizer: adapter.OnnxRecognizer, *images: np.ndarray) -> list[Any]:
    return recognizer.embed([Capture(str(k), image) for k, image in enumerate(images)])


def by_hand(image: np.ndarray, *, colour: str = "RGB", mean: Any = 127.5, std: Any = 127.5) -> np.ndarray:
    x = image[:, :, ::-1] if colour == "BGR" else image
    x = (x.astype(np.float32) - np.asarray(mean, np.float32)) / np.asarray(std, np.float32)
    return x.transpose(2, 0, 1).ravel() @ weights()


def test_it_offers_what_a_recognizer_must(tmp_path: Path) -> None:
    assert isinstance(load(networks.linear(tmp_path / "m.onnx")), Recognizer)


def test_template_is_the_network_of_the_prepared_picture(tmp_path: Path) -> None:
    found = embed(load(networks.linear(tmp_path / "m.onnx")), picture())[0]
    np.testing.assert_allclose(found, by_hand(picture()), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("colour", ["RGB", "BGR"])
def test_colour_order_mean_and_std_are_applied(tmp_path: Path, colour: str) -> None:
    said = {"colour": colour, "mean": [100, 110, 120], "std": [50, 60, 70]}
    found = embed(load(networks.linear(tmp_path / "m.onnx"), input=said), picture())[0]
    expected = by_hand(picture(), colour=colour, mean=[100, 110, 120], std=[50, 60, 70])
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


def test_nhwc_is_read_from_the_models_shape(tmp_path: Path) -> None:
    path = networks.linear(tmp_path / "m.onnx", shape=("N", SIDE, SIDE, 3))
    recognizer = load(path)
    x = (picture().astype(np.float32) - 127.5) / 127.5
    assert recognizer.preprocessing["layout"] == "NHWC"
    np.testing.assert_allclose(embed(recognizer, picture())[0], x.ravel() @ weights(), rtol=1e-4, atol=1e-4)


def test_flip_adds_the_mirror_images_output(tmp_path: Path) -> None:
    recognizer = load(networks.linear(tmp_path / "m.onnx"), flip="sum")
    expected = by_hand(picture()) + by_hand(picture()[:, ::-1])
    np.testing.assert_allclose(embed(recognizer, picture())[0], expected, rtol=1e-4, atol=1e-4)


def test_euclidean_templates_are_normalised_unless_told_otherwise(tmp_path: Path) -> None:
    path = networks.linear(tmp_path / "m.onnx")
    unit = embed(load(path, compare="euclidean"), picture())[0]
    raw = embed(load(path, compare="euclidean", normalise="none"), picture())[0]
    assert np.linalg.norm(unit) == pytest.approx(1.0, abs=1e-6)
    np.testing.assert_allclose(raw, by_hand(picture()), rtol=1e-4, atol=1e-4)


def test_uint8_input_is_given_the_bytes(tmp_path: Path) -> None:
    nodes = [
        node("Cast", ["picture"], "real", to=TensorProto.FLOAT),
        node("Flatten", ["real"], "flat"),
        node("MatMul", ["flat", "w"], "template"),
    ]
    path = networks.save(tmp_path / "m.onnx", nodes, kind=TensorProto.UINT8)
    expected = picture().astype(np.float32).transpose(2, 0, 1).ravel() @ weights()
    np.testing.assert_allclose(embed(load(path), picture())[0], expected, rtol=1e-4)


def test_float16_input_is_converted(tmp_path: Path) -> None:
    nodes = [
        node("Cast", ["picture"], "real", to=TensorProto.FLOAT),
        node("Flatten", ["real"], "flat"),
        node("MatMul", ["flat", "w"], "template"),
    ]
    path = networks.save(tmp_path / "m.onnx", nodes, kind=TensorProto.FLOAT16)
    recognizer = load(path, input={"dtype": "float16"})
    assert recognizer.preprocessing["dtype"] == "float16"
    np.testing.assert_allclose(embed(recognizer, picture())[0], by_hand(picture()), rtol=0.01, atol=0.05)


def test_digest_is_that_of_the_file(tmp_path: Path) -> None:
    path = networks.linear(tmp_path / "m.onnx")
    assert load(path).digest == hashlib.sha256(path.read_bytes()).hexdigest()


def test_hash_mismatch_shows_both(tmp_path: Path) -> None:
    path = networks.linear(tmp_path / "m.onnx")
    with pytest.raises(RecognizerError, match="0{64}.*" + hashlib.sha256(path.read_bytes()).hexdigest()) as raised:
        load(path, sha256="0" * 64)
    assert (raised.value.code, raised.value.exit_code) == ("hash_mismatch", 4)


def test_without_a_word_about_preprocessing_the_report_says_what_was_assumed(tmp_path: Path) -> None:
    notes = load(networks.linear(tmp_path / "m.onnx")).notes
    assert any("Assumed preprocessing" in n and "RGB" in n and "127.5" in n for n in notes)


def test_stated_preprocessing_leaves_no_note(tmp_path: Path) -> None:
    said = {"colour": "RGB", "mean": 127.5, "std": 127.5}
    assert load(networks.linear(tmp_path / "m.onnx"), input=said).notes == ()


def test_description_beside_the_model_is_read_and_the_configuration_wins(tmp_path: Path) -> None:
    path = networks.linear(tmp_path / "m.onnx")
    (tmp_path / "m.toml").write_text('licence = "MIT"\n[input]\ncolour = "BGR"\nmean = 0\nstd = 255\n')
    recognizer = load(path, input={"mean": 1})
    assert (recognizer.licence, recognizer.preprocessing["colour"]) == ("MIT", "BGR")
    assert (recognizer.preprocessing["mean"], recognizer.preprocessing["std"]) == ([1.0] * 3, [255.0] * 3)


def test_misspelt_key_of_the_description_names_file_and_nearest(tmp_path: Path) -> None:
    path = networks.linear(tmp_path / "m.onnx")
    (tmp_path / "model.toml").write_text('licens = "MIT"\n')
    with pytest.raises(UsageError, match=r"model\.toml: licens .*did you mean 'licence'"):
        load(path)


def test_common_description_beside_two_models_must_say_which(tmp_path: Path) -> None:
    path = networks.linear(tmp_path / "m.onnx")
    networks.linear(tmp_path / "n.onnx")
    (tmp_path / "model.toml").write_text('licence = "MIT"\n')
    with pytest.raises(UsageError, match=r"model = 'm\.onnx'"):
        load(path)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"otput": "x"}, "did you mean 'output'"),
        ({"input": {"color": "RGB"}}, r"input\.color .*did you mean 'colour'"),
        ({"input": {"layout": "NCWH"}}, "did you mean 'NCHW'"),
        ({"input": {"std": 0}}, "must not be 0"),
        ({"input": {"mean": [1, 2]}}, "one finite number or three"),
        ({"flip": "both"}, "flip is 'both'"),
        ({"template": "arcfce"}, "did you mean 'arcface'"),
        ({"template": [1, 2, 3]}, "ten numbers"),
        ({"batch": 0}, "whole number"),
    ],
)
def test_wrong_options_name_key_place_and_nearest(tmp_path: Path, values: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=f"--recognizer: .*{words}"):
        load(networks.linear(tmp_path / "m.onnx"), **values)


def test_ten_numbers_are_a_template(tmp_path: Path) -> None:
    ten = [2, 3, 5, 3, 4, 4, 2, 6, 5, 6]
    assert load(networks.linear(tmp_path / "m.onnx"), template=ten).takes.template == (
        (2, 3), (5, 3), (4, 4), (2, 6), (5, 6),
    )  # fmt: skip


def test_arcface_is_assumed_for_112_and_said(tmp_path: Path) -> None:
    path = networks.linear(tmp_path / "m.onnx", shape=(1, 3, 112, 112), tensors={"w": weights(3 * 112 * 112)})
    recognizer = load(path)
    assert recognizer.takes.template == tuple(ARCFACE_112)
    assert any("Assumed alignment" in note for note in recognizer.notes)


def test_model_with_a_batch_of_one_is_fixed(tmp_path: Path) -> None:
    recognizer = load(networks.one_at_a_time(tmp_path / "m.onnx"), batch=8)
    assert (recognizer.fixed_batch, recognizer.batch_size) == (True, 1)
    assert any("one image at a time" in note for note in recognizer.notes)


def test_template_with_nan_is_a_failure_of_its_image(tmp_path: Path) -> None:
    recognizer = load(networks.not_finite(tmp_path / "m.onnx"), input={"mean": 128, "std": 1})
    flat = np.full((SIDE, SIDE, 3), 128, dtype=np.uint8)
    failed, good = embed(recognizer, flat, picture())
    assert isinstance(failed, Failure)
    assert (failed.stage, failed.reason) == ("embed", "not_finite")
    assert not isinstance(good, Failure)


def test_template_of_zeros_is_a_failure(tmp_path: Path) -> None:
    zero = {"w": np.zeros((3 * SIDE * SIDE, LENGTH), dtype=np.float32)}
    failed = embed(load(networks.linear(tmp_path / "m.onnx", tensors=zero)), picture())[0]
    assert isinstance(failed, Failure)
    assert failed.reason == "zero_template"


def refused(path: Path, code: str, words: str, **values: Any) -> None:
    with pytest.raises(RecognizerError, match=words) as raised:
        load(path, **values)
    assert (raised.value.code, raised.value.exit_code) == (code, 4)
    assert "\n" not in raised.value.message


def test_missing_model_names_the_nearest(tmp_path: Path) -> None:
    networks.linear(tmp_path / "model.onnx")
    refused(tmp_path / "modl.onnx", "file_missing", r"did you mean 'model\.onnx'")


@pytest.mark.parametrize(
    "content", [b"", b"hello, I am a text", b"PK\x03\x04" + b"\0" * 50, b"\x08\x07\x3a\xff\xff\x01"]
)
def test_not_onnx_is_said(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "m.onnx").write_bytes(content)
    refused(tmp_path / "m.onnx", "not_onnx", "is not an ONNX file")


def test_truncated_model_is_not_onnx(tmp_path: Path) -> None:
    path = networks.linear(tmp_path / "m.onnx")
    path.write_bytes(path.read_bytes()[:-40])
    refused(path, "not_onnx", "cut short")


def test_folder_is_no_model(tmp_path: Path) -> None:
    refused(tmp_path, "not_regular_file", "no regular file")


def test_symbolic_size_must_be_said(tmp_path: Path) -> None:
    path = networks.linear(tmp_path / "m.onnx", shape=("N", 3, "H", "W"))
    refused(path, "symbolic_size", r"input\.size")
    assert load(path, input={"size": SIDE}).takes.size == (SIDE, SIDE)


def test_stated_size_must_be_the_models(tmp_path: Path) -> None:
    refused(networks.linear(tmp_path / "m.onnx"), "wrong_shape", r"\[9, 9\].*\[8, 8\]", input={"size": [9, 9]})


def test_model_without_an_image_input_is_refused(tmp_path: Path) -> None:
    path = networks.linear(tmp_path / "m.onnx", shape=("N", 3 * SIDE * SIDE))
    refused(path, "no_image_input", "four dimensions")


def test_model_with_two_inputs_is_refused(tmp_path: Path) -> None:
    path = networks.linear(tmp_path / "m.onnx", inputs=[("scale", [1])])
    refused(path, "no_image_input", "scale")


def test_one_channel_is_refused(tmp_path: Path) -> None:
    path = networks.linear(tmp_path / "m.onnx", shape=(1, 1, SIDE, SIDE), tensors={"w": weights(SIDE * SIDE)})
    refused(path, "no_image_input", "three colour channels")


def test_batch_of_four_is_refused(tmp_path: Path) -> None:
    path = networks.linear(tmp_path / "m.onnx", shape=(4, 3, SIDE, SIDE))
    refused(path, "batch_not_supported", "exactly 4 images")


def test_several_outputs_need_a_word(tmp_path: Path) -> None:
    nodes = [
        node("Flatten", ["picture"], "flat"),
        node("MatMul", ["flat", "w"], "template"),
        node("Neg", ["template"], "other"),
    ]
    path = networks.save(tmp_path / "m.onnx", nodes, outputs=("template", "other"))
    refused(path, "several_outputs", "template, other")
    refused(path, "no_such_output", "did you mean 'other'", output="oter")
    first, second = (embed(load(path, output=which), picture())[0] for which in ("template", 1))
    np.testing.assert_array_equal(first, -second)


def test_output_of_the_wrong_rank_is_refused_at_once(tmp_path: Path) -> None:
    path = networks.save(tmp_path / "m.onnx", [node("Neg", ["picture"], "template")])
    refused(path, "output_shape", r"\[1, 3, 8, 8\]")


def test_unknown_operation_is_refused(tmp_path: Path) -> None:
    path = networks.linear(tmp_path / "m.onnx")
    model = onnx.load(path)
    model.graph.node[0].domain = "somebody.else"
    onnx.save(model, path)
    refused(path, "model_not_loaded", "onnxruntime cannot load")


def external(path: Path, location: str) -> Path:
    """A model whose tensor `w` says that it lies in `location`."""
    model = onnx.load(networks.linear(path))
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", location
    path.write_bytes(model.SerializeToString())
    return path


def test_external_data_is_part_of_the_digest(tmp_path: Path) -> None:
    path = external(tmp_path / "m.onnx", "w.bin")
    (tmp_path / "w.bin").write_bytes(weights().tobytes())
    recognizer = load(path)
    np.testing.assert_allclose(embed(recognizer, picture())[0], by_hand(picture()), rtol=1e-4, atol=1e-4)
    (tmp_path / "w.bin").write_bytes(weights(seed=4).tobytes())
    assert load(path).digest != recognizer.digest


def test_missing_external_data_is_named(tmp_path: Path) -> None:
    refused(external(tmp_path / "m.onnx", "w.bin"), "external_data_missing", r"w\.bin")


@pytest.mark.parametrize("location", ["../w.bin", "/etc/passwd", "", "C:\\w.bin"])
def test_external_data_outside_the_folder_is_refused(tmp_path: Path, location: str) -> None:
    (tmp_path / "w.bin").write_bytes(weights().tobytes())
    (tmp_path / "in").mkdir()
    refused(external(tmp_path / "in" / "m.onnx", location), "path_outside", "outside its folder")


def test_external_data_behind_a_link_outside_is_refused(tmp_path: Path) -> None:
    (tmp_path / "w.bin").write_bytes(weights().tobytes())
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "w.bin").symlink_to(tmp_path / "w.bin")
    refused(external(tmp_path / "in" / "m.onnx", "w.bin"), "path_outside", "outside its folder")


def test_provider_that_is_not_there_is_never_replaced(tmp_path: Path) -> None:
    path = networks.linear(tmp_path / "m.onnx")
    assert load(path).provider == "cpu"
    refused(path, "provider_unknown", "did you mean 'cuda'", provider="cudda")
    refused(path, "provider_unavailable", "it has: cpu", provider="coreml")
    refused(path, "provider_unknown", "known: ", provider="AzureExecutionProvider")


# --- model.toml as the documentation prints it ----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["m.toml", "model.toml"])
@pytest.mark.parametrize("head", ['[recognizer]\nuse = "onnx"\nmodel = "m.onnx"\n', 'model = "m.onnx"\n', ""])
def test_a_description_may_be_a_table_or_bare_keys(tmp_path: Path, name: str, head: str) -> None:
    path = networks.linear(tmp_path / "m.onnx")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    (tmp_path / name).write_text(f'{head}sha256 = "{digest}"\ninput = {{ colour = "BGR", mean = 0, std = 1 }}\n')
    recognizer = load(path)
    assert (recognizer.prepare.colour, recognizer.prepare.std) == ("BGR", (1, 1, 1))


def test_a_description_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text('use = "baseline"\n')
    with pytest.raises(UsageError, match=r"m\.toml: use is 'baseline'"):
        load(networks.linear(tmp_path / "m.onnx"))


@pytest.mark.parametrize("digest", ["\u2026", "abc", "g" * 64])
def test_a_digest_that_is_none_is_told(tmp_path: Path, digest: str) -> None:
    with pytest.raises(UsageError, match="64 hexadecimal digits"):
        load(networks.linear(tmp_path / "m.onnx"), sha256=digest)


def test_a_description_of_nobody_blocks_no_configuration_that_says_all(tmp_path: Path) -> None:
    networks.linear(tmp_path / "other.onnx")
    (tmp_path / "model.toml").write_text('flip = "sum"\n')
    path = networks.linear(tmp_path / "m.onnx")
    with pytest.raises(UsageError, match="several models"):
        load(path)
    assert not load(path, input={"colour": "RGB", "mean": 1, "std": 2}, template="none").flip
