"""`python -m fr_bench` is `frbench`."""

from fr_bench.cli import main

main()
