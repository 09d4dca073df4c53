"""One file a layout of score files: `read(path, columns) -> ScoreSet`."""
