"""The agency feed, version 1: manifest, rows, quarantine and a generator of synthetic deliveries."""
