"""Reads a report in every format as its users' programs do. The JSON report says what each has to hold."""

import csv
import json
import re
import sys
from collections import Counter
from pathlib import Path

from jsonschema import Draft202012Validator
from junitparser import Error, Failure, JUnitXml, Skipped
from markdown_it import MarkdownIt

FOLDER = Path(sys.argv[1])

# What GitLab asks of an entry: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
CODE_QUALITY = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "not": {"pattern": r"^(\./|/)|\\"}},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}


def text(form: str) -> str:
    return (FOLDER / f"every-rule.{form}").read_text(encoding="utf-8")


def counted() -> list[tuple[str, str, int]]:
    """Rule, file and line of every finding that counts."""
    found = json.loads(text("json"))["findings"]
    places = (f for f in found if f["verdict"] != "undecided" and not f["suppressed"])
    return sorted((f["rule"], f["location"]["file"], f["location"]["line"]) for f in places)


def check(form: str, reader: str, seen: list, wanted: list) -> None:
    differ = Counter(seen) - Counter(wanted), Counter(wanted) - Counter(seen)
    assert seen and not any(differ), f"{form}: {differ}"
    print(f"{form}: {reader} sees {len(seen)} of {len(wanted)}")


def sarif_tools(wanted: list) -> None:
    with open(FOLDER / "sarif-tools.csv", newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    seen = [(row["Code"], row["Location"], int(row["Line"])) for row in rows]
    check("sarif", "sarif-tools", seen, wanted)


def jsonl(wanted: list) -> None:
    lines = text("jsonl").split("\n")
    assert lines.pop() == ""
    records = [json.loads(line) for line in lines]
    findings = [r for r in records if r["record"] == "finding" and r["verdict"] != "undecided"]
    places = [(f["rule"], f["location"]["file"], f["location"]["line"]) for f in findings if not f["suppressed"]]
    check("jsonl", "json, line by line,", places, wanted)


def spreadsheet(wanted: list) -> None:
    rows = list(csv.DictReader(text("csv").splitlines()))
    assert all(None not in row and None not in row.values() for row in rows)
    kept = [r for r in rows if r["severity"] != "problem" and r["verdict"] != "undecided" and not r["suppressed"]]
    check("csv", "csv", [(r["rule"], r["file"], int(r["line"])) for r in kept], wanted)


def junit(wanted: list) -> None:
    suites = JUnitXml.fromstring(text("junit").encode())
    cases = [(suite, case) for suite in suites for case in suite]
    failed = [(s, c) for s, c in cases if any(isinstance(r, Failure) for r in c.result)]
    seen = [(c.name.split(":")[0], s.name, int(c._elem.get("line"))) for s, c in failed]
    check("junit", "junitparser", seen, wanted)
    kinds = Counter(type(result) for _, case in cases for result in case.result)
    assert (suites.failures, suites.errors, suites.skipped) == (kinds[Failure], kinds[Error], kinds[Skipped])


def gitlab(wanted: list) -> None:
    entries = json.loads(text("gitlab"))
    wrong = [error.message for error in Draft202012Validator(CODE_QUALITY).iter_errors(entries)]
    assert not wrong, wrong
    prints = [entry["fingerprint"] for entry in entries]
    assert len(prints) == len(set(prints)), "GitLab shows one entry of those with the same fingerprint"
    seen = [(e["check_name"], e["location"]["path"], e["location"]["lines"]["begin"]) for e in entries]
    missing = Counter(wanted) - Counter(seen)
    assert not missing, missing
    print(f"gitlab: {len(entries)} entries are as GitLab asks, {len(wanted)} of {len(wanted)} findings among them")


def markdown() -> None:
    """Nothing but our own line breaks is markup, and nothing links anywhere."""
    page = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text("markdown"))
    inside = [child for token in page for child in token.children or []]
    raw = [token.content for token in page + inside if token.type.startswith("html_")]
    foreign = [html for html in raw if not re.fullmatch(r"(<br>|<!-- -->)\s*", html)]
    assert not foreign, foreign
    assert not [t for t in inside if t.type in ("link_open", "image")]
    rows = sum(token.type == "tr_open" for token in page)
    assert rows > 100, rows
    print(f"markdown: a CommonMark renderer sees a table of {rows} rows, no link and no HTML of others")


def github(wanted: list) -> None:
    """Ten commands of a level at most, the worst first, and each names a finding."""
    pattern = re.compile(
        r"^::(error|warning|notice) (file=[^,]*,line=\d+,col=\d+,endLine=\d+,endColumn=\d+,title=gatelint [a-z-]+|title=gatelint)::\S"
    )
    commands = [line for line in text("github").splitlines() if line.startswith("::")]
    read = [pattern.match(line) for line in commands]
    assert commands and all(read), commands
    levels = [m[1] for m in read]
    assert commands[-1].endswith(f"{len(wanted) - 29} more findings in the log"), commands[-1]
    assert max(Counter(levels).values()) <= 10
    print(f"github: {len(commands)} commands, {Counter(levels)}")


wanted = counted()
sarif_tools(wanted)
jsonl(wanted)
spreadsheet(wanted)
junit(wanted)
gitlab(wanted)
markdown()
github(wanted)
