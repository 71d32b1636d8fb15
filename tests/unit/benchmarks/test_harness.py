"""What `make bench` makes of durations, and that a benchmark walks through at a small size."""

from __future__ import annotations

import json
import os
import time
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from benchmarks import calm, provisioning_delta, run
from benchmarks.__main__ import BENCHMARKS, benchmarks
from benchmarks.calm import calmly
from benchmarks.measuring import Timings, timed
from benchmarks.report import Figure, Goal, Report, middle
from tests.integration.bridge.smsc import DRIVE_SMPP
from tests.support.postgres import PostgresServer
from tests.support.timing import can_be_told_apart, distance

MS = 1_000_000


def _of_ms(*durations: float) -> Timings:
    return Timings(tuple(int(each * MS) for each in durations))


def test_percentiles_are_durations_that_were_measured() -> None:
    timings = _of_ms(*range(1, 101))
    assert [timings.percentile_ms(percent) for percent in (1, 50, 99, 100)] == [1, 50, 99, 100]
    assert _of_ms(3, 1, 2).percentile_ms(99) == 3, "of few calls it is the slowest"


def test_a_rate_is_that_of_one_caller() -> None:
    assert (_of_ms(1) + _of_ms(3)).per_second == pytest.approx(500)


def test_slow_calls_end_with_their_time_and_one_is_always_made() -> None:
    clock = partial(next, count(step=600 * MS))
    made: list[int] = []
    assert len(timed(made.append, range(50), limit_s=2, clock=clock).samples) == len(made) == 2
    assert len(timed(made.append, range(50), limit_s=0, clock=clock).samples) == 1


def test_a_report_compares_what_was_measured_at_the_same_size_and_keeps_it(tmp_path: Path) -> None:
    report = Report("sample", "customers", {})
    report.add("ours", 10, _of_ms(1, 1))
    report.add("ours", 20, _of_ms(1))
    report.add("peer", 10, _of_ms(4))
    report.compare("ours", "peer")
    report.goals += [Goal("reached", 1, 2), Goal("missed", 3, 2)]
    kept = json.loads(report.write(tmp_path).read_text())
    assert [(one["size"], one["times"]) for one in kept["ratios"]] == [(10, 4.0)]
    assert [one["holds"] for one in kept["goals"]] == [True, False]
    assert kept["machine"]["processor"]
    assert not report.holds


def test_matching_is_measured_on_both_engines_and_shown_with_its_goals(
    postgres: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    console = Console(record=True, width=160)
    monkeypatch.setattr(run, "RESULTS", tmp_path)
    monkeypatch.setattr(run, "console", console)
    options = ["matching", "--customers", "300,600", "--lookups", "100", "--no-keycloak"]
    done = CliRunner().invoke(benchmarks, options)
    assert done.exit_code in (0, 1), done.output
    (kept,) = (json.loads(file.read_text()) for file in tmp_path.iterdir())
    measured = {(one["what"], one["size"], one["calls"]) for one in kept["figures"]}
    assert measured == {
        (f"{way}: directory on {engine}", size, 100)
        for way in ("by contact", "by tax code")
        for engine in ("PostgreSQL", "SQLite")
        for size in (300, 600)
    }
    assert len(kept["goals"]) == 4
    assert "p99 with 600 customers" in console.export_text()


@pytest.mark.skipif(not DRIVE_SMPP.exists(), reason="Kannel's SMSC is not installed (Debian: kannel-extras)")
def test_messages_are_measured_singly_and_in_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "RESULTS", tmp_path)
    options = [
        "messages",
        "--messages",
        "30",
        "--rounds",
        "1",
        "--workers",
        "1",
        "--engines",
        "SQLite",
        "--codes-for",
        "0",
    ]
    done = CliRunner().invoke(benchmarks, [*options, "--no-kannel"])
    assert done.exit_code == 0, done.output
    (kept,) = (json.loads(file.read_text()) for file in tmp_path.iterdir())
    ways = ("single posts, 16 connections", "single posts, 64 connections", "batches")
    assert {(one["what"], one["calls"]) for one in kept["figures"]} == {
        (f"SQLite, {way}: {what}", 30) for way in ways for what in ("accepted", "sent")
    }


def test_of_several_rounds_the_one_in_the_middle_is_told() -> None:
    rates = {("ours", 1): [5.0, 1.0, 3.0], ("ours", 4): [2.0, 4.0], ("peer", 1): [7.0]}
    figures = [Figure(what, size, 10, rate, 0.0, 0.0) for (what, size), found in rates.items() for rate in found]
    told = {(one.what, one.size): one.per_second for one in middle(figures)}
    assert told == {("ours", 1): 3.0, ("ours", 4): 2.0, ("peer", 1): 7.0}


def test_every_benchmark_says_what_it_measures() -> None:
    for command in BENCHMARKS:
        shown = CliRunner().invoke(benchmarks, [str(command.name), "--help"]).output
        assert str(command.help) in shown


def test_sizes_that_are_no_numbers_are_refused() -> None:
    done = CliRunner().invoke(benchmarks, ["matching", "--customers", "many"])
    assert done.exit_code == 2
    assert "is not a list of numbers" in done.output


def test_two_groups_of_durations_are_told_apart_only_when_they_differ() -> None:
    one = [float(number % 10) for number in range(200)]
    assert distance(one, one) == 0
    assert distance([1.0, 2.0], [3.0, 4.0]) == 1
    assert not can_be_told_apart(one, list(reversed(one)), error=1e-4)
    assert can_be_told_apart(one, [each + 3 for each in one], error=1e-4)


def test_deliveries_that_hardly_differ_are_measured_in_parts_that_go_on_from_each_other(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(provisioning_delta, "in_a_process", provisioning_delta.sync)
    kept = ["--work", str(tmp_path / "work"), "--database", postgres.new_url()]
    for options in (["--customers", "20", "--take-in-only"], ["--customers", "30", "--no-reread"]):
        done = CliRunner().invoke(benchmarks, ["provisioning-delta", *kept, *options])
        assert done.exit_code == 0, done.output
    reports = sorted((tmp_path / "results").iterdir(), key=lambda file: file.stat().st_mtime_ns)
    told = json.loads(reports[-1].read_text())["options"]
    assert told["the delivery grown, 30"]["rows_written"] < told["the delivery grown, 30"]["rows"]
    assert told["the same files, 30"]["rows_written"] == told["the same rows in another order, 30"]["rows_written"] == 0
    assert told["1 % changed, 30"]["rows_written"] > 0


def test_what_others_disturbed_is_measured_again_and_the_calmest_try_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def told_of(stolen_s: list[float]) -> tuple[list[float], int]:
        report, clock, stolen, tries = Report("b", "n", {}), [0.0], [0.0], [0]

        def measure(number: int) -> None:
            assert number == tries[0]
            tries[0] += 1
            report.add("ours", number, Timings((1,)))
            clock[0] += 10.0
            stolen[0] += stolen_s[number]

        with monkeypatch.context() as patched:
            patched.setattr("benchmarks.calm.time.perf_counter", lambda: clock[0])
            patched.setattr("benchmarks.calm.os.cpu_count", lambda: 2)
            patched.setattr("benchmarks.calm._stolen_s", lambda: stolen[0])
            calmly(report, measure)
        return [one.size for one in report.figures], tries[0]

    assert told_of([0.2]) == ([0], 1)
    assert told_of([5.0, 0.6]) == ([1], 2)
    assert told_of([5.0, 2.0, 4.0, 3.0]) == ([1], 4)


def test_what_was_stolen_is_seconds_and_grows() -> None:
    assert 0 <= calm._stolen_s() <= time.clock_gettime(time.CLOCK_BOOTTIME) * (os.cpu_count() or 1)
