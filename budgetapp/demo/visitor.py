"""A person with a browser but no screen: walks the app's pages and the bank's Link pages by HTTP."""

import json
import re
import urllib.request
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from typing import Any
from urllib.parse import urlencode, urljoin

FORM_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
PATIENCE = 180


@dataclass
class Page:
    """What an address answered with."""

    url: str
    text: str

    @property
    def form_token(self) -> str:
        found = FORM_TOKEN.search(self.text)
        if not found:
            raise LookupError(f"{self.url} has no form.")
        return found[1]


@dataclass
class Visitor:
    """One visitor of the app at `site`; raises urllib.error.URLError when a page fails."""

    site: str
    _browser: urllib.request.OpenerDirector = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def sign_in(self, user: str, password: str) -> None:
        page = self.post(self.get("/sign-in/"), "/sign-in/", {"username": user, "password": password})
        if page.url.endswith("/sign-in/"):
            raise LookupError("The password was refused.")

    def get(self, path: str) -> Page:
        return self._open(urllib.request.Request(urljoin(self.site, path)))  # noqa: S310  a loopback address

    def post(self, page: Page, path: str, fields: dict[str, Any]) -> Page:
        """Sends a form as `page` would."""
        content = urlencode(fields | {"csrfmiddlewaretoken": page.form_token}, doseq=True).encode()
        return self._open(urllib.request.Request(urljoin(page.url, path), data=content))  # noqa: S310

    def post_json(self, page: Page, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Sends JSON as a script of `page` would, and reads the JSON that comes back."""
        headers = {"Content-Type": "application/json", "X-CSRFToken": page.form_token}
        request = urllib.request.Request(  # noqa: S310
            urljoin(page.url, path), data=json.dumps(body).encode(), headers=headers
        )
        answer: dict[str, Any] = json.loads(self._open(request).text)
        return answer

    def _open(self, request: urllib.request.Request) -> Page:
        with self._browser.open(request, timeout=PATIENCE) as answer:
            return Page(answer.url, answer.read().decode())
