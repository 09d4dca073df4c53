"""One file a family of measures: pure functions on arrays, and `MEASURES`."""
