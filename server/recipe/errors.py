"""What was asked for and cannot be."""


class Fault(ValueError):
    """Something that cannot be, in a sentence. `field` names the input at fault."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field
