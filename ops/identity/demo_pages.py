"""The demo provider's pages: the mock's own would fetch a style sheet from a foreign host (P55)."""

from __future__ import annotations

# Whatever a template of the mock still names, nothing is fetched from anywhere.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
)

BASE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>Demo sign-in</title>
<style>
  body { margin: 0; font: 15px/1.5 system-ui, sans-serif; }
  main { max-width: 26rem; margin: 12vh auto; padding: 0 1rem; }
  h1 { font-size: 1.35rem; }
  form { display: grid; gap: .5rem; margin: 1rem 0; }
  button { font: inherit; padding: .6rem .9rem; text-align: start; border: 1px solid #8888;
    border-radius: .5rem; background: Canvas; color: CanvasText; cursor: pointer; }
  button:hover { background: #8882; }
  p { opacity: .85; }
</style>
</head>
<body><main>{% block content %}{{ content }}{% endblock %}</main></body>
</html>
"""

CHOICE = """{% extends "_base.html" %}
{% block content %}
<h1>Who are you today?</h1>
<p>This is a stand-in for your company’s sign-in. It asks for no password and is never used in production.</p>
<form method="post" aria-label="People">
{% for person in cast %}
<button name="sub" value="{{ person.sub }}"><b>{{ person.name }}</b>, {{ person.what }}</button>
{% endfor %}
</form>
<form method="post"><button name="action" value="deny">Do not sign in</button></form>
{% endblock %}
"""

END = """{% extends "_base.html" %}
{% block content %}
<h1>Sign out here too?</h1>
<p>You are signed out of Countersign. A company’s provider would now end its own session as well.</p>
<form method="post" action="{{ end_session_confirm_url }}">
{% if redirect_uri %}<input type="hidden" name="redirect_uri" value="{{ redirect_uri }}">{% endif %}
<button>End session</button>
</form>
{% endblock %}
"""

PAGES = {"_base.html": BASE, "authorization_form.html": CHOICE, "end_session_form.html": END}
"""Templates that take the place of the mock's, by the names it knows them by."""
