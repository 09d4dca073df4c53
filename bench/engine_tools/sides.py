"""One side of bench/engine.py in a process of its own: `python sides.py SIDE TEMPLATES.npy COUNT` prints JSON.

The engine's side is everything from templates to the score set. The product's sides multiply the same blocks in
float32 and count nothing. What each side needs is loaded, and called once on little, before the watch starts.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from watch import Watch

THREADS = 2
SEED = 20260101
SAMPLES_A_SUBJECT = 5
"""As bench/engine.py makes them."""


def subjects_of(count: int) -> list[str]:
    """The subject of each template."""
    return [f"s{i // SAMPLES_A_SUBJECT:06d}" for i in range(count)]


def engine(path: str, count: int, largest_fmr: float = 1e-3) -> dict[str, Any]:
    """The engine, from templates in a mapped file to a score set."""
    import numpy as np

    from fr_bench.comparison import choosing, compiled, memory
    from fr_bench.comparison.engine import score
    from fr_bench.comparison.keep import KeepPolicy

    rows = np.load(path, mmap_mode="r")[:count]
    before = choosing.SMALL, compiled.WORTH_LOADING
    choosing.SMALL = compiled.WORTH_LOADING = 0
    few = KeepPolicy(everything_up_to=0)
    plan, held, subjects = planned(np.array(rows[:400]))
    score(plan, held, subjects, keep=few, threads=THREADS)
    choosing.SMALL, compiled.WORTH_LOADING = before
    plan, held, subjects = planned(rows)
    # The file stands in memory before the watch starts, as the templates of other sides do.
    rows.max()
    policy = KeepPolicy(everything_up_to=0, largest_fmr=largest_fmr)
    watch = Watch()
    found = score(plan, held, subjects, keep=policy, threads=THREADS)
    needed = memory.memory_needed(plan, rows.shape[1], policy=policy, threads=THREADS)
    return watch.seen() | {"kept": len(found.nonmated), "made": found.nonmated_made, "forecast": needed,
                           "numba": compiled.loop() is not None}  # fmt: skip


def rare(path: str, count: int) -> dict[str, Any]:
    """The engine where FMR 1e-6 is the largest that is asked for."""
    return engine(path, count, 1e-6)


def planned(rows: Any) -> tuple[Any, Any, list[str]]:
    """All pairs of these templates."""
    from fr_bench.comparison import plan as plans
    from fr_bench.findings import RecognizerSummary
    from fr_bench.records import Card, Dataset, TemplateSet

    count, dimension = rows.shape
    ids, subjects = tuple(f"{i:06d}" for i in range(count)), subjects_of(count)
    data = Dataset(name="made", format="folder", card=Card(name="made", format="folder", root=Path()), sample_ids=ids,
                   subjects=tuple(subjects), sources=(None,) * count)  # fmt: skip
    summary = RecognizerSummary(name="made", version="1", digest="", provider="cpu", batch_size=1,
                                dimension=dimension, comparison="cosine")  # fmt: skip
    held = TemplateSet(vectors=rows, sample_ids=ids, failures={}, comparison="cosine", recognizer=summary)
    return plans.build(data, "all"), held, subjects


def blocks(count: int) -> list[tuple[slice, slice]]:
    """Blocks of 1,024 rows and 2,048 columns that hold the upper triangle."""
    return [
        (slice(top, min(top + 1024, count)), slice(left, min(left + 2048, count)))
        for left in range(0, count, 2048)
        for top in range(0, min(left + 2048, count), 1024)
    ]


def multiplied(rows: Any, multiply: Callable[[tuple[slice, slice], Any], None]) -> dict[str, Any]:
    """All blocks, one a thread, each into memory of its thread."""
    from concurrent.futures import ThreadPoolExecutor
    from threading import local

    import numpy as np
    import threadpoolctl

    own = local()

    def one(block: tuple[slice, slice]) -> None:
        if not hasattr(own, "out"):
            own.out = np.empty(1024 * 2048, np.float32)
        height, width = (side.stop - side.start for side in block)
        multiply(block, own.out[: height * width].reshape(height, width))

    with threadpoolctl.threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(one, blocks(len(rows))[:4]))
        watch = Watch()
        list(pool.map(one, blocks(len(rows))))
        return watch.seen()


def numpy_product(path: str, count: int) -> dict[str, Any]:
    """Bare float32 products by NumPy, with the kernels that suit the processor."""
    import numpy as np

    rows = np.array(np.load(path, mmap_mode="r")[:count])

    def multiply(block: tuple[slice, slice], out: Any) -> None:
        np.matmul(rows[block[0]], rows[block[1]].T, out=out)

    return multiplied(rows, multiply)


def onnx_product(path: str, count: int) -> dict[str, Any]:
    """Bare float32 products by onnxruntime's MatMul; the columns of a block are a constant of a session made before."""
    import numpy as np
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    rows = np.array(np.load(path, mmap_mode="r")[:count])
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = options.enable_mem_pattern = False

    def session(columns: slice) -> Any:
        across = rows[columns]
        ends = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", width])
            for name, width in (("a", rows.shape[1]), ("y", len(across)))
        ]
        graph = helper.make_graph([helper.make_node("MatMul", ["a", "b"], ["y"])], "product", ends[:1], ends[1:],
                                  [numpy_helper.from_array(np.ascontiguousarray(across.T), "b")])  # fmt: skip
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
        return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])

    sessions = {block[1].start: block[1] for block in blocks(count)}
    by_columns = {start: session(columns) for start, columns in sessions.items()}

    def multiply(block: tuple[slice, slice], out: Any) -> None:
        bound = by_columns[block[1].start].io_binding()
        bound.bind_cpu_input("a", rows[block[0]])
        bound.bind_output("y", "cpu", 0, np.float32, out.shape, out.ctypes.data)
        by_columns[block[1].start].run_with_iobinding(bound)

    return multiplied(rows, multiply)


def scikit_learn(path: str, count: int) -> dict[str, Any]:
    """scikit-learn's cosine product of all with all, and a split into mated and nonmated scores."""
    import numpy as np
    from sklearn.metrics.pairwise import cosine_similarity

    rows, subjects = np.array(np.load(path, mmap_mode="r")[:count]), subjects_of(count)
    codes = np.unique(subjects, return_inverse=True)[1]
    cosine_similarity(rows[:50])
    watch = Watch()
    scores = cosine_similarity(rows)
    right = np.triu(np.ones(scores.shape, bool), 1)
    same = codes[:, None] == codes[None, :]
    mated, nonmated = scores[same & right], scores[~same & right]
    return watch.seen() | {"kept": len(nonmated), "mated": len(mated)}


def classes(count: int) -> tuple[Any, Any]:
    """Mated and nonmated scores, one in eleven mated."""
    import numpy as np

    rng = np.random.default_rng(SEED)
    mated, nonmated = rng.standard_normal(count // 11), rng.standard_normal(count - count // 11)
    mated += 4
    return mated, nonmated


def metrics(_: str, count: int, *, in_place: bool = False) -> dict[str, Any]:
    """ROC, DET, EER and FNMR at five FMRs of scores in memory, which are left as they are, or sorted where they lie."""
    from fractions import Fraction

    from fr_bench.metrics.curves import trade
    from fr_bench.metrics.equal_error import eer
    from fr_bench.metrics.scores import SortedScores
    from fr_bench.metrics.verification import fnmr_at_fmr

    def answer(mated: Any, nonmated: Any) -> float:
        ordered = SortedScores.from_arrays(mated, nonmated, in_place=in_place)
        trade(ordered)
        for target in ("1e-1", "1e-2", "1e-3", "1e-4", "1e-5"):
            fnmr_at_fmr(ordered, Fraction(target))
        return float(eer(ordered).mean)

    answer(*classes(1_500_000))
    both = classes(count)
    watch = Watch()
    found = answer(*both)
    return watch.seen() | {"eer": found, "input": sum(side.nbytes for side in both)}


def metrics_in_place(_: str, count: int) -> dict[str, Any]:
    """The same, where the caller needs the scores no more."""
    return metrics(_, count, in_place=True)


def sorts(_: str, count: int) -> dict[str, Any]:
    """Two sorts of the same scores."""
    import numpy as np

    mated, nonmated = classes(count)
    watch = Watch()
    np.sort(mated), np.sort(nonmated)
    return watch.seen()


SIDES = {"engine": engine, "rare": rare, "numpy": numpy_product, "onnxruntime": onnx_product,
         "scikit-learn": scikit_learn, "metrics": metrics, "metrics-in-place": metrics_in_place,
         "sorts": sorts}  # fmt: skip


if __name__ == "__main__":
    import fr_bench  # noqa: F401 - sets what must be set before numpy is imported

    print(json.dumps(SIDES[sys.argv[1]](sys.argv[2], int(sys.argv[3]))))
