"""Where every number of an iteration comes from."""
