"""The labs: what learns from the past. Nothing here decides; an office takes what a lab finds as one of its reasons."""
