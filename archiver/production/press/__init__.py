"""The press: volumes are printed by processes that are given the release view and nothing else.

`press.Press` is the side that holds the archive. It starts a process that knows nothing (`plate`),
which forks once for each task; the fork confines itself to the files it was given (`confining`),
reads its task, prints, and ends. So what is withheld is not only never drawn: the process that
draws has never had it and cannot reach it (DESIGN §7 rule 5).
"""
