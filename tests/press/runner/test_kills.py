"""Commands that write, killed at random moments: nothing is broken or mixed, and what is left is named."""

import importlib.util
from pathlib import Path

import pytest


@pytest.mark.slow
def test_killed_commands_leave_nothing_broken_mixed_or_unnamed(tmp_path):
    found = importlib.util.spec_from_file_location("kills", Path(__file__).with_name("kills.py"))
    assert found is not None
    assert found.loader is not None
    kills = importlib.util.module_from_spec(found)
    found.loader.exec_module(kills)
    bench = kills.Bench(tmp_path, ["adjudicate", "reconstruct", "template"])
    assert kills.kill_in_turn(bench, 9, seed=3) == []
