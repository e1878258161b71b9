"""From a drawing or a photo to an input."""
