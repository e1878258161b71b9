"""A run in time: its history, what is kept of it, how it is evaluated."""
