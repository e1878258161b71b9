"""The NumPy lens: installed source that is run again under a tracer, and plain loops beside it."""
