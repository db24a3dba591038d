"""Every address. Names are journey:step."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, register_converter
from django.urls.converters import IntConverter, StringConverter

from portal.views import (
    app,
    bar,
    basket,
    brand,
    browse,
    bulk,
    deposits,
    details,
    disputes,
    favourites,
    health,
    kiosk,
    kiosk_care,
    kiosk_device,
    kiosk_pay,
    kiosks,
    language,
    logos,
    margin,
    money,
    notices,
    owed,
    passport,
    people,
    queue,
    receipts,
    reports,
    sales,
    second_factor,
    sell,
    session,
    shift,
    till,
)

Urls = list[URLPattern | URLResolver]


class KeyConverter(StringConverter):
    """A sale's correlation id. Nothing else gets as far as the database or the log."""

    regex = "[0-9a-f-]{36}"


class CountryConverter(StringConverter):
    """A country's code, whatever letters the provider gave it."""

    regex = r"[^\x00-\x20/]{1,2}"


class IdConverter(IntConverter):
    """The number of a row; one that no row can have is not there."""

    regex = "[0-9]{1,15}"


class DeedConverter(StringConverter):
    """What is done to a till."""

    regex = "freeze|unfreeze"


class KioskDeedConverter(StringConverter):
    """What is done to a kiosk by one press."""

    regex = "block|unblock|reload|refill|come"


class DepositConverter(StringConverter):
    """A deposit's reference, as it is written on the payment."""

    regex = "D-[0-9A-Z]{6}"


class PassportConverter(StringConverter):
    """The signed name of a sale's public page; nothing else gets as far as the signature."""

    regex = "[0-9a-z]{1,12}-[A-Za-z0-9_-]{16}"


register_converter(PassportConverter, "passport")


class DigestConverter(StringConverter):
    """The name of a picture."""

    regex = "[0-9a-f]{32}"


register_converter(DigestConverter, "digest")
register_converter(IdConverter, "id")
register_converter(DeedConverter, "deed")
register_converter(KioskDeedConverter, "kiosk_deed")
register_converter(DepositConverter, "deposit")
register_converter(KeyConverter, "key")
register_converter(CountryConverter, "country")

sell_urls: Urls = [
    path("", sell.start, name="start"),
    path("bar/", bar.live, name="bar"),
    path("star/", favourites.star, name="star"),
    path("quote/", sell.quote, name="quote"),
    path("details/", details.details, name="details"),
    path("check/", sell.check, name="check"),
    path("confirm/", sell.confirm, name="confirm"),
    path("browse/", browse.countries, name="browse"),
    path("browse/<country:code>/", browse.operators, name="operators"),
]
sales_urls: Urls = [
    path("", sales.sale_list, name="list"),
    path("<key:correlation_id>/", sales.sale, name="sale"),
    path("<key:correlation_id>/ask/", sales.ask, name="ask"),
    path("<key:correlation_id>/cancel/", sales.cancel, name="cancel"),
]
disputes_urls: Urls = [
    path("", disputes.dispute_list, name="list"),
    path("<key:correlation_id>/", disputes.raise_dispute, name="raise"),
    path("<key:correlation_id>/withdraw/", disputes.withdraw, name="withdraw"),
]
reports_urls: Urls = [
    path("", reports.sales, name="sales"),
    path("file/", reports.export, name="export"),
    path("statement/", reports.statement, name="statement"),
    path("statement/file/", reports.statement_export, name="statement_export"),
]
money_urls: Urls = [
    path("", money.hub, name="hub"),
    path("deposits/", deposits.deposit_list, name="deposits"),
    path("deposits/new/", deposits.ask, name="ask"),
    path("deposits/<deposit:reference>/", deposits.deposit, name="deposit"),
    path("deposits/<deposit:reference>/proof/", deposits.proof, name="proof"),
    path("deposits/<deposit:reference>/picture/", deposits.picture, name="picture"),
    path("deposits/<deposit:reference>/take-back/", deposits.take_back, name="take_back"),
    path("transfer/", money.transfer, name="transfer"),
]
bulk_urls: Urls = [
    path("", bulk.files, name="files"),
    path("template/", bulk.template, name="template"),
    path("<id:file_id>/", bulk.file, name="file"),
    path("<id:file_id>/start/", bulk.start, name="start"),
    path("<id:file_id>/pause/", bulk.deed, {"deed": "pause"}, name="pause"),
    path("<id:file_id>/go-on/", bulk.deed, {"deed": "resume"}, name="resume"),
    path("<id:file_id>/cancel/", bulk.deed, {"deed": "cancel"}, name="cancel"),
    path("<id:file_id>/answer/", bulk.answer, name="answer"),
    path("<id:file_id>/rows/", bulk.rows, name="rows"),
    path("<id:file_id>/not-sold/", bulk.bad, name="bad"),
    path("<id:file_id>/result/", bulk.result, name="result"),
]
basket_urls: Urls = [
    path("", basket.basket, name="basket"),
    path("add/", basket.add, name="add"),
    path("sell/", basket.sell, name="sell"),
    path("items/<id:item_id>/remove/", basket.remove, name="remove"),
    path("<key:basket_key>/", basket.sold, name="sold"),
    path("<key:basket_key>/receipts/", basket.receipts, name="receipts"),
]
queue_urls: Urls = [
    path("", queue.queue, name="queue"),
    path("line/", queue.line, name="line"),
    path("claim/", queue.claim, name="claim"),
    path("<id:offer_id>/", queue.offer, name="offer"),
    path("<id:offer_id>/release/", queue.release, name="release"),
    path("<id:offer_id>/cancel/", queue.cancel, name="cancel"),
    path("help/<id:kiosk_id>/", queue.answer_help, name="help"),
]
receipts_urls: Urls = [
    path("<key:correlation_id>/", receipts.receipt, name="receipt"),
    path("<key:correlation_id>/language/", receipts.language, name="language"),
    path("<key:correlation_id>/print/", receipts.print_receipt, name="print"),
    path("<key:correlation_id>/prints/<int:number>/", receipts.printed, name="printed"),
    path("<key:correlation_id>/prints/<int:number>/file/", receipts.file, name="file"),
    path("<key:correlation_id>/prints/<int:number>/answer/", receipts.answer, name="answer"),
    path("<key:correlation_id>/data/", receipts.data, name="data"),
]
passport_urls: Urls = [
    path("<passport:signed>/", passport.status, name="status"),
    path("<passport:signed>/data/", passport.data, name="data"),
]
till_urls: Urls = [
    path("", till.start, name="start"),
    path("lock/", till.lock, name="lock"),
    path("change/", till.change, name="change"),
    path("look/", till.look, name="look"),
    path("forget/", till.forget, name="forget"),
]
kiosk_urls: Urls = [
    path("", kiosk.start, name="start"),
    path("language/", kiosk.language, name="language"),
    path("kind/", kiosk.kind, name="kind"),
    path("country/", kiosk.country, name="country"),
    path("dial/", kiosk.dial, name="dial"),
    path("number/", kiosk.number, name="number"),
    path("operator/", kiosk.operator, name="operator"),
    path("product/", kiosk.product, name="product"),
    path("amount/", kiosk.amount, name="amount"),
    path("read-back/", kiosk_pay.read_back, name="read_back"),
    path("code/", kiosk_pay.code, name="code"),
    path("state/", kiosk_pay.state, name="state"),
    path("modes/", kiosk_care.modes, name="modes"),
    path("idle/", kiosk_care.idle, name="idle"),
    path("wipe/", kiosk_care.wipe, name="wipe"),
    path("enrol/", kiosk_device.enrol, name="enrol"),
    path("beat/", kiosk_device.beat, name="beat"),
    path("help/", kiosk_device.ask_help, name="help"),
    path("off/", kiosk_device.off, name="off"),
    path("worker.js", kiosk_device.worker, name="worker"),
    path("leave/", kiosk_device.leave, name="leave"),
]
people_urls: Urls = [
    path("", people.people_list, name="list"),
    path("add/", people.add, name="add"),
    path("me/", people.own, name="own"),
    path("<id:person_id>/", people.person, name="person"),
    path("<id:person_id>/pin/", people.pin, name="pin"),
    path("<id:person_id>/freeze/", people.freeze, name="freeze"),
    path("<id:person_id>/unfreeze/", people.unfreeze, name="unfreeze"),
    path("<id:person_id>/unlock/", people.unlock, name="unlock"),
    path("tills/<id:device_id>/<deed:deed>/", people.till_deed, name="till"),
    path("kiosks/", kiosks.kiosk_list, name="kiosks"),
    path("kiosks/hotline/", kiosks.hotline, name="hotline"),
    path("kiosks/<id:kiosk_id>/", kiosks.kiosk, name="kiosk"),
    path("kiosks/<id:kiosk_id>/code/", kiosks.code, name="kiosk_code"),
    path("kiosks/<id:kiosk_id>/message/", kiosks.message, name="kiosk_message"),
    path("kiosks/<id:kiosk_id>/retire/", kiosks.retire, name="kiosk_retire"),
    path("kiosks/<id:kiosk_id>/<kiosk_deed:deed>/", kiosks.deed, name="kiosk_deed"),
]
shift_urls: Urls = [
    path("", shift.now, name="now"),
    path("open/", shift.open_shift, name="open"),
    path("all/", shift.shift_list, name="list"),
    path("owed/", owed.owed_list, name="owed"),
    path("owed/<int:owed_id>/", owed.pay_out, name="pay_out"),
    path("<int:number>/", shift.shift, name="shift"),
    path("<int:number>/move/", shift.move, name="move"),
    path("<int:number>/count/", shift.count, name="count"),
    path("<int:number>/seal/", shift.seal, name="seal"),
    path("<int:number>/hand-over/", shift.hand_over, name="hand_over"),
    path("<int:number>/report/", shift.report, name="report"),
]
session_urls: Urls = [
    path("sign-in/", session.sign_in, name="sign_in"),
    path("sign-out/", session.sign_out, name="sign_out"),
    path("welcome/<uidb64>/<token>/", session.welcome, name="welcome"),
    path("margin/", margin.margin, name="margin"),
    path("language/", language.choose, name="language"),
    path("factor/", second_factor.enter, name="factor"),
    path("factor/set-up/", second_factor.set_up, name="factor_set_up"),
    path("factor/codes/", second_factor.codes, name="factor_codes"),
]
notices_urls: Urls = [
    path("", notices.notice_list, name="list"),
    path("<int:notice_id>/read/", notices.read, name="read"),
]
logos_urls: Urls = [path("<digest:digest>/<int:size>.webp", logos.logo, name="logo")]
brand_urls: Urls = [
    path("<slug:name>.css", brand.style, name="style"),
    path("<digest:digest>/logo.webp", brand.logo, name="logo"),
    path("<digest:digest>/<slug:purpose>.png", brand.icon, name="icon"),
]
app_urls: Urls = [
    path("manifest.webmanifest", app.manifest, name="manifest"),
    path("worker.js", app.worker, name="worker"),
    path("offline/", app.offline, name="offline"),
]
health_urls: Urls = [
    path("live/", health.live, name="live"),
    path("ready/", health.ready, name="ready"),
    path("metrics/", health.metrics, name="metrics"),
]
urlpatterns: Urls = [
    path("", sell.home, name="home"),
    path("sell/", include((sell_urls, "sell"))),
    path("sales/", include((sales_urls, "sales"))),
    path("disputes/", include((disputes_urls, "disputes"))),
    path("reports/", include((reports_urls, "reports"))),
    path("money/", include((money_urls, "money"))),
    path("bulk/", include((bulk_urls, "bulk"))),
    path("basket/", include((basket_urls, "basket"))),
    path("queue/", include((queue_urls, "queue"))),
    path("receipts/", include((receipts_urls, "receipts"))),
    path("r/", include((passport_urls, "passport"))),
    path("shift/", include((shift_urls, "shift"))),
    path("till/", include((till_urls, "till"))),
    path("kiosk/", include((kiosk_urls, "kiosk"))),
    path("people/", include((people_urls, "people"))),
    path("notices/", include((notices_urls, "notices"))),
    path("session/", include((session_urls, "session"))),
    path("logos/", include((logos_urls, "logos"))),
    path("brand/", include((brand_urls, "brand"))),
    path("health/", include((health_urls, "health"))),
    path("", include((app_urls, "app"))),
    path("admin/", admin.site.urls),
]
handler400 = "portal.views.errors.bad_request"
handler403 = "portal.views.errors.forbidden"
handler404 = "portal.views.errors.not_found"
handler500 = "portal.views.errors.failed"
