"""The nouns of the program: what every other room speaks of. Imports no room.

Here: values, the words they take, and rules that are about one noun alone. Not here: anything that reads, writes or decides.
"""
