// Opens Plaid Link and carries its answers to the server. The page says where in data attributes.
// Its button is disabled until this and Plaid's script are there to hear it.

const page = document.getElementById("link");
const button = document.getElementById("link-open");
const status = document.getElementById("link-status");
const resumed = document.getElementById("link-visit");

const say = (words, kind = "info", reference = "") => {
  const notice = document.createElement("div");
  notice.className = `notice ${kind}`;
  const body = document.createElement("div");
  const text = document.createElement("p");
  text.textContent = words;
  body.append(text);
  if (reference) {
    const code = document.createElement("p");
    code.className = "small muted";
    code.textContent = `Plaid's reference: ${reference}`;
    body.append(code);
  }
  notice.append(body);
  status.replaceChildren(notice);
};

// aria-disabled keeps the focus on the button, where Link's window gives it back to.
const setBusy = (isBusy) => button.setAttribute("aria-disabled", String(isBusy));

const letTryAgain = () => {
  button.hidden = false;
  setBusy(false);
};

const post = async (url, content) => {
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      "X-CSRFToken": page.querySelector("[name=csrfmiddlewaretoken]").value,
    },
    body: JSON.stringify(content),
  });
  if (response.ok) return response.json();
  const isOurs = (response.headers.get("Content-Type") || "").startsWith("application/json");
  const words = isOurs ? (await response.json()).message : "";
  throw new Error(words || "The server could not do that. Reload the page and try again.");
};

const attempt = async (work) => {
  try {
    await work();
  } catch (error) {
    const isOffline = error instanceof TypeError;
    say(isOffline ? "The server does not answer. Check that it is running and try again." : error.message, "negative");
    letTryAgain();
  }
};

const open = (visit) => {
  const link = Plaid.create({
    token: visit.token,
    ...(visit.receivedRedirectUri && { receivedRedirectUri: visit.receivedRedirectUri }),
    onSuccess: (publicToken, metadata) => attempt(async () => {
      say("Reading your accounts. This takes a few seconds.");
      const answer = await post(page.dataset.exchangeUrl, {
        session: visit.session, public_token: publicToken, metadata,
      });
      location.assign(answer.next);
    }),
    onExit: (error, metadata) => attempt(async () => {
      link.destroy();
      const answer = await post(page.dataset.exitUrl, { session: visit.session, error, metadata });
      say(answer.message, answer.isError ? "negative" : "info", answer.reference);
      letTryAgain();
    }),
  });
  link.open();
};

const begin = () => button.getAttribute("aria-disabled") !== "true" && attempt(async () => {
  setBusy(true);
  say("Opening Plaid.");
  const visit = await post(page.dataset.startUrl, { account: page.dataset.account });
  status.replaceChildren();
  open(visit);
});

if (typeof Plaid === "undefined") {
  say(
    page.dataset.absence || "Plaid's window could not be loaded. Check your connection, allow scripts from "
    + `${page.dataset.origin} in your ad blocker, and reload this page.`,
    "negative",
  );
} else if (resumed) {
  attempt(async () => open(JSON.parse(resumed.textContent)));
} else {
  button.addEventListener("click", begin);
  button.disabled = false;
}
