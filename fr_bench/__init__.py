"""fr_bench: measures face recognition algorithms and says what the numbers prove."""

__version__ = "0.1.0"
