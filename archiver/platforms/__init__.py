"""Platforms asked over the network: one module each, turning what is out there into Items.

Everything is plain HTTP through `http.Caller`: the platforms' own libraries drop the raw answer,
and the raw answer is the evidence.
"""
