// An application that opens Link as BudgetApp does, and writes down what it is told.
(() => {
  "use strict";
  const query = new URLSearchParams(window.location.search);
  const token = query.get("token") || sessionStorage.getItem("token");
  sessionStorage.setItem("token", token);
  window.told = [];
  const tell = (kind, entry) => {
    window.told.push(entry);
    document.body.classList.add(`told-${kind}`);
  };
  const config = {
    token,
    onSuccess: (publicToken, metadata) => tell("success", { success: publicToken, metadata }),
    onExit: (error, metadata) => tell("exit", { exit: error, metadata }),
    onEvent: (name, metadata) => tell("event", { event: name, metadata }),
    onLoad: () => tell("loaded", { loaded: true }),
  };
  if (query.has("oauth_state_id")) {
    config.receivedRedirectUri = window.location.href;
  }
  window.link = Plaid.create(config);
  document.querySelector("button").addEventListener("click", () => window.link.open());
  if (config.receivedRedirectUri) {
    window.link.open();
  }
})();
