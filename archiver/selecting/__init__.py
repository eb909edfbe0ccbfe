"""From a personal account only what its owner picks: run by the owner, on their own machine.

The download of a personal account is the owner's. They look for what concerns the public's
business, pick it, and say where they searched and what they keep back on what facts (*City of San
José v. Superior Court* (2017) 2 Cal.5th 608). A new file holds the picked items and that statement;
nothing else of the download is copied, hashed or kept.
"""
