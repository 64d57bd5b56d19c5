"""What all errors of this library are; it imports nothing, so that a command can name it at no cost."""


class WooStackError(Exception):
    """Input that cannot be used. Its text is one sentence that names the field, the value and what is allowed."""
