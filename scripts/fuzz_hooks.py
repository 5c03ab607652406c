"""What the document cannot tell schemathesis, and a check of our own."""

import itertools
import json
import os
import re
from urllib.parse import parse_qs, urlsplit

import schemathesis
from schemathesis.core import NOT_SET
from schemathesis.core.failures import Failure
from schemathesis.core.parameters import ParameterLocation

# What there is, by the noun before it in a path.
KNOWN = {noun: itertools.cycle(keys) for noun, keys in json.loads(os.environ["CAREERNAV_KNOWN"]).items()}
# What the last page of each list called the next one.
CURSORS = {}
CALLS = itertools.count()


@schemathesis.hook
def before_call(context, case, kwargs):
    """Puts what there is in the place of what was made up: cursors always, for they are opaque, so one that is well formed
    but made up is none of this list's; keys every other time, for a key that nothing has is a good one to ask for. Numbers
    also where a link that was inferred by name brought another thing's key."""
    if not case.meta:
        return

    def is_sound(location):
        component = case.meta.components.get(location)
        return component is None or component.mode.is_positive

    if case.meta.generation.mode.is_positive and "cursor" in (case.query or {}):
        del case.query["cursor"]
        if case.operation.label in CURSORS:
            case.query["cursor"] = CURSORS[case.operation.label]
    every_other = next(CALLS) % 2 == 0
    if is_sound(ParameterLocation.PATH):
        for noun, name in re.findall(r"/([a-z-]+)/\{(\w+)\}", case.operation.path):
            if noun in KNOWN and name in (case.path_parameters or {}):
                key = next(KNOWN[noun])
                is_no_number = isinstance(key, int) and not str(case.path_parameters[name]).isdigit()
                if every_other or is_no_number:
                    case.path_parameters[name] = key
    if not every_other:
        return
    for location, values in ((ParameterLocation.QUERY, case.query), (ParameterLocation.BODY, case.body)):
        if values is not NOT_SET and isinstance(values, dict) and is_sound(location) and "mentor_id" in values:
            values["mentor_id"] = next(KNOWN["mentors"])


@schemathesis.hook
def after_call(context, case, response):
    if response.status_code == 200 and response.headers.get("content-type") == ["application/json"]:
        page = response.json()
        if isinstance(page, dict) and page.get("next"):
            CURSORS[case.operation.label] = parse_qs(urlsplit(page["next"]).query)["cursor"][0]


@schemathesis.deserializer("application/pdf")
def printed(ctx, response):
    if not response.content.startswith(b"%PDF-"):
        raise ValueError("it is no PDF")
    return "a file"


@schemathesis.check
def code_conformance(ctx, response, case):
    """Whether the operation's document names the problem's code beside its status."""
    if response.headers.get("content-type") != ["application/problem+json"] or response.status_code == 405:
        return
    code = response.json()["code"]
    documented = case.operation.definition.raw["responses"].get(str(response.status_code), {})
    if code not in re.findall(r"`(\w+)`", documented.get("description", "")):
        raise Failure(
            operation=case.operation.label,
            title="The code is not documented",
            message=f"{response.status_code} {code}",
        )
