"""Disposition: destruction, transfer and removal, each only by decision.

A batch is a frozen list of what may go. Who has to approve it is said by its route, in data
(`schedules/law/disposition-routes.toml`). Execution takes the list in slices, under the protocol of
DESIGN §4, and ends with a certificate. Nothing in this package runs by itself.

What lies in rooms above (requests, productions, backups) is handed in as `outside.Outside`.
"""
