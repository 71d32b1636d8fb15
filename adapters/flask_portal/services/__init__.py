"""Decisions of the portal: no HTTP, no HTML."""
