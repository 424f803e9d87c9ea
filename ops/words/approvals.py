"""Words of the approvals: what waits for a person's say."""

WORDS = {
    "approvals.title": "Approvals",
    "approvals.lead": (
        "What waits for your say: what is due soonest first, and of what is due at no time the newest. "
        "Open one to see the difference and decide."
    ),
    "approvals.none": "Nothing waits for you",
    "approvals.none_text": (
        "When somebody asks for a change that needs one of your roles, it stands here and on your desk."
    ),
    "approvals.none_page": "Nothing on this page is yours to decide",
    "approvals.none_page_text": (
        "What waits here shows values you may not see. What is on the next page may still be yours."
    ),
    "approvals.all": "All changes",
    "approvals.decide": "Look and decide",
    "approvals.pages": "Pages about approvals",
    "approvals.tab.waiting": "Waiting for me",
    "approvals.turn": "Asks",
    "approvals.age": "Waiting since",
    "approvals.due": "due",
    "approvals.overdue": "Overdue",
    "approvals.next": "Next that waits",
    "approvals.previous": "Previous that waits",
    "approvals.walk": "What waits for you",
    "approvals.no_more": "There is nothing further in that direction that waits for you.",
    "approvals.first": "Due soonest",
    "approvals.later": "Next page",
    "approvals.count": "{count} on this page",
}
