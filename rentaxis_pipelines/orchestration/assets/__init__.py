"""Dagster assets, thin: they fetch inputs, call one function of the engine, and show the result.

Here: keys, partitions, descriptions and metadata. Not here: any rule about records, matching, mapping or pushing.
"""
