"""A convolution's numbers, window by window."""
