"""The live stream: calm, patient when the house is away, never the same reference twice, truth kept apart.

The house here is a small HTTP server of this test that answers as the API does; time is run by the test.
"""

import json
import threading
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from customhouse.kernel.money import Money
from customhouse.record.codec import decode_lodgement
from customhouse.simulator import World
from customhouse.simulator.carrier import Carrier
from customhouse.simulator.client import House, HouseAway, Unwelcome
from customhouse.simulator.stream import Stream, endless, open_amount, open_queries, run_name

TODAY = date(2026, 11, 24)


class Desk:
    """What the house has been asked and how it will answer: `moods` are taken one by one for lodgements, then 201."""

    def __init__(self):
        self.lodged, self.ordered, self.paid, self.replies, self.moods, self.asks = [], [], [], [], [], set()
        self.carried = []

    def answer(self, method, path, body):
        if method == "POST" and path == "/api/v1/declarations":
            if self.moods and (mood := self.moods.pop(0)):
                return mood, {}
            self.lodged.append(body)
            return 201, self.told(f"26XM{len(self.lodged):014d}")
        if path.startswith("/pay?id="):
            self.paid.append((path.removeprefix("/pay?id="), body))
            return 200, {"status": "paid"}
        if path.startswith(("/api/v1/manifests", "/api/v1/entry-summaries")):
            self.carried.append((path, len(self.lodged), body))
            return 201, {"outcome": "new", "number": f"26XMM{len(self.carried):012d}0"}
        mrn, _, rest = path.removeprefix("/api/v1/declarations/").partition("/")
        if rest == "payments":
            self.ordered.append(mrn)
            page = f"https://elsewhere.example/pay?id={mrn}"
            return 201, {"ways": [{"way": "online", "provider": "demo", "url": page}, {"way": "transfer"}]}
        elif rest.startswith("queries/"):
            self.replies.append((mrn, rest, json.loads(body)["text"]))
        return 200, self.told(mrn)

    def told(self, mrn):
        holds = [] if any(m == mrn for m, _ in self.paid) else [{"kind": "payment"}]
        if mrn in self.asks and not any(m == mrn for m, *_ in self.replies):
            holds.append({"kind": "query", "ref": "1"})
        payable = {"minor": 123456, "currency": "USD"}
        return {"outcome": "new", "mrn": mrn, "lane": "GREEN", "holds": holds, "payable": payable, "released": None}


@pytest.fixture
def desk():
    """(the desk, the address of its server)."""
    desk = Desk()

    class Handler(BaseHTTPRequestHandler):
        def respond(self):
            size = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(size)
            known = self.headers["Authorization"] == "Bearer good"
            status, told = desk.answer(self.command, self.path, body) if known else (401, {})
            text = json.dumps(told).encode()
            self.send_response(status)
            if status == 503:
                self.send_header("Retry-After", "7")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = respond

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield desk, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self):
        self.now, self.naps = 1000.0, []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.naps.append(seconds)
        self.now += seconds


def stream(address, clock, token="good", rate=6.0, run="TX", whole=False):
    truths, told = [], []
    shipments = endless(World(1, TODAY, broker="HBL", whole=whole), run, lambda: TODAY)
    now = datetime(2026, 11, 24, 8, tzinfo=UTC)
    made = Stream(
        House(address, token, timeout=5),
        shipments,
        rate=rate,
        clock=clock,
        sleep=clock.sleep,
        keep=truths.append,
        tell=told.append,
        carrier=Carrier(House(address, token, timeout=5), lambda: now) if whole else None,
    )
    return made, truths, told


def test_it_lodges_at_the_rate_asked_for(desk):
    house, address = desk
    clock = Clock()
    made, truths, _ = stream(address, clock)
    assert made.run(60) == 60
    minutes = (clock.now - 1000.0) / 60
    assert 7 < minutes < 13
    lodged = [decode_lodgement(body) for body in house.lodged]
    assert [x.lrn for x in lodged] == [t.lrn for t in truths]
    assert {x.declarant_id for x in lodged} == {"XM100000009"}


def test_traders_pay_what_is_due_after_a_while(desk):
    house, address = desk
    made, *_ = stream(address, Clock(), rate=2)
    made.run(80)
    assert 40 < len(house.paid) <= 80
    assert len({mrn for mrn, _ in house.paid}) == len(house.paid)
    assert house.ordered == [mrn for mrn, _ in house.paid]
    assert {body for _, body in house.paid} == {b"pay=1"}


def test_a_question_is_answered_once(desk):
    house, address = desk
    house.asks = {f"26XM{3:014d}"}
    made, *_ = stream(address, Clock(), rate=1)
    made.run(25)
    assert [(mrn, rest) for mrn, rest, _ in house.replies] == [(f"26XM{3:014d}", "queries/1/answer")]


def test_the_carrier_reports_before_or_after_the_declaration_and_arrives_once(desk):
    house, address = desk
    made, truths, told = stream(address, Clock(), rate=2, whole=True)
    made.run(60)
    reports = [(json.loads(body), at) for path, at, body in house.carried if path == "/api/v1/manifests"]
    lodged = {decode_lodgement(body).lrn: n for n, body in enumerate(house.lodged)}
    before = [at <= lodged[told["reference"].removeprefix("BM-")] for told, at in reports]
    assert len(reports) > 10 and any(before) and not all(before)
    assert {t["reference"] for t, _ in reports} <= {t.cargo.split(",")[0].split()[-1] for t in truths if t.cargo}
    arrivals = [path for path, *_ in house.carried if path.endswith("/arrival")]
    assert 5 < len(arrivals) == len(set(arrivals)) <= len(reports)
    assert any(path.endswith("/degroupages") for path, *_ in house.carried)
    assert any(path == "/api/v1/entry-summaries" and body.startswith(b"<?xml") for path, _, body in house.carried)
    assert not any(t.text.isdigit() for t in told)


def test_when_the_house_is_away_it_waits_and_sends_the_same_bytes(desk):
    house, address = desk
    house.moods = [None, 503, 503, 502]
    clock = Clock()
    made, truths, told = stream(address, clock)
    made.run(3)
    references = [decode_lodgement(body).lrn for body in house.lodged]
    assert references == [t.lrn for t in truths] and len(set(references)) == 3
    waits = [t for t in told if t.what == "away"]
    assert len(waits) == 3
    assert {7.0, 4.0} <= set(clock.naps)  # asked for seven seconds twice, then back-off alone


def test_no_house_at_all_means_longer_and_longer_waits():
    clock = Clock()

    class Enough(Exception):
        pass

    def sleep(seconds):
        clock.sleep(seconds)
        if len(clock.naps) == 9:
            raise Enough

    made, truths, _ = stream("http://127.0.0.1:9", clock)
    made._sleep = sleep
    with pytest.raises(Enough):
        made.run(1)
    assert clock.naps == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert len(truths) == 1 and made.lodged == 0


def test_an_unknown_token_stops_it_at_once(desk):
    _, address = desk
    made, *_ = stream(address, Clock(), token="bad")
    with pytest.raises(Unwelcome):
        made.run(1)


def test_an_address_without_scheme_is_refused():
    with pytest.raises(ValueError, match="looks like http"):
        House("127.0.0.1:8400", "good")


def test_no_answer_says_who_did_not_answer():
    with pytest.raises(HouseAway, match=r"127\.0\.0\.1:9"):
        House("http://127.0.0.1:9", "good", timeout=1).look("26XM")


def test_runs_have_names_that_sort_and_do_not_repeat():
    first = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    names = [run_name(first + timedelta(seconds=n)) for n in (0, 1, 3600, 10**6)]
    assert names == sorted(names) and len(set(names)) == 4


def test_references_of_two_runs_never_meet_and_fit_the_field():
    world = World(1, TODAY, broker="HBL")

    def references(run, count):
        found = endless(world, run, lambda: TODAY)
        return [next(found).reference for _ in range(count)]

    one, other = references("TABCDEF", 400), references("TABCDEG", 400)
    assert len({*one, *other}) == 800
    assert max(map(len, one)) <= 22


def test_an_unknown_broker_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="HBL"):
        World(1, TODAY, broker="XXX")


def test_rate_must_be_positive(desk):
    with pytest.raises(ValueError, match="rate"):
        stream(desk[1], Clock(), rate=0)


@pytest.mark.parametrize(
    ("found", "amount"),
    [
        ({}, None),
        ({"payable": {"minor": 5, "currency": "USD"}, "holds": []}, None),
        ({"payable": {"minor": 5, "currency": "USD"}, "holds": [{"kind": "documents"}]}, None),
        ({"payable": {"minor": 5, "currency": "USD"}, "holds": [{"kind": "payment"}]}, Money(5, "USD")),
    ],
)
def test_only_what_holds_the_goods_is_paid(found, amount):
    assert open_amount(found) == amount


def test_open_queries_are_read_from_the_holds():
    holds = [{"kind": "query", "ref": "2"}, {"kind": "payment"}, {"kind": "query", "ref": "3"}]
    assert open_queries({"holds": holds}) == {2, 3}
