"""Words of saved views: the list's panels, the pages of views, what a view says that does not fit its reader."""

WORDS = {
    "views.may_not_share": "You can share a view with a role you hold. You do not hold “{role}”.",
}
