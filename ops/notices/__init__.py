"""What people are told: a line in their inbox for what waits for them and what became of what they asked.

Owns `ops.notice`. It is fed by the outbox alone, after the change it speaks of is committed, so nobody hears
of what was rolled back. Refuses to own who may decide (`ops.approvals`) and to say any value of the company's
data: a notice names a change, and the page it leads to shows what this person may see.
"""

from ops.notices.handlers import HANDLERS

__all__ = ["HANDLERS"]
