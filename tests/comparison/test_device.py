"""A card finds the cells that may reach the floor, and no bit of a result says so. NumPy stands for a card throughout;
PyTorch on the processor and a CUDA device, where there are such, do the same."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from fr_bench.comparison import choosing, compiled, device, device_screen
from fr_bench.comparison import plan as plans
from fr_bench.comparison.device import Device
from fr_bench.comparison.device_arrays import ModuleArrays, TorchArrays
from fr_bench.comparison.engine import score
from fr_bench.comparison.forecast import forecast
from fr_bench.comparison.grid import grid_of
from fr_bench.comparison.memory import card_bytes
from fr_bench.comparison.screen import Screen
from fr_bench.comparison.sketch import power_of_two
from fr_bench.errors import MachineError
from fr_bench.records import ScoreSet, TemplateSet
from tests.comparison.making import content, data_set, faces, some_subjects, template_set
from tests.comparison.test_engine import KINDS, adversarial
from tests.comparison.test_screen import CAPPED, TAIL, attack, exact_product, uneven

SUBJECTS = some_subjects(300, 90)
COMPARISONS = pytest.mark.parametrize("comparison", ["cosine", "euclidean"])


def by_numpy(kind: type[ModuleArrays] = ModuleArrays, **options: Any) -> Device:
    return Device(kind(np, "NumPy"), **options)


def all_pairs(templates: TemplateSet, subjects: list[str], **options: Any) -> ScoreSet:
    return score(plans.build(data_set(subjects), "all"), templates, subjects, **{"keep": TAIL, **options})


def on_device(card: Device, templates: TemplateSet, subjects: list[str], **options: Any) -> ScoreSet:
    return all_pairs(templates, subjects, screening="device", device=card, **options)


class Short(ModuleArrays):
    """A card with memory for so many numbers in all products, and in all templates."""

    most_products, most_held = 1 << 30, 1 << 30

    def empty(self, rows: int, columns: int) -> Any:
        if rows * columns > self.most_held:
            raise MemoryError("Out of memory allocating 4 bytes")
        return super().empty(rows, columns)

    def products(self, rows: Any, columns: Any) -> Any:
        if len(rows) * len(columns) > self.most_products:
            raise MemoryError("Out of memory allocating 4 bytes")
        return super().products(rows, columns)


def short(products: int = 1 << 30, held: int = 1 << 30) -> Device:
    card = by_numpy(Short)
    card.arrays.most_products, card.arrays.most_held = products, held  # type: ignore[attr-defined]
    return card


# ------------------------------------------------------------------------------------------------ results


@COMPARISONS
def test_a_run_on_a_device_equals_one_without_bit_for_bit(comparison: str) -> None:
    templates = template_set(faces(SUBJECTS, 48), comparison=comparison, failed=[3, 170])
    plain, screened = (all_pairs(templates, SUBJECTS, screening=way) for way in ("none", "float"))
    assert plain.floor > -math.inf
    assert content(screened) == content(plain)
    for options in ({}, {"threads": 3, "band_rows": 37, "block_columns": 1}, {"band_rows": 1}):
        assert content(on_device(by_numpy(), templates, SUBJECTS, **options)) == content(plain)


@COMPARISONS
@pytest.mark.parametrize("kind", KINDS)
def test_a_device_changes_no_bit_where_rounding_is_hard(kind: str, comparison: str) -> None:
    subjects, templates = some_subjects(60, 12), template_set(adversarial(kind), comparison=comparison)
    plain = all_pairs(templates, subjects, screening="none", keep=CAPPED)
    assert plain.floor > -math.inf
    assert content(on_device(by_numpy(), templates, subjects, keep=CAPPED)) == content(plain)


@COMPARISONS
def test_templates_of_many_lengths_give_the_same_scores(comparison: str) -> None:
    lengths = 10.0 ** np.random.default_rng(1).integers(-3, 4, (300, 1))
    templates = template_set(faces(SUBJECTS, 48) * lengths, comparison=comparison)
    plain = all_pairs(templates, SUBJECTS, screening="none", keep=CAPPED)
    assert plain.floor > -math.inf
    assert content(on_device(by_numpy(), templates, SUBJECTS, keep=CAPPED)) == content(plain)


@COMPARISONS
@pytest.mark.parametrize("references", ["sample", "subject"])
@pytest.mark.parametrize("kind", ["gallery", "search"])
def test_galleries_and_searches_give_the_same_scores(kind: Any, references: Any, comparison: str) -> None:
    plan = plans.build(data_set(SUBJECTS, roles=(range(200), range(150, 300))), kind, references=references)
    templates = template_set(faces(SUBJECTS, 48), comparison=comparison, failed=[3, 170])
    ways: list[dict[str, Any]] = [{"screening": "none"}, {"screening": "device", "device": by_numpy(), "band_rows": 50}]
    plain, found = (score(plan, templates, SUBJECTS, keep=TAIL, **way) for way in ways)
    assert content(found) == content(plain)


def test_searches_in_which_many_probes_are_hard_give_the_same() -> None:
    subjects = [f"s{i % 400:03d}" for i in range(420)]
    plan = plans.build(data_set(subjects, roles=(range(400), range(380, 420))), "search", references="sample")
    templates = template_set(faces(subjects, 6, alike=0.4), failed=[17])
    ways: list[dict[str, Any]] = [{"screening": "none"}, {"screening": "device", "device": by_numpy()}]
    plain, found = (score(plan, templates, subjects, keep=TAIL, **way) for way in ways)
    assert content(found) == content(plain)


def test_a_full_pass_gives_the_same_beside_a_device() -> None:
    templates = template_set(faces(SUBJECTS, 48))
    plain, found = (all_pairs(templates, SUBJECTS, full_pass=True, device=card) for card in (None, by_numpy()))
    assert content(found) == content(plain)


class Worst(ModuleArrays):
    """A card that errs as much as is assumed of one at most, always downwards."""

    def products(self, rows: Any, columns: Any) -> Any:
        x, y = rows.astype(np.float64), columns.astype(np.float64)
        lengths = np.linalg.norm(x, axis=1)[:, None] * np.linalg.norm(y, axis=1)
        lowest = x @ y.T - 0.999 * device.assumed_error(rows.shape[1], lengths)
        return np.nextafter(lowest.astype(np.float32), np.float32(np.inf))


@COMPARISONS
def test_a_card_that_errs_as_much_as_is_assumed_changes_no_bit(comparison: str) -> None:
    # Coarse numbers: many scores lie at the floor itself.
    templates = template_set(np.rint(faces(SUBJECTS, 48) * 16) / 16, comparison=comparison)
    plain = all_pairs(templates, SUBJECTS, screening="none")
    assert np.count_nonzero(plain.nonmated.values == np.float32(plain.floor)) > 20
    assert content(on_device(by_numpy(Worst), templates, SUBJECTS)) == content(plain)


@pytest.mark.parametrize(
    "kind", ["plain", "cancelling", "near duplicates", "of many lengths", "huge", "denormal", "one hot"]
)
def test_no_comparison_at_the_floor_is_passed_over(kind: str) -> None:
    vectors = attack(kind)
    grid = grid_of(plans.build(data_set([f"s{i}" for i in range(24)]), "all"), template_set(vectors))
    scale = power_of_two(float(grid.row_norms.max()))
    if not 2.0**-120 <= scale <= 2.0**120:
        assert kind == "denormal"
        return
    found = device_screen.screen_on(by_numpy(), grid, scale, 0.0)
    for i in range(0, 24, 3):
        for j in range(24):
            product = exact_product(vectors[i], vectors[j])
            least = float(product)
            least = math.nextafter(least, -math.inf) if least > product else least
            screen = Screen("device", found.sketches, found.basis, least, False)
            assert len(screen.open_cells(slice(i, i + 1), slice(j, j + 1))) == 1


def test_compiled_loops_change_no_bit_of_what_a_device_names(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba", reason="numba is not installed")
    for comparison in ("cosine", "euclidean"):
        templates = template_set(faces(SUBJECTS, 48), comparison=comparison)  # type: ignore[arg-type]
        found = []
        for using in (False, True):
            monkeypatch.setattr(compiled, "wanted", lambda _, using=using: using)
            found.append(content(on_device(by_numpy(), templates, SUBJECTS)))
        assert found[0] == found[1]


def test_one_thread_at_a_time_works_on_a_card() -> None:
    class Watched(ModuleArrays):
        def products(self, rows: Any, columns: Any) -> Any:
            assert card.lock.locked()
            inside.append(1)
            found = super().products(rows, columns)
            most.append(len(inside))
            inside.pop()
            return found

    inside: list[int] = []
    most: list[int] = []
    card = by_numpy(Watched)
    on_device(card, template_set(faces(SUBJECTS, 48)), SUBJECTS, threads=4, band_rows=5)
    assert len(most) > 50
    assert max(most) == 1


# ------------------------------------------------------------------------------------------------ choosing


def test_a_device_is_taken_whenever_a_screen_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    grid = grid_of(plans.build(data_set(SUBJECTS), "all"), template_set(faces(SUBJECTS, 48)))
    assert choosing.screen_of(grid, 0.5, device=by_numpy()) is None
    monkeypatch.setattr(choosing, "SMALL", 0)
    found = choosing.screen_of(grid, 0.5, device=by_numpy())
    assert found is not None
    assert found.on_card
    assert choosing.screen_of(grid, 0.5, "none", device=by_numpy()) is None


def test_a_screen_on_a_device_needs_one() -> None:
    grid = grid_of(plans.build(data_set(SUBJECTS), "all"), template_set(faces(SUBJECTS, 48)))
    with pytest.raises(ValueError, match="needs one"):
        choosing.screen_of(grid, 0.5, "device")


def test_a_device_names_few_cells_that_do_not_reach_the_floor() -> None:
    vectors = uneven(500, 128)
    grid = grid_of(plans.build(data_set([f"s{i}" for i in range(500)]), "all"), template_set(vectors))
    found = choosing.screen_of(grid, 0.3, "device", device=by_numpy())
    assert found is not None
    named = found.open_cells(slice(0, 250), slice(250, 500))
    reaching = np.flatnonzero(vectors[:250].astype(float) @ vectors[250:].astype(float).T >= 0.3)
    assert set(reaching) <= set(named)
    assert len(named) <= 1.02 * len(reaching) + 1


# ------------------------------------------------------------------------------------------------ memory


def test_memory_that_runs_out_makes_blocks_smaller_and_changes_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "LEAST_CELLS", 64)
    templates, card = template_set(faces(SUBJECTS, 48)), short(products=2000)
    found = on_device(card, templates, SUBJECTS, band_rows=40)
    assert content(found) == content(all_pairs(templates, SUBJECTS, screening="none"))
    assert 1000 < card.cells <= 2000


def test_blocks_are_narrower_where_many_scores_reach_the_floor() -> None:
    grid = grid_of(plans.build(data_set(SUBJECTS), "all"), template_set(uneven(300, 64)))
    widths = []
    for floor in (-0.9, 0.1, 0.9):
        found = choosing.screen_of(grid, floor, "device", device=by_numpy())
        assert found is not None
        first, *_, last = found.sketches.blocks(7, 1_000_000, 512)
        assert (first.start, last.stop) == (7, 1_000_000)
        widths.append(first.stop - first.start)
    # All of 1,024 rows: 512 columns are half a million.
    assert widths[0] == 512
    assert 512 < widths[1] < widths[2] == 65_536


def test_positions_stand_row_by_row_however_a_block_is_cut() -> None:
    numbers = np.random.default_rng(2).standard_normal((50, 9)).astype(np.float32)
    limits = np.linspace(-1, 2, 50).astype(np.float32)
    found = by_numpy(cells=50 * 7).reaching(numbers, numbers, limits)
    assert found.tolist() == np.flatnonzero(numbers @ numbers.T >= limits).tolist()


def test_a_card_without_memory_for_the_smallest_block_says_so() -> None:
    with pytest.raises(MachineError, match=r"no memory left for 4,096 products.*--device cpu") as problem:
        on_device(short(products=10), template_set(faces(SUBJECTS, 48)), SUBJECTS)
    assert (problem.value.code, problem.value.exit_code) == ("device_memory", 6)


def test_memory_that_runs_out_inside_a_library_makes_blocks_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    class Cramped(ModuleArrays):
        def products(self, rows: Any, columns: Any) -> Any:
            if len(columns) > 20:
                raise RuntimeError("CUBLAS_STATUS_ALLOC_FAILED")
            return super().products(rows, columns)

    monkeypatch.setattr(device, "LEAST_CELLS", 1)
    numbers = np.eye(50, dtype=np.float32)
    found = by_numpy(Cramped).reaching(numbers, numbers, np.ones(50, np.float32))
    assert found.tolist() == list(range(0, 2500, 51))


def test_a_card_without_memory_for_the_templates_says_so() -> None:
    with pytest.raises(MachineError, match="no memory left for 300 templates of 48 numbers"):
        on_device(short(held=1000), template_set(faces(SUBJECTS, 48)), SUBJECTS)


def test_a_forecast_states_the_memory_of_the_card() -> None:
    plan = plans.build(data_set(SUBJECTS), "all")
    assert "card_bytes" not in forecast(plan, 512)
    assert forecast(plan, 512, device="cuda")["card_bytes"] == 0
    large = plans.build(data_set([f"s{i}" for i in range(6000)]), "all")
    assert card_bytes(large, 512) >= 6000 * 512 * 4
    assert card_bytes(large, 1024) - card_bytes(large, 512) == 6000 * 512 * 4


# ------------------------------------------------------------------------------------------------ trust


class Rounding(ModuleArrays):
    """A card that rounds factors to so many bits of mantissa, as TF32 does to 10."""

    bits = 10

    def products(self, rows: Any, columns: Any) -> Any:
        keep = 1 << (23 - self.bits)
        near = [
            ((side.view(np.uint32) + np.uint32(keep // 2)) & np.uint32(2**32 - keep)).view(np.float32)
            for side in (np.ascontiguousarray(rows), np.ascontiguousarray(columns))
        ]
        return near[0] @ near[1].T


class Coarser(Rounding):
    bits = 7


class Finer(Rounding):
    """Two parts of 8 bits, added."""

    bits = 15


class Forgetful(ModuleArrays):
    """A card that misses products that equal their limit."""

    def reaching(self, products: Any, limits: np.ndarray) -> np.ndarray:
        return np.flatnonzero(products > limits)


@pytest.mark.parametrize("kind", [Rounding, Coarser, Finer])
def test_a_card_that_rounds_factors_is_refused(kind: type[ModuleArrays]) -> None:
    with pytest.raises(MachineError, match=r"TF32.*CUPY_TF32.*--device cpu") as problem:
        device.refuse_inexact(by_numpy(kind))
    assert (problem.value.code, problem.value.exit_code) == ("device_inexact", 6)


def test_a_card_that_misses_cells_is_refused() -> None:
    with pytest.raises(MachineError, match="does not name the products that reach a limit"):
        device.refuse_inexact(by_numpy(Forgetful))


def test_a_card_of_full_precision_is_taken() -> None:
    device.refuse_inexact(by_numpy())


def test_what_breaks_on_a_card_is_one_sentence() -> None:
    class Broken(ModuleArrays):
        def products(self, rows: Any, columns: Any) -> Any:
            raise RuntimeError("CUDA error: unspecified launch failure\nCompile with ...")

    with pytest.raises(MachineError, match="NumPy failed: CUDA error: unspecified launch failure; the same") as problem:
        on_device(by_numpy(Broken), template_set(faces(SUBJECTS, 48)), SUBJECTS)
    assert problem.value.code == "device_failed"


# ------------------------------------------------------------------------------------------------ opening


def test_the_processor_is_no_device() -> None:
    with device.opened("cpu") as card:
        assert card is None


def test_without_a_library_the_reason_and_the_remedy_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "find_spec", lambda _: None)
    with pytest.raises(MachineError, match=r"CuPy is not installed; PyTorch is not installed; pip install") as problem:
        device.opened("cuda").__enter__()
    assert (problem.value.code, problem.value.exit_code) == ("device_missing", 6)


def test_a_library_that_fails_to_start_is_passed_over_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> Any:
        raise OSError("libcublas.so.12: cannot open shared object file")

    monkeypatch.setattr(device, "_cupy", fails)
    monkeypatch.setattr(device, "_torch", lambda: ModuleArrays(np, "NumPy"))
    with device.opened("cuda") as card:
        assert card is not None
        assert card.arrays.name == "NumPy"
    assert device.available()[1] == ["CuPy libcublas.so.12: cannot open shared object file"]


def test_a_card_that_cannot_be_trusted_is_refused_when_it_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "_cupy", lambda: Rounding(np, "NumPy"))
    with pytest.raises(MachineError, match="TF32"):
        device.opened("cuda").__enter__()


# ------------------------------------------------------------------------------------------------ libraries


def same_on(card: Device) -> None:
    """All pairs, and searches, by cosine and Euclidean distance, are those without a device."""
    for comparison in ("cosine", "euclidean"):
        templates = template_set(faces(SUBJECTS, 48), comparison=comparison, failed=[3])  # type: ignore[arg-type]
        for kind in ("all", "search"):
            roles = None if kind == "all" else (range(200), range(150, 300))
            plan = plans.build(data_set(SUBJECTS, roles=roles), kind, references="sample")  # type: ignore[arg-type]
            ways: list[dict[str, Any]] = [{"screening": "none"}, {"screening": "device", "device": card, "threads": 3}]
            plain, found = (score(plan, templates, SUBJECTS, keep=TAIL, **way) for way in ways)
            assert content(found) == content(plain)


@pytest.fixture
def pytorch() -> Iterator[Device]:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    arrays = TorchArrays(torch, "cpu", "PyTorch")
    with arrays.full_precision():
        yield Device(arrays)


def test_pytorch_gives_the_same_and_is_trusted(pytorch: Device) -> None:
    device.refuse_inexact(pytorch)
    same_on(pytorch)


def test_pytorch_leaves_its_precision_as_it_was(pytorch: Device) -> None:
    before = pytorch.arrays.torch.get_float32_matmul_precision()  # type: ignore[attr-defined]
    with pytorch.arrays.full_precision():
        pass
    assert pytorch.arrays.torch.get_float32_matmul_precision() == before  # type: ignore[attr-defined]


def test_a_cuda_device_gives_the_same() -> None:
    if device.available()[0] is None:
        pytest.skip("no CUDA device")
    with device.opened("cuda") as card:
        assert card is not None
        same_on(card)
        for kind in KINDS:
            subjects, templates = some_subjects(60, 12), template_set(adversarial(kind))
            plain = all_pairs(templates, subjects, screening="none", keep=CAPPED)
            assert content(on_device(card, templates, subjects, keep=CAPPED)) == content(plain)
