"""The experiments, one module per topic. Each is a function that takes a company and returns what was observed."""
