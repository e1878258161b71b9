"""The errors that a person can cause with data. Each message is a sentence that says what to do."""

from server.errors import Refusal


class DataUnavailable(Refusal):
    """A data set whose files are missing, damaged, or cannot be downloaded."""

    code = "no_data"
    field = "dataset"


class PictureError(Refusal):
    """A file that is no usable picture, or a picture without a usable digit."""

    code = "picture"


class UploadError(Refusal):
    """Uploaded files that cannot become a data set."""

    code = "unusable"
