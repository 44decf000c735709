"""Django's own PostgreSQL backend, which tells the server who reads before the first statement and whenever that changes.

The name of this module is the one Django's loader asks for. What was told is forgotten whenever the server may have
forgotten it: on another connection of the pool, and after a rollback, which takes back settings made since.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.backends.postgresql import base

from customhouse.registry import reader


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection on which the current reader reads."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._reader: reader.Reader | None = None
        self.execute_wrappers.append(self._as_reader)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        self._reader = None
        return super().get_new_connection(conn_params)

    def _as_reader(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        wanted = reader.current()
        if wanted != self._reader and not self.needs_rollback:
            self._reader = None
            with self.wrap_database_errors:
                reader.tell(self.connection, wanted)
            self._reader = wanted
        return execute(sql, params, many, context)

    def _rollback(self) -> Any:
        self._reader = None
        return super()._rollback()

    def _savepoint_rollback(self, sid: str) -> None:
        self._reader = None
        super()._savepoint_rollback(sid)
