// The simulated bank's stand-in for Plaid's script of the same name: Plaid.create(...) -> {open, exit, destroy}.
// It frames the pages of the origin it was loaded from, and runs under a strict content security policy.
(() => {
  "use strict";

  const origin = new URL(document.currentScript.src).origin;
  const nothing = () => {};

  function create(config) {
    if (!config || typeof config.token !== "string" || config.token === "") {
      throw new Error("Plaid.create needs a token");
    }
    if (typeof config.onSuccess !== "function") {
      throw new Error("Plaid.create needs onSuccess");
    }
    const { onSuccess, onExit = nothing, onEvent = nothing, onLoad = nothing } = config;
    const state = { dialog: null, frame: null, page: emptyPage(), destroyed: false };

    window.addEventListener("message", receive);
    setTimeout(() => state.destroyed || onLoad(), 0);
    return Object.freeze({ open, exit, destroy });

    function open() {
      if (state.destroyed || state.dialog) {
        return;
      }
      state.frame = frameOf(startAddress(config));
      state.dialog = dialogAround(state.frame);
      state.dialog.addEventListener("cancel", (event) => {
        event.preventDefault();
        exit();
      });
      document.body.append(state.dialog);
      state.dialog.showModal();
      tell("OPEN", {});
    }

    function exit() {
      if (!state.dialog) {
        return;
      }
      const { error, status, institution, link_session_id, request_id } = state.page;
      close();
      tell("EXIT", error ? { error_type: error.error_type, error_code: error.error_code } : {});
      onExit(error, { institution, status, link_session_id, request_id });
    }

    function destroy() {
      state.destroyed = true;
      window.removeEventListener("message", receive);
      close();
    }

    function close() {
      if (state.dialog) {
        state.dialog.close();
        state.dialog.remove();
        state.dialog = state.frame = null;
      }
    }

    function receive(event) {
      if (event.origin !== origin || !state.frame || event.source !== state.frame.contentWindow) {
        return;
      }
      const message = event.data;
      if (message.kind === "page") {
        state.page = message.page;
        message.events.forEach(([name, metadata]) => tell(name, metadata));
      } else if (message.kind === "event") {
        tell(message.name, {});
      } else if (message.kind === "exit") {
        exit();
      } else if (message.kind === "leave" && new URL(message.address).origin === origin) {
        tell("OPEN_OAUTH", {});
        window.location.assign(message.address);
      } else if (message.kind === "success") {
        close();
        tell("HANDOFF", {});
        onSuccess(message.public_token, message.metadata);
      }
    }

    function tell(name, metadata) {
      const { institution, link_session_id, request_id } = state.page;
      onEvent(name, {
        institution_id: institution ? institution.institution_id : null,
        institution_name: institution ? institution.name : null,
        link_session_id,
        request_id,
        timestamp: new Date().toISOString(),
        ...metadata,
      });
    }
  }

  function emptyPage() {
    return { error: null, status: null, institution: null, link_session_id: "", request_id: "" };
  }

  function startAddress({ token, receivedRedirectUri }) {
    const address = new URL("/link/start", origin);
    address.searchParams.set("token", token);
    address.searchParams.set("origin", window.location.origin);
    if (receivedRedirectUri) {
      address.searchParams.set("received_redirect_uri", receivedRedirectUri);
    }
    return address.href;
  }

  function frameOf(address) {
    const frame = document.createElement("iframe");
    frame.src = address;
    frame.title = "Connect a simulated bank";
    frame.addEventListener("load", () => frame.focus());
    Object.assign(frame.style, { display: "block", width: "100%", height: "100%", border: "0" });
    return frame;
  }

  function dialogAround(frame) {
    const dialog = document.createElement("dialog");
    dialog.className = "plaid-link-dialog";
    dialog.setAttribute("aria-label", frame.title);
    Object.assign(dialog.style, {
      width: "min(420px, 100vw)",
      height: "min(680px, 100dvh)",
      maxWidth: "none",
      maxHeight: "none",
      padding: "0",
      border: "0",
      borderRadius: "12px",
      overflow: "hidden",
    });
    dialog.append(frame);
    return dialog;
  }

  window.Plaid = Object.freeze({ create });
})();
