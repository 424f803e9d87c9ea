"""The screens of the approval rules: in words, what each would have asked about, and the forms to change them.

Owns `/rules/…`. Refuses to own which rules match (`ops.approvals`) and whether a change of one is asked about: every
change of a rule is proposed at the door and waits for another owner.
"""

from ops.web.rules.views import bp

__all__ = ["bp"]
