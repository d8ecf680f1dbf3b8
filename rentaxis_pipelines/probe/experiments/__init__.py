"""The experiments, one module a theme. Each is a function that takes a company and returns what was seen."""
