// Small conveniences. Every page works without them.

// An open menu closes on a click elsewhere and on Escape; focus returns to its button.
const openMenus = () => document.querySelectorAll("details.menu[open]");

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// <button data-copy="text"> copies its text and says so.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const label = button.querySelector("[data-copy-label]");
  const before = label.textContent;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    label.textContent = "Copied";
  } catch {
    label.textContent = "Select and copy it by hand";
  }
  setTimeout(() => { label.textContent = before; }, 2000);
});

// Who is signed out meanwhile gets the sign-in page whole, not inside of a fragment.
document.addEventListener("htmx:beforeSwap", (event) => {
  const answered = new URL(event.detail.xhr.responseURL, location.href);
  if (answered.pathname !== document.body.dataset.signIn) return;
  event.detail.shouldSwap = false;
  location.reload();
});

// A fragment that follows some work is swapped every two seconds, but not from under an open menu. What else stands open
// in it stays open; htmx keeps the focus of what has an id.
let opened = [];
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target.querySelector("details.menu[open]")) detail.shouldSwap = false;
  opened = [...detail.target.querySelectorAll("details[id][open]")].map((each) => each.id);
});
document.addEventListener("htmx:afterSettle", () => {
  for (const each of opened.map((id) => document.getElementById(id))) if (each) each.open = true;
});

// A request of a fragment that fails says so in words, where messages stand.
const sayFailure = (text) => {
  const notice = document.createElement("div");
  notice.className = "notice negative";
  const words = document.createElement("p");
  words.textContent = text;
  notice.append(words);
  document.getElementById("messages").replaceChildren(notice);
};

document.addEventListener("htmx:responseError", () => {
  sayFailure("The server could not do that. Nothing was changed; reload the page and try again.");
});
document.addEventListener("htmx:sendError", () => {
  sayFailure("The server does not answer. Nothing was changed; check that it is running and try again.");
});
