"""The forms of a page with what they would send if a person pressed their button now."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Form:
    action: str = ""
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def has(self, name: str) -> bool:
        return any(name == other for other, _value in [*self.fields, *self.buttons])

    def filled(self, values: dict[str, str]) -> list[tuple[str, str]]:
        """What is sent once `values` were typed in; a value for a button presses that one."""
        return [(name, value) for name, value in self.fields if name not in values] + list(values.items())


def forms_of(text: str) -> list[Form]:
    reader = _Reader()
    reader.feed(text)
    return reader.forms


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._is_inside = False
        self._select: str | None = None
        self._options: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "form":
            self.forms.append(Form(given.get("action") or ""))
            self._is_inside = True
        elif not self._is_inside or "disabled" in given:
            return
        elif tag == "input" and name:
            if given.get("type") not in {"checkbox", "radio"} or "checked" in given:
                self.forms[-1].fields.append((name, value))
        elif tag == "button" and name:
            self.forms[-1].buttons.append((name, value))
        elif tag == "select":
            self._select, self._options = name, []
        elif tag == "option" and self._select:
            self._options.append((value, "selected" in given))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_inside = False
        elif tag == "select" and self._select:
            chosen = [value for value, is_selected in self._options if is_selected] or [
                value for value, _is_selected in self._options[:1]
            ]
            self.forms[-1].fields += [(self._select, value) for value in chosen]
            self._select = None
