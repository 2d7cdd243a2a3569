"""Lines of a report, and two texts beside one another, as a cell's output: HTML, and plain text where there is none."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from kata.report.report import Line

# The themes of Jupyter, of VS Code and of Colab each say in their own way that they are dark.
_DARK = "[data-jp-theme-light=false] .kata", ".vscode-dark .kata", "html[theme=dark] .kata"
_COLOURS = {"good": ("#1a6b2c", "#7ee08f"), "bad": ("#b3261e", "#ff9b94"), "code": ("#0b5c8a", "#7cc7f2")}
_STYLE = (
    ".kata pre{margin:0;padding:0;white-space:pre-wrap;font:13px/1.4 var(--jp-code-font-family,monospace);"
    "color:inherit;background:none}.kata .title{font-weight:bold}"
    ".kata .faint{opacity:.75}.kata .beside{display:flex;flex-wrap:wrap;gap:2em}"
    + "".join(f".kata .{name}{{color:{light}}}" for name, (light, _) in _COLOURS.items())
    + "".join(f"{theme} .{name}{{color:{dark}}}" for theme in _DARK for name, (_, dark) in _COLOURS.items())
)


def bundle(lines: Iterable[Line]) -> dict[str, str]:
    """Return lines in the forms that a notebook may show."""
    lines = list(lines)
    rows = "\n".join(f'<span class="{style}">{escape(text)}</span>' if style else escape(text) for text, style in lines)
    return {"text/html": _framed(f"<pre>{rows}</pre>"), "text/plain": "\n".join(text for text, _ in lines)}


def beside(*titled: tuple[str, str]) -> dict[str, str]:
    """Return titled texts beside one another."""
    boxes = "".join(
        f'<div><pre class="title">{escape(title)}</pre><pre>{escape(text)}</pre></div>' for title, text in titled
    )
    plain = "\n\n".join(f"{title}\n{text}" for title, text in titled)
    return {"text/html": _framed(f'<div class="beside">{boxes}</div>'), "text/plain": plain}


def _framed(html: str) -> str:
    return f'<style>{_STYLE}</style><div class="kata">{html}</div>'
