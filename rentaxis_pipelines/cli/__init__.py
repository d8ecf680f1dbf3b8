"""rentaxis-sync: the command line. Words in, words out, exit codes. Not here: what is done.

Modules of the pipelines are imported inside the commands: loading the definitions needs the settings the demo sets first.
"""
