"""The measured rate of irregularity: what looks drawn at random say about all declarations, with the doubt that remains.

WCO calls it compliance measurement (Risk Management Compendium, volume 1; Kyoto Convention, General Annex, guidelines to 6.4): selected looks say how
good the selection is, only a random draw says how much is wrong. Pure Python, no extra needed.
"""
