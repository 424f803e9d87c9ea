"""What a WSGI server runs: `gunicorn wsgi:app`."""

import os

from ops.app import create_app
from ops.settings import load

app = create_app(load(os.environ))
