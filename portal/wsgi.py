"""The WSGI entry point; refuses to serve a database that belongs to another provider."""

import os

from django.core.wsgi import get_wsgi_application

from portal.start import know_brand, require_provider

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
application = get_wsgi_application()
require_provider()
know_brand()
