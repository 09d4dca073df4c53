"""fr_bench: measures face recognition algorithms the way a testing laboratory does.

    fr_bench.run(config)                      the whole pipeline, as `frbench run`
    fr_bench.evaluate(mated=..., nonmated=...)   measure scores that exist already
    fr_bench.load_result(path)                read what a run wrote

Names are loaded on first use: importing the package costs nothing and loads neither numpy nor onnxruntime.
"""

from typing import TYPE_CHECKING, Any

from fr_bench import environment as _environment

_environment.prepare()

if TYPE_CHECKING:
    from fr_bench.findings import Interval, Measure, Measurement, Proportion, Result
    from fr_bench.pipeline import evaluate, load_result, run

__version__ = "0.1.0"
__all__ = [
    "Interval",
    "Measure",
    "Measurement",
    "Proportion",
    "Result",
    "__version__",
    "evaluate",
    "load_result",
    "run",
]

_HOMES = {
    "run": "pipeline", "evaluate": "pipeline", "load_result": "pipeline",
    "Interval": "findings", "Measure": "findings", "Measurement": "findings",
    "Proportion": "findings", "Result": "findings",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f"fr_bench.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'fr_bench' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
