"""Migrations of the directory; run by `provisioning.directory.upgrade`."""
