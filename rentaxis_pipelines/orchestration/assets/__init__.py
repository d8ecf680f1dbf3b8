"""Dagster assets, thin: they fetch inputs, call one function of the engine, and show what came of it.

Here: keys, partitions, descriptions and metadata. Not here: any rule about records, matching, mapping or pushing.
"""
