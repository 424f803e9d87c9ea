"""What can go wrong with the embedded services, said in a sentence that ends with what to do."""


class EmbeddedError(RuntimeError):
    """The embedded PostgreSQL or Redis cannot be had; the text says why and what helps."""


class PortTakenError(EmbeddedError):
    """Another program listens on the port that was chosen."""


class CancelledError(Exception):
    """`stop()` was called while a server was still starting."""
