"""Django's own admin over three models with the documented labels: a program that serves it until its input closes.

Run as `python django_site.py FOLDER`; the first line that it prints is its port. All names and keys are made up.
"""
# mypy: disable-error-code="misc,no-any-return"

from __future__ import annotations

import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

# This folder's parents come first where a test runs it as a program of its own.
sys.path.insert(0, str(Path(__file__).parents[3]))
from adapters.portal.real.application import OFFICE, OLD_KEY, OLD_USERNAME, OTHER_PASSWORD, PASSWORD

PLACES = (("District", "OLD", OLD_KEY), ("North High", "", ""), ("South Middle", "OLD", OLD_KEY))
SCHOOLS = (("North High", "", ""), ("South Middle", "OLD-SOUTH", OTHER_PASSWORD[::-1]))
NOTE = 'First line\r\n  second & <b>"bold"</b>'


def configure(folder: Path) -> None:
    """Django's settings, in this process only."""
    from django.conf import settings

    settings.configure(
        SECRET_KEY="made up",
        DEBUG=False,
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF=__name__,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "db.sqlite3"}},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        STATIC_URL="/static/",
        USE_TZ=True,
        INSTALLED_APPS=[
            "django.contrib.admin",
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
        ],
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
    )


def build(folder: Path) -> WSGIApplication:
    """The WSGI application, its tables made and filled."""
    configure(folder)
    import django

    django.setup()
    from django import forms
    from django.contrib import admin
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application
    from django.db import connection, models
    from django.urls import path

    class Pair(models.Model):
        name = models.CharField(max_length=80)
        username = models.CharField("CALPADS API Username", max_length=80, blank=True)
        key = models.CharField("CALPADS API Password", max_length=80, blank=True)
        note = models.TextField(blank=True)
        active = models.BooleanField(default=True)
        level = models.IntegerField(choices=[(1, "One"), (2, "Two")], default=2)
        changed_at = models.DateTimeField(null=True, blank=True)
        mail_user = models.CharField("User name", max_length=80, blank=True)
        mail_pass = models.CharField("Password", max_length=80, blank=True)

        class Meta:
            abstract = True
            app_label = "auth"
            verbose_name = "school"

        def __str__(self) -> str:
            return self.name

    class ClearPair(Pair):
        class Meta(Pair.Meta):
            abstract = False
            verbose_name_plural = "CAASPP Credentials"

    class HiddenPair(Pair):
        class Meta(Pair.Meta):
            abstract = False
            verbose_name_plural = "TOMS Credentials"

    class Owner(models.Model):
        name = models.CharField(max_length=80)

        class Meta:
            app_label = "auth"
            verbose_name = "LEA"
            verbose_name_plural = "Vendor Credentials"

        def __str__(self) -> str:
            return self.name

    class RowPair(Pair):
        owner = models.ForeignKey(Owner, models.CASCADE)

        class Meta(Pair.Meta):
            abstract = False

    class Lea(models.Model):
        name = models.CharField(max_length=80)
        username = models.CharField("CALPADS API Username", max_length=80, blank=True)
        key = models.CharField("CALPADS API Password", max_length=80, blank=True)
        mail_user = models.CharField("User name", max_length=80, blank=True)
        mail_pass = models.CharField("Password", max_length=80, blank=True)
        note = models.TextField(blank=True)
        nightly = models.BooleanField(default=True)
        level = models.IntegerField(choices=[(1, "One"), (2, "Two")], default=2)
        opened_at = models.DateTimeField(default=datetime(2020, 8, 17, 8, 0, 1, tzinfo=UTC))

        class Meta:
            app_label = "auth"
            verbose_name = "LEA"
            verbose_name_plural = "LEAs"

        def __str__(self) -> str:
            return self.name

    class School(models.Model):
        lea = models.ForeignKey(Lea, models.CASCADE)
        name = models.CharField(max_length=80, editable=False)
        username = models.CharField("CALPADS API Username", max_length=80, blank=True)
        key = models.CharField("CALPADS API Password", max_length=80, blank=True)

        class Meta:
            app_label = "auth"

        def __str__(self) -> str:
            return self.name

    class HidingForm(forms.ModelForm):
        key = forms.CharField(
            label="CALPADS API Password", required=False, widget=forms.PasswordInput(render_value=False)
        )

        def clean_key(self) -> str:
            said = str(self.cleaned_data["key"])
            return said or (self.instance.key if self.cleaned_data.get("username") else "")

    class HidingAdmin(admin.ModelAdmin):
        form = HidingForm

    class Rows(admin.TabularInline):
        model = RowPair
        fields = ("username", "key", "note", "active")
        extra = 0

    class OwnerAdmin(admin.ModelAdmin):
        inlines = (Rows,)

    class Schools(admin.TabularInline):
        model = School

    class LeaAdmin(admin.ModelAdmin):
        inlines = (Schools,)

    admin.site.register(ClearPair)
    admin.site.register(HiddenPair, HidingAdmin)
    admin.site.register(Owner, OwnerAdmin)
    admin.site.register(Lea, LeaAdmin)
    globals()["urlpatterns"] = [path("admin/", admin.site.urls)]
    application: WSGIApplication = get_wsgi_application()
    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        for kind in (ClearPair, HiddenPair, Owner, RowPair, Lea, School):
            editor.create_model(kind)
    User.objects.create_superuser(OFFICE, "", PASSWORD)
    owner = Owner.objects.create(name="Madeup Unified")
    for name, username, key in PLACES:
        known = {"name": name, "username": username, "key": key, "note": NOTE, "mail_user": "m", "mail_pass": "p<&'"}
        ClearPair.objects.create(**known)
        HiddenPair.objects.create(**known)
        RowPair.objects.create(owner=owner, **known)
    lea = Lea.objects.create(
        name="Madeup Unified",
        username=OLD_USERNAME,
        key=OLD_KEY,
        note=NOTE,
        mail_user="mailbox",
        mail_pass=OTHER_PASSWORD,
    )
    for name, username, key in SCHOOLS:
        School.objects.create(lea=lea, name=name, username=username, key=key)
    connection.close()
    return application


class Quiet(WSGIRequestHandler):
    """A handler that writes no log."""

    def log_message(self, format: str, *args: object) -> None:
        pass


class Threaded(ThreadingMixIn, WSGIServer):
    """A server that answers while Chromium holds a spare connection open on which it asks nothing."""

    daemon_threads = True


def main() -> None:
    """Serve until standard input closes."""
    application = build(Path(sys.argv[1]))
    with make_server("127.0.0.1", 0, application, Threaded, handler_class=Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(server.server_port, flush=True)
        sys.stdin.read()
        server.shutdown()


if __name__ == "__main__":
    main()
