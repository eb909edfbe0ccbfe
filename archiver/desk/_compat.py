"""Everything the desk uses of Datasette, in one place.

Datasette 1.0 is not finished: what it calls things may change between two pre-releases, and this is
the only module that would have to follow. Its functions carry no types, so they are `Any` here.
"""

from __future__ import annotations

from typing import Any

from datasette.app import Datasette as _Datasette
from datasette.database import Database as _Database
from datasette.utils.asgi import Response as _Response

Datasette: Any = _Datasette
Database: Any = _Database
Response: Any = _Response
