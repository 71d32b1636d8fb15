"""Command line and local stack: the composition root that starts every part."""
