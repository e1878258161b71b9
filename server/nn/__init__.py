"""The mathematics of a convolutional network and of its training: pure functions of NumPy arrays."""
