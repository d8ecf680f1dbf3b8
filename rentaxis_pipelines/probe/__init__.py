"""The probe: small experiments in a QuickBooks sandbox company, about what no public source says.

``catalogue`` lists them, ``experiments`` holds them, ``run`` runs them one after another, ``company`` is what they may do, ``journal``
and ``cleanup`` see to it that nothing stays behind, ``refuse`` says which companies are left alone, ``report`` writes what was seen.
Not here: settings, the connection and the words of the command (``cli.probe``). Knows neither the engine nor the emulator.
"""
