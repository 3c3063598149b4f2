"""A person with a browser but no screen: walks pages and forms of the app and of the bank by HTTP."""

import json
import urllib.request
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from typing import Any
from urllib.parse import urlencode, urljoin

from budgetapp.demo.forms import Form, forms_of

PATIENCE = 180


@dataclass(frozen=True)
class Page:
    """What an address answered with, after redirects."""

    url: str
    text: str

    def form(self, name: str) -> Form:
        """The first form with a field or button of that name. LookupError if there is none."""
        for form in forms_of(self.text):
            if form.has(name):
                return form
        raise LookupError(f"{self.url} has no form with {name}.")


@dataclass
class Visitor:
    """One visitor with cookies; raises urllib.error.URLError when a page fails."""

    site: str
    _browser: urllib.request.OpenerDirector = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def get(self, address: str) -> Page:
        return self._open(urllib.request.Request(urljoin(self.site, address)))  # noqa: S310  loopback addresses

    def submit(self, page: Page, form: Form, **values: str) -> Page:
        """Sends the form with `values` typed in."""
        content = urlencode(form.filled(values)).encode()
        return self._open(urllib.request.Request(urljoin(page.url, form.action), data=content))  # noqa: S310

    def post_json(self, page: Page, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Sends JSON as a script of `page` would, and reads the JSON that comes back."""
        [token] = {value for name, value in page.form("csrfmiddlewaretoken").fields if name == "csrfmiddlewaretoken"}
        headers = {"Content-Type": "application/json", "X-CSRFToken": token}
        content = json.dumps(body).encode()
        request = urllib.request.Request(urljoin(page.url, path), content, headers)  # noqa: S310
        answer: dict[str, Any] = json.loads(self._open(request).text)
        return answer

    def _open(self, request: urllib.request.Request) -> Page:
        with self._browser.open(request, timeout=PATIENCE) as answer:
            return Page(answer.url, answer.read().decode())
