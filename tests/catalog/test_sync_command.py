"""`manage.py sync_catalog`: what it prints and how it exits. And the task beside it."""

import io
import re

from django.core.management import CommandError, call_command

from catalog.enums import SyncState
from catalog.management.commands.sync_catalog import Command
from catalog.models import Sku, SyncRun
from catalog.tasks import sync_catalog_task


class Ran:
    """One run of the command: its exit code and what it wrote."""

    def __init__(self, *arguments):
        out, err = io.StringIO(), io.StringIO()
        self.code, self.error = 0, ""
        try:
            call_command(Command(stdout=out, stderr=err, no_color=True), *arguments)
        except CommandError as error:
            self.code, self.error = error.returncode, str(error)
        except SystemExit as error:
            self.code = error.code
        self.out, self.err = out.getvalue(), err.getvalue()


def test_a_sync_shows_its_progress_and_ends_with_figures(unfilled):
    ran = Ran()
    lines = ran.out.splitlines()
    run = SyncRun.objects.get()
    assert ran.code == 0
    assert lines[0] == "Reading countries…"
    assert lines[-2] == "Done."
    figures = run.counts["skus"]["seen"]
    assert f"skus: {figures} ({figures} added)" in lines[-1]
    assert lines[-1].startswith(f"Sync {run.pk} applied. ")


def test_quiet_says_only_how_it_ended(filled):
    ran = Ran("--quiet")
    assert (ran.code, len(ran.out.splitlines())) == (0, 1)
    assert re.search(r"skus: \d+ \(no change\)", ran.out)


def test_a_failed_sync_exits_with_1_and_says_why(filled, simulator):
    simulator.fault("http", status=401, kind="countries")
    ran = Ran()
    assert ran.code == 1
    assert ran.error == SyncRun.objects.first().reason
    assert "Check the address, the user and the password." in ran.error


def test_an_absent_provider_exits_with_1(filled, settings):
    settings.VALUETOPUP_BASE_URL = "http://127.0.0.1:9/api/v2"
    assert (Ran().code, SyncRun.objects.first().state) == (1, SyncState.FAILED)


def test_a_held_sync_exits_with_3_and_says_how_to_confirm(filled, simulator):
    simulator.fault("catalogue_shrink", share=0.4)
    ran = Ran()
    run = SyncRun.objects.first()
    assert ran.code == 3
    assert f"Sync {run.pk} is held: {run.reason}" in ran.err
    assert "Retired: " in ran.err
    assert f"manage.py sync_catalog --confirm {run.pk}" in ran.err

    confirmed = Ran("--confirm", str(run.pk))
    assert (confirmed.code, SyncRun.objects.first().confirms) == (0, run)
    assert Sku.objects.exclude(retired_at=None).count() > 120

    again = Ran("--confirm", str(run.pk))
    assert again.code == 0  # confirmed once; it was used up, and nothing is odd any more


def test_a_wrong_currency_exits_with_3_and_offers_no_confirmation(filled, simulator):
    simulator.fault("cost_currency", currency="EUR")
    ran = Ran()
    assert ran.code == 3
    assert "costs are in EUR" in ran.err
    assert "--confirm" not in ran.err
    refused = Ran("--confirm", str(SyncRun.objects.first().pk))
    assert (refused.code, "does not wait" in refused.error) == (1, True)


def test_an_unknown_or_finished_run_cannot_be_confirmed(filled):
    assert (Ran("--confirm", "999999").code, Ran("--confirm", "0").code) == (1, 1)
    refused = Ran("--confirm", str(filled.pk))
    assert (refused.code, "does not wait" in refused.error) == (1, True)
    assert SyncRun.objects.count() == 1


def test_the_task_syncs_for_the_person_who_asked(filled, django_user_model):
    boss = django_user_model.objects.create_superuser("boss", role="admin")
    sync_catalog_task(asked_by_id=boss.pk)
    run = SyncRun.objects.first()
    assert (run.state, run.asked_by, SyncRun.objects.count()) == (SyncState.APPLIED, boss, 2)


def test_the_task_applies_what_was_confirmed(filled, simulator, django_user_model):
    boss = django_user_model.objects.create_superuser("boss", role="admin")
    simulator.fault("catalogue_shrink", share=0.4)
    sync_catalog_task()
    held = SyncRun.objects.first()
    sync_catalog_task(asked_by_id=boss.pk, confirm_run_id=held.pk)
    run = SyncRun.objects.first()
    assert (run.state, run.confirms) == (SyncState.APPLIED, held)
    held.refresh_from_db()
    assert held.confirmed_by == boss


def test_the_task_ends_quietly_when_it_has_nothing_to_do(filled):
    SyncRun.objects.create()  # of a process that holds no lock: dead
    sync_catalog_task()
    assert SyncRun.objects.first().state == SyncState.APPLIED
    sync_catalog_task(confirm_run_id=filled.pk)
    assert SyncRun.objects.filter(state=SyncState.APPLIED).count() == 2
