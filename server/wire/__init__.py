"""The contract: the messages, how numbers become messages, and the browser's types."""
