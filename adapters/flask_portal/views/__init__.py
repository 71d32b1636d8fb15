"""The pages: a route parses, makes one call, renders."""
