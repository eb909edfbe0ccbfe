"""Handing out what was released, by processes that know one release and nothing else.

Nothing here imports the archive, its databases or its home: a link is a folder with copies of the
files, a small JSON beside them and a log of fetches (`links`, `fetches`). One process answers for
one folder (`child`), shut off from everything else the kernel lets it give up (`confining`); the
`door` takes the connections and hands each to the process whose link it names.
"""
