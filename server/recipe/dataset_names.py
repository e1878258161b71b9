"""The names of data sets that a recipe takes."""

from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from server.data import BuiltIn
from server.data.uploads.upload import UPLOAD_NAME


def _upload_name(name: str) -> str:
    if not UPLOAD_NAME.fullmatch(name):
        raise PydanticCustomError("own_name", "Input should be own: with 16 hexadecimal digits")
    return name


UploadName = Annotated[
    str,
    AfterValidator(_upload_name),
    WithJsonSchema({"type": "string", "pattern": f"^{UPLOAD_NAME.pattern}$"}),
]
"""The name of an uploaded data set, made from its content."""
DatasetName = BuiltIn | UploadName
