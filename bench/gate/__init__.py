"""Does a gate cry wolf, and does it hear one? Measured on made-up runs: `python -m bench.gate`."""
