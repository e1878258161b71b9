"""The installed source, run once more under a tracer."""
