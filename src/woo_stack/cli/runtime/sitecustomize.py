"""What Lambda's Python runtime does to logging and the emulator does not: records as lines of JSON, extras included.

Python imports this module by its name when it starts, and the emulator's functions start with its folder on their
path. https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
"""

import json
import logging
import os


class JsonLines(logging.Formatter):
    """One JSON object a record, as Lambda writes it for ``LogFormat: JSON``."""

    known = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}

    def format(self, record: logging.LogRecord) -> str:
        """The record's time, level, message and extras."""
        fields = {
            "timestamp": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            **{name: value for name, value in vars(record).items() if name not in self.known},
        }
        if record.exc_info:
            fields["stackTrace"] = self.formatException(record.exc_info).splitlines()
        return json.dumps(fields, default=str)


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    lines = logging.StreamHandler()
    lines.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[lines])
