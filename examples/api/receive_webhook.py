"""A receiver of webhooks that checks the signature, with nothing but Python's own library.

SECRET=whsec_... python receive_webhook.py 9000
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

KEY = base64.b64decode(os.environ["SECRET"].removeprefix("whsec_"))
seen = set()


def is_genuine(headers, body):
    """Signed with our secret, and not older than five minutes."""
    number, sent = headers["webhook-id"], headers["webhook-timestamp"]
    made = hmac.new(KEY, f"{number}.{sent}.".encode() + body, hashlib.sha256).digest()
    wanted = "v1," + base64.b64encode(made).decode()
    fresh = abs(time.time() - int(sent)) < 300
    return fresh and any(hmac.compare_digest(one, wanted) for one in headers["webhook-signature"].split())


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if not is_genuine(self.headers, body):
            self.send_response(401)
        else:
            self.send_response(204)
            number = self.headers["webhook-id"]
            if number not in seen:  # the same message may come twice
                seen.add(number)
                event = json.loads(body)
                print(event["type"], event["data"]["mrn"], flush=True)
        self.end_headers()


HTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
