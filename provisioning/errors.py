"""What can stop provisioning, each with a stable code and the exit code of the command line."""

from __future__ import annotations


class ProvisioningError(Exception):
    """Stops the command; the message is one clear sentence without personal data."""

    exit_code = 2

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class RefusedError(ProvisioningError):
    """The delivery or the configuration cannot be used, or a guard stopped the run: nothing was changed."""


class UnreachableError(ProvisioningError):
    """A system does not answer; the same command, run again, finishes the job."""

    exit_code = 3
