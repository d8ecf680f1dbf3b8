"""rentaxis-sync: the command line. Arguments, output and exit codes. Not here: the work itself.

Modules of the pipelines are imported inside the commands: loading the definitions needs the settings the demo sets first.
"""
