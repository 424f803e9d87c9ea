"""Words of looking as a role."""

WORDS = {
    "preview.title": "Look as a role",
    "preview.lead": (
        "See Countersign as the people of a role do, and never more than you see yourself. Nothing can be changed "
        "meanwhile; that you look, and that you stop, stands in the trail."
    ),
    "preview.start": "Look",
    "preview.started": "You look as {role}",
    "preview.started_text": "Every page says so, and nothing you send is taken until you stop.",
    "preview.stopped": "You see as yourself again",
    "preview.banner": "You are looking as {role}.",
    "preview.banner_text": "You see what both of you may see, and can change nothing.",
    "preview.stop": "Stop",
    "preview.refused": "You are looking as {role}, so nothing you send is taken. Stop looking first.",
    "preview.role": "Role",
}
