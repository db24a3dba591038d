"""Postgres and a broker of our own, for the embedded default and for tests.

Only finds binaries, prepares a data folder and gives the command to run: who
starts the command (`up`, the test plugin) also watches and stops it.
"""

from portal.embedded.broker import Broker
from portal.embedded.machine import EmbeddedError, server_user, wait_until
from portal.embedded.postgres import Postgres

__all__ = ["Broker", "EmbeddedError", "Postgres", "server_user", "wait_until"]
