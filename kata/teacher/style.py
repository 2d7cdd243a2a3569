"""How the pages for teachers and students look: one file each, no network, light and dark, on paper."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from html import escape

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1b1f; --paper: #fff; --line: #767680; --soft: #f1f1f4;
  --done: #d8f0dc; --part: #fdebc8; --none: #f6d5d5; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #ececf1; --paper: #17171b; --line: #8d8d99; --soft: #24242a; --done: #1e4427; --part: #4d3a10;
    --none: #4f2226; } }
body { font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 2rem auto;
  padding: 0 1rem; max-width: 75rem; }
h1, h2, h3 { line-height: 1.2; }
h3 { margin: 1.5rem 0 .25rem; }
code { font-family: ui-monospace, monospace; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .875rem; }
caption { text-align: left; padding-bottom: .5rem; }
th button { font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; }
th button::after { content: " \\2195"; } th[aria-sort=ascending] button::after { content: " \\2191"; }
th[aria-sort=descending] button::after { content: " \\2193"; }
th, td { border: 1px solid var(--line); padding: .25rem .5rem; text-align: right; white-space: nowrap; }
tbody th, thead th:first-child { text-align: left; position: sticky; left: 0; background: var(--soft); }
td.done { background: var(--done); } td.part { background: var(--part); } td.none { background: var(--none); }
ol { padding-left: 1.5rem; } li { margin: .35rem 0; }
.share { font-weight: 600; }
summary { cursor: pointer; }
pre { overflow-x: auto; background: var(--soft); padding: .5rem; }
a { color: inherit; }
td.notes { text-align: left; white-space: normal; min-width: 12rem; }
@media print { body { margin: 0; max-width: none; } nav, th button::after { display: none; }
  .scroll { overflow: visible; } table { font-size: .6rem; } details > * { display: inline; } }
"""


def begin(title: str, script: str = "", refresh: int = 0) -> Iterator[str]:
    """Yield the head of a page.

    Args:
        title: of the page.
        script: what it runs; nothing else can run in it.
        refresh: seconds after which it is read again; 0: never.
    """
    hashed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    runs = f"; script-src 'sha256-{hashed}'" if script else ""
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    policy = f"default-src 'none'; style-src 'unsafe-inline'{runs}"
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    if refresh:
        yield f'<meta http-equiv="refresh" content="{refresh}">'
    yield f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>"


def end() -> Iterator[str]:
    """Yield its end."""
    yield "</main>\n</body>\n</html>"
