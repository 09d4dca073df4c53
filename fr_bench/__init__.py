"""fr_bench: measures face recognition algorithms and says what the numbers prove."""

from fr_bench import environment as _environment

_environment.prepare()

__version__ = "0.1.0"
