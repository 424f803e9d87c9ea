"""What the built-in roles are called, and what each is for."""

WORDS = {
    "roles.viewer": "Viewer",
    "roles.viewer.about": "Sees every table, and changes nothing.",
    "roles.operator": "Operator",
    "roles.operator.about": "Sees every table, proposes changes and takes lists out as files.",
    "roles.manager": "Manager",
    "roles.manager.about": "Sees every table, approves what others propose and takes lists out as files.",
    "roles.auditor": "Auditor",
    "roles.auditor.about": "Sees every table, the trail, the rules, people and background work, and changes nothing.",
    "roles.owner": "Owner",
    "roles.owner.about": "May do everything, and changes rules and other people's roles with a second owner.",
}
