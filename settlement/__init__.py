"""What a complaint is owed, what is fair, what it pays to give, and what to say next."""

from importlib.metadata import version

__version__ = version("settlement")
