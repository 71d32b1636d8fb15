"""Errors of the command line: one sentence each, with the remedy, and the exit code of DESIGN's table."""

from __future__ import annotations


class AreaClientiError(Exception):
    """Something a person can put right; the text is shown as it is, without a stack trace."""

    exit_code = 2


class PrerequisiteError(AreaClientiError):
    """A program this needs is missing or too old."""


class PortInUseError(AreaClientiError):
    """Another program listens where a part of the stack should."""


class BuildError(AreaClientiError):
    """A build step failed; the text names its log."""


class BrandFolderError(AreaClientiError):
    """A brand cannot be used as it is; the text names the folder or the file."""


class StackError(AreaClientiError):
    """A part of the stack did not start or stopped by itself."""

    exit_code = 3
