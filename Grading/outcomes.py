"""A pytest plugin: marks in the report what the score leaves out, with the reason."""

import parable
import pytest


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if hasattr(report, "wasxfail"):
        # Expected to fail by the suite's authors: whether it does says nothing.
        item.user_properties.append(("left out", "expected to fail by the suite"))
    elif call.excinfo is not None and call.excinfo.errisinstance(parable.NotBridged):
        report.outcome = "skipped"
        report.longrepr = (str(item.path), None, f"Skipped: {call.excinfo.value}")
        item.user_properties.append(("not bridged", str(call.excinfo.value)))
    report.user_properties = list(item.user_properties)
