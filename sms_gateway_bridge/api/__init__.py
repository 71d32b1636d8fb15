"""HTTP interface: routes parse, make one call, render."""
