"""Adapters: what the outside world talks to."""
