"""Data sets that people upload: read from a zip of pictures or a CSV file, and kept in the user's cache."""
