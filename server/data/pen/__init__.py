"""Handwriting of our own: strokes, and the digits that they make."""
