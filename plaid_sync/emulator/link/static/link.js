// Runs inside the framed Link pages: tells the page that opened Link where the person is, and how it ended.
// It stands first in the body: of the page there is nothing yet but what its body says.
(() => {
  "use strict";

  const page = document.body.dataset;
  const POLL_EVERY = 400;

  function tell(message) {
    if (window.parent !== window && page.origin) {
      window.parent.postMessage(message, page.origin);
    }
  }

  if (page.page) {
    tell({ kind: "page", page: JSON.parse(page.page), events: JSON.parse(page.events) });
  }
  if (page.success) {
    tell({ kind: "success", ...JSON.parse(page.success) });
  }
  if ("closes" in page) {
    window.close();
  }

  document.addEventListener("DOMContentLoaded", () => {
    const isUntouched = document.activeElement === document.body;
    if (isUntouched && window.parent !== window) {
      document.querySelector("h1").focus({ preventScroll: true });
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      tell({ kind: "exit" });
    }
  });

  document.addEventListener("click", (event) => {
    const control = event.target.closest("[data-action]");
    if (!control) {
      return;
    }
    if (control.dataset.action === "exit") {
      tell({ kind: "exit" });
    } else if (control.dataset.action === "leave") {
      event.preventDefault();
      tell({ kind: "leave", address: control.href });
    } else if (control.dataset.action === "popup") {
      event.preventDefault();
      openBank(control.href);
    }
  });

  function openBank(address) {
    const bank = window.open(address, "simulated-bank", "popup,width=480,height=720");
    tell({ kind: "event", name: "OPEN_OAUTH" });
    document.querySelector("[data-waiting]").hidden = false;
    const timer = setInterval(async () => {
      const answer = await fetch(page.state, { cache: "no-store" });
      const { next } = await answer.json();
      if (next) {
        clearInterval(timer);
        window.location.assign(next);
      } else if (bank && bank.closed) {
        clearInterval(timer);
        tell({ kind: "event", name: "CLOSE_OAUTH" });
        document.querySelector("[data-waiting]").hidden = true;
      }
    }, POLL_EVERY);
  }

  document.addEventListener("input", (event) => {
    if (event.target.type !== "search") {
      return;
    }
    const wanted = event.target.value.trim().toLowerCase();
    let found = 0;
    for (const entry of document.querySelectorAll("[data-name]")) {
      entry.hidden = !entry.dataset.name.includes(wanted);
      found += entry.hidden ? 0 : 1;
    }
    document.querySelector("[data-none]").hidden = found > 0;
  });
})();
