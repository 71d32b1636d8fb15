"""`python -m area_clienti` is the command ``area-clienti``."""

from area_clienti.cli import main

main()
