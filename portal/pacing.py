"""How often somebody may ask for something: see `topup.pacing`."""

from topup.pacing import may

__all__ = ["may"]
