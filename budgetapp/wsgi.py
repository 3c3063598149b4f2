"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "budgetapp.settings")

application = get_wsgi_application()

from django.db import connection  # noqa: E402  what follows needs the app to be set up

from budgetapp.owner import announce  # noqa: E402

announce()
connection.close()  # a server that forks after this must not share it
