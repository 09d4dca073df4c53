"""Mutation testing of the measures and intervals: small wrong changes, each of which a fast test must notice."""
