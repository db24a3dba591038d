"""Logos: which addresses are fetched at all, what is kept of a picture, when it is due again."""

import itertools
import random
import socket
import threading
import time
from contextlib import suppress
from datetime import timedelta
from io import BytesIO
from types import SimpleNamespace

import pytest
from django.utils import timezone
from PIL import Image

from catalog.logos import fetching, work
from catalog.logos.address import RefusedAddressError, check, is_public
from catalog.logos.drawing import DrawError, draw
from catalog.logos.fetching import FetchError, fetch
from catalog.models import Logo, Operator, Product
from catalog.tasks import fetch_logos_task


def picture(size=(120, 80), mode="RGB", form="PNG", colour="#c33", **options):
    out = BytesIO()
    Image.new(mode, size, colour).save(out, form, **options)
    return out.getvalue()


# Addresses


@pytest.fixture
def outside(settings):
    """A provider on the internet: the simulator's own rule does not hold."""
    settings.VALUETOPUP_BASE_URL = "https://www.valuetopup.com/api/v2"


@pytest.mark.parametrize(
    "ip",
    [
        "127.0.0.1", "127.8.9.1", "0.0.0.0", "10.0.0.5", "172.16.3.1", "192.168.1.1",
        "169.254.169.254", "100.64.0.1", "224.0.0.1", "255.255.255.255", "198.18.0.1",
        "::1", "::", "fe80::1", "fe80::1%eth0", "fd00::1", "ff02::1", "::ffff:10.0.0.1",
        "::ffff:127.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "2001:0:a00:1::", "x", "",
    ],
)  # fmt: skip
def test_an_address_of_somebodys_own_net_is_not_public(ip):
    assert not is_public(ip)


@pytest.mark.parametrize("ip", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_an_address_of_the_internet_is(ip):
    assert is_public(ip)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x", "http://localhost/x", "https://[::1]/x", "http://10.0.0.1/x",
        "http://169.254.169.254/latest/meta-data/", "http://0177.0.0.1/x", "http://2130706433/x",
        "http://0x7f.1/x", "http://[::ffff:127.0.0.1]/x", "file:///etc/passwd",
        "ftp://8.8.8.8/x", "gopher://8.8.8.8/", "//8.8.8.8/x", "http:///x", "http://8.8.8.8:22/x",
        "http://8.8.8.8:443/x", "https://a:b@8.8.8.8/x", "http://8.8.8.8/\r\nX: y",
        "http://8.8.8.8:x/", "http://[/", "", "http://no-such-host.invalid/x",
    ],
)  # fmt: skip
def test_what_may_not_be_fetched_is_refused_before_a_connection(outside, url, monkeypatch):
    monkeypatch.setattr(socket, "create_connection", lambda *_: pytest.fail("connected"))
    with pytest.raises(RefusedAddressError):
        check(url)
    with pytest.raises(FetchError):
        fetch(url)


def test_the_connection_goes_to_the_address_that_was_checked(outside, monkeypatch):
    """A name that says something else when it is asked again leads nowhere else."""
    answers = [["8.8.8.8"], ["127.0.0.1"], ["127.0.0.1"]]
    asked, connected = [], []

    def resolve(host, *_, **__):
        asked.append(host)
        return [(socket.AF_INET, 1, 6, "", (ip, 0)) for ip in answers[len(asked) - 1]]

    def connect(address, *_):
        connected.append(address)
        raise OSError

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(FetchError, match="refused: the host is not on the public internet"):
        fetch("http://evil.example/logo.png")
    assert connected == [("8.8.8.8", 443)], "https first, then the name had changed its mind"


def test_a_name_with_one_private_address_is_refused(outside, monkeypatch):
    rows = [(socket.AF_INET, 1, 6, "", (ip, 0)) for ip in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: rows)
    with pytest.raises(RefusedAddressError):
        check("https://both.example/x")


def test_https_is_tried_first_and_then_the_address_as_it_was_written(outside, monkeypatch):
    tried = []

    def connect(address, *_):
        tried.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(FetchError, match="ConnectionRefusedError"):
        fetch("http://8.8.8.8/logo.png")
    assert tried == [("8.8.8.8", 443), ("8.8.8.8", 80)]


def test_with_a_simulator_only_its_own_pictures_are_fetched(simulator, monkeypatch):
    own = f"{simulator.root}/image/index/1001"
    assert check(own).ip == "127.0.0.1"
    other = f"http://127.0.0.1:{simulator.port + 1}/image/index/1001"
    named, safer = own.replace("127.0.0.1", "localhost"), own.replace("http:", "https:")
    outside = "http://8.8.8.8/x", "https://www.valuetopup.com/image/index/3"
    for url in (*outside, other, named, safer):
        with pytest.raises(RefusedAddressError):
            check(url)


# Bytes: against a server that does what it likes


@pytest.fixture
def host(settings):
    """A host on this machine, passed off as the provider; answers what `say` was given."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    settings.VALUETOPUP_BASE_URL = f"http://127.0.0.1:{port}/api/v2"
    replies, requests, is_over = [], [], threading.Event()

    def answer(peer):
        requests.append(peer.recv(9999))
        reply = replies.pop(0)
        if isinstance(reply, bytes):
            peer.sendall(reply)
            return
        for part in reply:
            peer.sendall(part)
            is_over.wait(0.05)

    def serve():
        while True:
            try:
                peer = listener.accept()[0]
            except OSError:  # shut down below
                return
            with peer, suppress(OSError):  # the other end hangs up, as some tests want
                answer(peer)

    def say(*answers):
        replies[:] = answers
        return f"http://127.0.0.1:{port}/logo"

    server = threading.Thread(target=serve)
    server.start()
    yield say, requests
    is_over.set()
    listener.shutdown(socket.SHUT_RDWR)  # wakes accept(), as closing would not
    server.join()
    listener.close()


def http(body=b"", *, status="200 OK", length=None, **headers):
    lines = {"Content-Length": len(body) if length is None else length, **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


def test_the_bytes_are_got_as_they_are_and_nothing_of_ours_is_sent(host):
    say, requests = host
    assert fetch(say(http(b"dots"))) == b"dots"
    sent = requests[0].decode().lower()
    assert "authorization" not in sent
    assert "cookie" not in sent


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (http(status="404 Not Found"), "HTTP 404"),
        (http(status="500 No", length=10**9), "HTTP 500"),
        (http(b"x" * (fetching.MOST_BYTES + 1)), "more than 1 MiB"),
        (http(b"x", length=10**12), "cut off"),
        (http(b"x" * 10, length=11), "cut off"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (fetching.MOST_BYTES + 9), "more than 1 MiB"),
        (b"\x16\x03\x01 what", "BadStatusLine"), (b"", "RemoteDisconnected"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "IncompleteRead"),
    ],
)  # fmt: skip
def test_what_is_no_whole_answer_is_none(host, reply, why):
    say, _requests = host
    with pytest.raises(FetchError, match=why):
        fetch(say(reply))


@pytest.mark.parametrize(
    "head",
    [b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n", b"HTTP/1.0 200 OK\r\n\r\n",
     b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 400\r\n\r\n"],
)  # fmt: skip
def test_a_host_that_sends_a_byte_now_and_then_is_cut_off(host, monkeypatch, head):
    monkeypatch.setattr(fetching, "SECONDS", 0.4)
    say, _requests = host
    url = say([head, *[b"x"] * 200])
    started = timezone.now()
    with pytest.raises(FetchError):
        fetch(url)
    assert timezone.now() - started < timedelta(seconds=8)


def test_a_redirect_is_followed_and_its_address_is_checked(host):
    say, requests = host
    moved = http(status="302 Found", Location="/other")
    assert fetch(say(moved, http(b"dots"))) == b"dots"
    assert b"GET /other " in requests[1]
    with pytest.raises(FetchError, match="refused"):
        fetch(say(http(status="302 Found", Location="http://10.0.0.1/x")))
    with pytest.raises(FetchError, match="refused"):
        fetch(say(http(status="302 Found", Location="file:///etc/passwd")))
    with pytest.raises(FetchError, match="too many redirects"):
        fetch(say(*[moved] * 9))


# Pictures


@pytest.mark.parametrize(
    "data",
    [
        picture(), picture(mode="RGBA", colour=(9, 9, 9, 99)), picture(mode="P", colour=3),
        picture(mode="L", colour=9), picture(mode="CMYK", form="JPEG", colour=(1, 2, 3, 4)),
        picture(form="GIF"), picture(form="WEBP"), picture((8, 2000)), picture((3000, 1500)),
        picture(mode="I;16", colour=900), picture(mode="1", colour=1),
    ],
)  # fmt: skip
def test_a_picture_of_any_kind_becomes_two_small_squares(data):
    drawn = draw(data)
    for kept, side in ((drawn.small, 64), (drawn.large, 128)):
        with Image.open(BytesIO(kept)) as shown:
            assert (shown.format, shown.size) == ("WEBP", (side, side))
            assert not shown.info.keys() - {"background", "loop", "timestamp", "duration"}
        assert len(kept) < 8000
    assert draw(data).digest == drawn.digest


def test_a_wide_picture_is_whole_and_in_the_middle():
    with Image.open(BytesIO(draw(picture((120, 60))).large)) as shown:
        alpha = shown.convert("RGBA").getchannel("A")
    assert [alpha.getpixel((64, y)) for y in (10, 64, 117)] == [0, 255, 0]
    assert [alpha.getpixel((x, 64)) for x in (1, 126)] == [255, 255]


def test_nothing_of_the_file_but_its_dots_is_kept():
    noted = Image.Exif()
    noted[0x010E] = "a secret place"
    data = picture(form="JPEG", exif=noted) + b"<script>alert(1)</script>"
    drawn = draw(data)
    assert b"secret" not in drawn.large + drawn.small
    assert b"script" not in drawn.large + drawn.small


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no picture"), (b"<svg onload='x()'></svg>", "no picture"),
        (b"<html>sign in</html>", "no picture"), (picture()[:90], "broken"),
        (picture((5000, 4000), mode="1", colour=0), "too many dots"),
        (picture((2, 2)), "empty"), (picture(mode="RGBA", colour=(0, 0, 0, 0)), "empty"),
        (picture(form="BMP"), "no picture"), (picture(form="TIFF"), "no picture"),
    ],
)  # fmt: skip
def test_what_is_no_picture_of_ours_is_refused(data, why):
    with pytest.raises(DrawError, match=why):
        draw(data)


def test_a_picture_that_is_painted_over_and_over_is_refused():
    data = picture((2000, 2000), mode="L", form="JPEG", colour=90, progressive=True)
    assert draw(data), "a progressive one is a picture like others"
    last = data[data.rindex(b"\xff\xda") : -2]
    endless = data[:-2] + last * (200_000 // len(last)) + data[-2:]
    started = time.monotonic()
    with pytest.raises(DrawError, match="too many scans"):
        draw(endless)
    assert time.monotonic() - started < 30, "all of it would take minutes"


def test_no_rubbish_is_an_error_of_ours():
    dice = random.Random(7)
    good = picture((40, 30))
    for _ in range(60):
        data = bytearray(good)
        for _ in range(dice.randint(1, 20)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        try:
            draw(bytes(data))
        except DrawError:
            continue


# The work


@pytest.fixture
def listed(filled):
    work.list_addresses()
    return Logo.objects.all()


def test_every_address_of_the_lists_is_known_once(listed):
    named = {*Operator.objects.values_list("image_url", flat=True),
             *Product.objects.values_list("image_url", flat=True)}  # fmt: skip
    assert set(listed.values_list("url", flat=True)) == {
        url for url in named if url and not url.endswith("/")
    }
    assert work.list_addresses() == 0


def test_an_address_that_no_list_names_any_more_is_not_fetched(listed):
    old = Logo.objects.create(url="http://127.0.0.1/old", next_try_at=timezone.now())
    work.list_addresses()
    due = set(work._due().values_list("pk", flat=True))
    assert old.pk not in due
    assert len(due) == listed.count() - 1


def only(*urls):
    """Nothing else is due."""
    Logo.objects.exclude(url__in=urls).update(next_try_at=timezone.now() + timedelta(days=1))


def test_a_picture_is_fetched_drawn_and_linked(listed, simulator):
    url = f"{simulator.root}/image/index/1001"
    only(url)
    assert work.fetch_due() == 0
    logo = Logo.objects.get(url=url)
    assert (logo.problem, len(logo.digest), logo.fetched_at is None) == ("", 32, False)
    assert logo.next_try_at > timezone.now() + timedelta(days=29)
    digicel = Operator.objects.get(name="Digicel", country="JM")
    assert (digicel.image_url, digicel.logo_digest) == (url, logo.digest)
    assert set(digicel.products.values_list("logo_digest", flat=True)) == {logo.digest}
    assert Operator.objects.exclude(logo_digest="").count() == 1


def test_one_that_fails_is_tried_again_after_a_week_and_what_we_have_stays(listed, simulator):
    url = f"{simulator.root}/image/index/1001"
    only(url)
    work.fetch_due()
    kept = Logo.objects.get(url=url)
    missing = f"{simulator.root}/image/index/{next(n for n in range(99) if n % 19 == 8)}"
    Logo.objects.filter(url=url).update(url=missing, next_try_at=timezone.now())
    work.fetch_due()
    after = Logo.objects.get(pk=kept.pk)
    assert (after.problem, after.digest, bytes(after.small)) == (
        "HTTP 404", kept.digest, bytes(kept.small),
    )  # fmt: skip
    week = timezone.now() + timedelta(days=7)
    assert abs(after.next_try_at - week) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("number", "why"), [(23, "no picture"), (27, "HTTP 404")], ids=["text", "missing"]
)
def test_the_reason_is_told(listed, simulator, number, why):
    Logo.objects.all().delete()
    Logo.objects.create(url=f"{simulator.root}/image/index/{number}", next_try_at=timezone.now())
    work.fetch_due()
    assert Logo.objects.get().problem == why


def test_a_row_whose_address_changed_shows_no_old_picture(listed, simulator):
    url = f"{simulator.root}/image/index/1001"
    only(url)
    work.fetch_due()
    digicel = Operator.objects.get(name="Digicel", country="JM")
    Operator.objects.filter(pk=digicel.pk).update(image_url=f"{url}0")
    work.list_addresses()
    digicel.refresh_from_db()
    assert digicel.logo_digest == ""
    Operator.objects.filter(pk=digicel.pk).update(image_url=url)
    work.list_addresses()
    digicel.refresh_from_db()
    assert digicel.logo_digest == Logo.objects.get(url=url).digest


def test_a_turn_ends_with_its_time_and_tells_what_is_left(listed, monkeypatch):
    due = listed.count()
    assert work.fetch_due(seconds=0) == due
    ticks = itertools.count()  # each look at the clock is a second after the last
    monkeypatch.setattr(work, "time", SimpleNamespace(monotonic=lambda: next(ticks)))
    assert work.fetch_due(seconds=3) == due - 2


def test_a_claimed_one_is_nobody_elses_until_the_claim_is_old(listed):
    due = listed.count()
    claimed = {work._claim().pk for _ in range(3)}
    assert len(claimed) == 3
    assert work._due().count() == due - 3
    Logo.objects.filter(pk__in=claimed).update(next_try_at=timezone.now())
    assert work._due().count() == due


def test_a_sync_keeps_the_pictures(listed, simulator):
    from catalog.sync import sync_catalog

    url = f"{simulator.root}/image/index/1001"
    only(url)
    work.fetch_due()
    Operator.objects.update(row_hash="")
    Product.objects.update(row_hash="")
    assert sync_catalog().counts["operators"]["changed"] > 80
    assert Operator.objects.get(name="Digicel", country="JM").logo_digest


def test_the_task_gives_what_is_left_another_turn(listed, monkeypatch):
    queued = []
    monkeypatch.setattr(fetch_logos_task, "apply_async", lambda **given: queued.append(given))
    monkeypatch.setattr(work, "fetch_due", lambda: 3)
    fetch_logos_task()
    assert queued == [{"expires": 300}]
    monkeypatch.setattr(work, "fetch_due", lambda: 0)
    fetch_logos_task()
    assert len(queued) == 1
