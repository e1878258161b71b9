"""The contract: the messages, their encoding, and the browser's types."""
