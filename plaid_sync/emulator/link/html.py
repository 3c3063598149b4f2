"""HTML by construction: text is escaped unless it was built here."""

from html import escape

VOID = frozenset({"input", "link", "meta"})


class Html(str):
    """Markup that needs no escaping."""

    __slots__ = ()


def tag(name: str, *children: str, **attributes: str | bool | None) -> Html:
    """An element; True gives a bare attribute, None and False none; `class_` and `data_x` become class and data-x."""
    opening = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in VOID:
        return Html(f"<{name}{opening}>")
    return Html(f"<{name}{opening}>{joined(*children)}</{name}>")


def joined(*children: str) -> Html:
    """The children one after the other."""
    return Html("".join(child if isinstance(child, Html) else escape(child) for child in children))


def document(title: str, *body: str, script: str, style: str, **attributes: str | bool | None) -> bytes:
    """A whole page; `attributes` are those of its body."""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name_="color-scheme", content="light dark"),
        tag("title", title),
        tag("link", rel="icon", href="data:,"),
        tag("link", rel="stylesheet", href=style),
    )
    # The script runs before the rest is there, so nothing can be pressed that it does not hear.
    page = tag("html", head, tag("body", tag("script", src=script), *body, **attributes), lang="en")
    return f"<!doctype html>\n{page}\n".encode()


def _attribute(key: str, value: str | bool | None) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(value)}"'
