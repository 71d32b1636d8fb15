"""Writes the demo delivery and the list of customers to try."""

from provisioning.demo.cases import write_demo

if __name__ == "__main__":
    write_demo()
