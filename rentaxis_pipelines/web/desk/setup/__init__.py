"""Set-up: what is connected, and the company's settings, changed without opening a file. Each page is a module.

``saving`` is what they share: the company file as the page saw it, and the way a change is checked, written and kept. Not here: the rules
of the settings (``settings``), the writing itself (``sync.company_settings``).
"""
