"""Takes the pictures of the guides from the running product, with demo customers only: `make docs`."""
