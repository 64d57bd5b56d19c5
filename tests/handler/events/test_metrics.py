"""Metrics: one line that CloudWatch reads as its Embedded Metric Format."""

import json
import time


def test_a_line_says_what_is_a_metric_and_of_which_function(handler, function_name, capsys):
    before = time.time() * 1000
    handler.emit(Stored=3, Lag=[0.5, 2])
    (line,) = capsys.readouterr().out.splitlines()
    written = json.loads(line)
    about = written.pop("_aws")
    assert written == {"FunctionName": function_name, "Stored": 3, "Lag": [0.5, 2]}
    assert before - 1 <= about.pop("Timestamp") <= time.time() * 1000
    assert about == {
        "CloudWatchMetrics": [
            {
                "Namespace": "woo-stack",
                "Dimensions": [["FunctionName"]],
                "Metrics": [{"Name": "Stored", "Unit": "Count"}, {"Name": "Lag", "Unit": "Seconds"}],
            }
        ]
    }


def test_nothing_to_say_is_no_line(handler, capsys):
    handler.emit()
    assert capsys.readouterr().out == ""
