// Dropping a file onto the upload page. Without this script the file is chosen by its button.

const zone = document.querySelector("[data-drop]");
const input = zone?.querySelector("input[type=file]");

const carriesFile = (event) => event.dataTransfer?.types.includes("Files");

if (input) {
  document.addEventListener("dragover", (event) => {
    if (!carriesFile(event)) return;
    event.preventDefault();
    zone.classList.add("is-over");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) zone.classList.remove("is-over");
  });
  document.addEventListener("drop", (event) => {
    if (!carriesFile(event)) return;
    event.preventDefault();
    zone.classList.remove("is-over");
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    input.focus();
  });
}
