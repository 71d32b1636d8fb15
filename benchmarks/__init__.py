"""What `make bench` runs: each figure beside its peer's, taken in one run. How to read and extend it: README.md."""
