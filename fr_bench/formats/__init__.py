"""One file a data-set layout: `read(card) -> Dataset`."""
