"""From templates to scores: the plan, references made of several samples, and the engine."""
