"""The errors that a person can cause with data. Each message is a sentence that says what to do."""


class DataUnavailable(Exception):
    """A data set whose files are missing, damaged, or cannot be downloaded."""


class PictureError(ValueError):
    """A file that is no usable picture, or a picture without a usable digit."""


class UploadError(ValueError):
    """Uploaded files that cannot become a data set."""
