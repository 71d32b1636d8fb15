"""`python -m benchmarks [NAME [OPTIONS]]`: one benchmark, or all of them as they are run without options."""

from __future__ import annotations

import sys

import click

from benchmarks.matching import matching
from benchmarks.messages import messages
from benchmarks.provisioning_delta import provisioning_delta
from benchmarks.provisioning_growth import provisioning_growth
from benchmarks.provisioning_writes import provisioning_writes
from benchmarks.run import finish

BENCHMARKS = (matching, messages, provisioning_delta, provisioning_growth, provisioning_writes)


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def benchmarks(context: click.Context) -> None:
    """Measure the product beside its peers. Exit code 1 when a goal is missed."""
    if context.invoked_subcommand is None:
        reports = [context.invoke(command) for command in BENCHMARKS]
        finish(reports)


@benchmarks.result_callback()
def _finish(report: object) -> None:
    if report is not None:
        finish([report])


for command in BENCHMARKS:
    benchmarks.add_command(command)

if __name__ == "__main__":
    sys.exit(benchmarks())
