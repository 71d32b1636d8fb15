"""Counters and timings (Prometheus). Labels are purposes, outcomes, providers, routes and prefixes (SECURITY D1)."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram

REGISTRY = CollectorRegistry()

REQUESTS = Counter("sms_bridge_requests", "Requests answered", ["route", "method", "status"], registry=REGISTRY)
REQUEST_SECONDS = Histogram(
    "sms_bridge_request_seconds",
    "Time to answer a request",
    ["route"],
    registry=REGISTRY,
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3),
)
REFUSED_SIGNATURES = Counter(
    "sms_bridge_refused_signatures", "Requests whose signature was not accepted", ["reason"], registry=REGISTRY
)
CHECKS = Counter("sms_bridge_checks", "Checks of codes and links", ["purpose", "status"], registry=REGISTRY)
STARTED = Counter("sms_bridge_verifications", "Verifications started or sent again", ["purpose"], registry=REGISTRY)
HELD_BACK = Counter("sms_bridge_held_back", "Sends that a budget held back", ["audience", "reason"], registry=REGISTRY)
SUBMISSIONS = Counter(
    "sms_bridge_submissions", "Messages submitted", ["provider", "purpose", "outcome"], registry=REGISTRY
)
SUBMISSION_SECONDS = Histogram("sms_bridge_submission_seconds", "Time to submit", ["provider"], registry=REGISTRY)
