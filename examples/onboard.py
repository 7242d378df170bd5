#!/usr/bin/env python3
"""Onboards one customer with Python's standard library alone, and waits for the end.

    ONBOARD_TOKEN=$(cat .data/admin-token) python3 examples/onboard.py 000000000101 us-east-1 c-1001

ONBOARD_URL: where the service is (http://127.0.0.1:3000). Prints the ARN; ends with 1 when there is none.
"""

import json
import os
import random
import sys
import time
import urllib.error
import urllib.request
import uuid

URL = os.environ.get("ONBOARD_URL", "http://127.0.0.1:3000")
TOKEN = os.environ["ONBOARD_TOKEN"]
REPEAT = {408, 429, 502, 503, 504}


class Refused(Exception):
    """The service's problem document: compare `code`, show `detail`."""

    def __init__(self, problem):
        super().__init__(f"{problem.get('code')}: {problem.get('detail')}")
        self.code = problem.get("code")


def call(method, path, body=None, within=30.0):
    """Makes a call, and repeats it under one key while it gets no answer or is told to come back."""
    headers = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
    if body is not None:
        headers["idempotency-key"] = str(uuid.uuid4())
    data = None if body is None else json.dumps(body).encode()
    ends_at = time.monotonic() + within
    tries = 0
    while True:
        asked = 0.0
        try:
            request = urllib.request.Request(URL + path, data=data, headers=headers, method=method)
            with urllib.request.urlopen(request, timeout=60) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            problem = problem_of(error)
            if error.code not in REPEAT and problem.get("code") != "idempotency_key_in_use":
                raise Refused(problem) from None
            failure, asked = Refused(problem), float(error.headers.get("retry-after", 0))
        except OSError as error:
            failure = error
        # Full jitter, so that many callers who failed together do not come back together.
        wait = asked + random.uniform(0, min(5.0, 0.2 * 2**tries))
        if time.monotonic() + wait >= ends_at:
            raise failure
        time.sleep(wait)
        tries += 1


def problem_of(error):
    try:
        return json.load(error)
    except ValueError:
        return {"code": "unreadable", "detail": f"HTTP {error.code}"}


def main(account, region, customer):
    onboarding = call(
        "POST",
        "/v1/onboardings",
        {
            "account": account,
            "region": region,
            "eventNamespace": f"customers/{customer}",
            "eventName": "orders",
            "customerId": customer,
        },
    )
    while onboarding["status"] not in ("provisioned", "failed", "cancelled"):
        onboarding = call("GET", f"/v1/onboardings/{onboarding['id']}?wait=20")
    if onboarding["status"] != "provisioned":
        print(onboarding["error"], file=sys.stderr)
        return 1
    print(onboarding["eventSourceArn"])
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:4]))
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        sys.exit(1)
