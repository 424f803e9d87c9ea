"""What is shown beyond the ordinary, written down before it is: masked values revealed, sensitive rows looked at.

Owns `ops.reveal` and the events `value.revealed` and `row.viewed`: committed before a byte is sent, and where
that fails, nothing is shown. Refuses to own how a revealed cell is read (`ops.policy.View.revealing`).
"""

from ops.disclosure.reveal import LONGEST_REASON, BadReason, reveal, sweep
from ops.disclosure.viewed import Sight, note, viewed

__all__ = ["LONGEST_REASON", "BadReason", "Sight", "note", "reveal", "sweep", "viewed"]
