"""Wording of every message, by purpose or template and language; the files beside this one are the texts."""
