"""Event streams as bytes, and how the OpenAPI document describes them.

`fastapi.sse` validates and encodes an event again for each stream, which costs up to 0.8 ms. Here, an event
that many streams send is encoded once.
"""

from typing import Any

from pydantic import BaseModel
from starlette.responses import StreamingResponse

ALIVE_SECONDS = 1
"""The time without another event after which a stream sends `alive`. After four seconds without an event, a
page treats the connection as lost."""


class EventStream(StreamingResponse):
    """A stream of server-sent events.

    The route describes its events with a message: `responses=described(PlayerEvents)`. Each field of the
    message is an event; its type is the type of the event's data.
    """

    media_type = "text/event-stream"


def described(events: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    """The responses of a route whose stream has these events."""
    return {200: {"model": events}}


def event(name: str, data: bytes, id: int | None = None) -> bytes:
    """One encoded event. `data` is JSON on one line."""
    head = f"event: {name}\n" if id is None else f"event: {name}\nid: {id}\n"
    return b"%bdata: %b\n\n" % (head.encode(), data)


ALIVE = event("alive", b"{}")
ENDED = event("ended", b"{}")


def describe_events(document: dict[str, Any]) -> None:
    """Describe each event of the streams of an OpenAPI document, and their errors as JSON. In place.

    FastAPI describes the model of a stream as its whole body, and its errors as streams.
    """
    schemas = document["components"]["schemas"]
    for path in document["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                content = response.get("content", {})
                model = content.get(EventStream.media_type, {}).pop("schema", None)
                if model is None or "$ref" not in model:
                    continue
                if status == "200":
                    events = schemas[model["$ref"].rpartition("/")[2]]["properties"]
                    content[EventStream.media_type]["itemSchema"] = {
                        "oneOf": [_described(name, data) for name, data in events.items()]
                    }
                else:
                    response["content"] = {"application/json": {"schema": model}}


def _described(name: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "event": {"const": name},
            "id": {"type": "string"},
            "data": {"type": "string", "contentMediaType": "application/json", "contentSchema": data},
        },
        "required": ["event", "data"],
    }
