"""Somebody leaves: their sessions and rights end at once, and another takes over what they leave open.

Owns the order in which it happens, who may ask for it, and the register of rooms that hand something over. Refuses
to own what is handed over: each room finds and gives its own (`ops.identity.belongings.Handover`), in one transaction.
"""

from ops.offboarding.leaving import HANDOVERS, CannotLeave, Left, offboard, preview

__all__ = ["HANDOVERS", "CannotLeave", "Left", "offboard", "preview"]
