"""From credentials to a released declaration, with nothing but Python's own library.

    CUSTOMHOUSE=http://127.0.0.1:8500 CLIENT=cl_... SECRET=cs_... TRADER=XM100000009 python lodge_and_pay.py

Prints each step; ends with 1 when the declaration is not released (customs looks at it: see what it waits for).
"""

import base64
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from pathlib import Path

HOUSE, CLIENT, SECRET = os.environ["CUSTOMHOUSE"], os.environ["CLIENT"], os.environ["SECRET"]
TRADER = os.environ.get("TRADER", "XM100000009")
DECLARATION = Path(__file__).with_name("declaration.json")


def call(method, path, body=None, **headers):
    """One request to the house: (status, answer). A 429 or 503 is waited for as long as the house asks."""
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    headers.setdefault("Content-Type", "application/json")
    while True:
        try:
            with urllib.request.urlopen(urllib.request.Request(HOUSE + path, data, headers, method=method)) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as fault:
            if fault.code in (429, 503):
                time.sleep(int(fault.headers.get("Retry-After", "1")))
                continue
            return fault.code, json.load(fault)


def token():
    """An access token, for half an hour."""
    basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
    form = urllib.parse.urlencode({"grant_type": "client_credentials"}).encode()
    kind = "application/x-www-form-urlencoded"
    status, answer = call("POST", "/api/v1/oauth/token", form, Authorization=f"Basic {basic}", Content_Type=kind)
    if status != 200:
        sys.exit(f"no token: {answer}")
    return answer["access_token"]


bearer = {"Authorization": f"Bearer {token()}"}
print("token given")

paper = json.loads(DECLARATION.read_text()) | {"lrn": f"PY-{uuid.uuid4().hex[:12]}", "declarant": {"id": TRADER}}
status, answer = call("POST", "/api/v1/declarations", paper, **bearer)
if status != 201:
    sys.exit("\n".join(f"{p['rule']}: {p['label']} {p.get('where', '')}" for p in answer["problems"]))
mrn, due = answer["mrn"], answer["payable"]
print(f"accepted as {mrn}, lane {answer['lane']}, {due['minor'] / 100:.2f} {due['currency']} due")

# Ask for the payment order. Sent again when no answer comes, it is the same order.
status, order = call("POST", f"/api/v1/declarations/{mrn}/payments", **bearer)
print(f"payment order {order['reference']}, {order['open']['minor'] / 100:.2f} {order['open']['currency']}")

# Pay it. With a real provider a person does this in a browser, or a transfer carries the reference; the stand-in of a
# demo house or a sandbox takes the click of a program.
page = next(way["url"] for way in order["ways"] if way["way"] == "online")
kind = "application/x-www-form-urlencoded"
status, payment = call("POST", page.removeprefix(HOUSE), b"pay=1", Content_Type=kind)
print(f"payment {payment['status']}")

# The house hears of it from the provider; the declaration goes on by itself.
status, answer = call("GET", f"/api/v1/declarations/{mrn}", **bearer)
print(f"now {answer['stage']}", *(f"(waits for {hold['kind']})" for hold in answer["holds"]))
sys.exit(0 if answer["stage"] == "RELEASED" else 1)
