"""Functions of the emulator log as on Lambda: a line of JSON a record, with its extras; other programs do not."""

import json
import os
import subprocess
import sys
from pathlib import Path

import woo_stack.cli

RUNTIME = Path(woo_stack.cli.__file__).parent / "runtime"
PROGRAM = """
import logging
logging.getLogger("shop").info("read %s", "orders", extra={"status": 203})
logging.getLogger("shop").debug("unheard")
try: 1 / 0
except ZeroDivisionError: logging.getLogger("shop").exception("broke")
"""


def records(**environment: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={"PYTHONPATH": str(RUNTIME), "PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stderr.splitlines()


def test_a_function_logs_lines_of_json() -> None:
    told, broke = map(json.loads, records(AWS_LAMBDA_FUNCTION_NAME="reader"))
    assert (told["level"], told["message"], told["logger"], told["status"]) == ("INFO", "read orders", "shop", 203)
    assert (broke["level"], broke["message"]) == ("ERROR", "broke")
    assert broke["stackTrace"][-1] == "ZeroDivisionError: division by zero"


def test_other_programs_log_as_ever() -> None:
    assert records()[0] == "broke"
