"""What stays on disk: the template cache, score arrays, run folders and their locks."""
