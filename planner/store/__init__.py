"""In from files: every reader hands back the value and all that is wrong with the file.

A store never judges and never repairs: it reads, says what it found, and lets the run decide.
"""
