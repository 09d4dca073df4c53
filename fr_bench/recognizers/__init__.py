"""One file a recognizer family: `load(options) -> Recognizer`."""
