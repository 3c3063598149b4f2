"""Faults that would lose or double money, put in on purpose: the suite has to notice each."""
