"""What people are told: what waits for them and what became of it, in their inbox, by mail, in a chat.

Owns `ops.notice`, `ops.notice_choice`, `ops.notice_hour`, `ops.digest`, and the work of kinds "mail" and "chat". It
is fed by the outbox alone, after the change it speaks of is committed, so nobody hears of what was rolled back.
Refuses to own who may decide (`ops.approvals`) and to say any value of the company's data: a notice names a
change, and the page it leads to shows what this person may see.
"""

from ops.notices.handlers import HANDLERS, handlers

__all__ = ["HANDLERS", "handlers"]
