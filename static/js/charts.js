// Draws <figure data-chart="id"> from the JSON with that id; the page has the same figures as a table.

const drawn = new Map();
const dark = matchMedia("(prefers-color-scheme: dark)");

// Chart.js reads no custom properties, and its colour parser knows no oklch: a probe resolves a class
// to the scheme's colour, and one pixel turns that into what every parser knows.
const pixel = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });

const colourOf = (figure, tone) => {
  const probe = document.createElement("span");
  probe.className = `tone-${tone}`;
  figure.append(probe);
  pixel.clearRect(0, 0, 1, 1);
  pixel.fillStyle = getComputedStyle(probe).color;
  pixel.fillRect(0, 0, 1, 1);
  probe.remove();
  const [red, green, blue, alpha] = pixel.getImageData(0, 0, 1, 1).data;
  return `rgba(${red}, ${green}, ${blue}, ${alpha / 255})`;
};

// Amounts come as decimal strings: numbers are for drawing, the string is what one reads.
const inWords = (amount, currency, options = {}) => {
  const language = document.documentElement.lang;
  try {
    return new Intl.NumberFormat(language, { style: "currency", currency, ...options }).format(amount);
  } catch {
    return `${new Intl.NumberFormat(language, options).format(amount)} ${currency}`; // a code that no bank knows
  }
};

const datasetOf = (series, kind, colour) => ({
  label: series.label,
  data: series.values.map((value) => (value === null ? null : Number(value))),
  borderColor: colour,
  backgroundColor: colour,
  hoverBackgroundColor: colour,
  pointHoverBackgroundColor: colour,
  pointHoverBorderColor: colour,
  borderWidth: kind === "bar" ? 0 : 1.5,
  borderDash: series.dashed ? [4, 4] : [],
  stepped: series.stepped ? "before" : false,
  pointRadius: series.values.length === 1 ? 3 : 0,
  pointHitRadius: 8,
  maxBarThickness: 28,
  spanGaps: false,
  stack: "all",
});

const dayScale = (text) => ({
  type: "time",
  time: { tooltipFormat: "d MMM yyyy", minUnit: "day", displayFormats: { day: "d MMM", week: "d MMM", month: "MMM yyyy" } },
  grid: { display: false },
  border: { display: false },
  ticks: { color: text, maxRotation: 0, autoSkipPadding: 24 },
});

const monthScale = (text) => ({
  stacked: true,
  grid: { display: false },
  border: { display: false },
  ticks: { color: text, maxRotation: 0, autoSkipPadding: 12 },
});

const amountScale = (data, { text, strong, hairline }) => ({
  stacked: data.kind === "bar",
  grace: data.kind === "bar" ? 0 : "5%",
  border: { display: false },
  ticks: {
    color: text,
    maxTicksLimit: 6,
    callback: (value) => inWords(value, data.currency, { notation: "compact", maximumFractionDigits: 1 }),
  },
  grid: { color: ({ tick }) => (tick?.value === 0 ? strong : hairline) },
});

const tooltip = (figure, data, text) => ({
  backgroundColor: colourOf(figure, "overlay"),
  borderColor: colourOf(figure, "strong"),
  borderWidth: 1,
  titleColor: text,
  bodyColor: text,
  boxPadding: 4,
  callbacks: {
    label: ({ dataset, datasetIndex, dataIndex }) => {
      const exact = data.series[datasetIndex].values[dataIndex];
      return `${dataset.label}: ${inWords(exact, data.currency)}`;
    },
  },
});

const draw = (figure) => {
  const data = JSON.parse(document.getElementById(figure.dataset.chart).textContent);
  const canvas = figure.querySelector("canvas");
  const muted = colourOf(figure, "muted");
  drawn.get(canvas)?.destroy();
  Chart.defaults.font.family = getComputedStyle(figure).fontFamily;
  drawn.set(canvas, new Chart(canvas, {
    type: data.kind,
    data: {
      labels: data.labels,
      datasets: data.series.map((series) => datasetOf(series, data.kind, colourOf(figure, series.tone))),
    },
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      interaction: { mode: "index", intersect: false },
      scales: {
        x: data.kind === "bar" ? monthScale(muted) : dayScale(muted),
        y: amountScale(data, { text: muted, strong: colourOf(figure, "strong"), hairline: colourOf(figure, "hairline") }),
      },
      plugins: { legend: { display: false }, tooltip: tooltip(figure, data, colourOf(figure, "text")) },
    },
  }));
};

const forgetGone = () => {
  for (const [canvas, chart] of drawn) {
    if (canvas.isConnected) continue;
    chart.destroy();
    drawn.delete(canvas);
  }
};

const drawAll = (within) => within.querySelectorAll("[data-chart]").forEach(draw);

drawAll(document);
document.addEventListener("htmx:afterSettle", ({ target }) => { forgetGone(); drawAll(target); });
dark.addEventListener("change", () => drawAll(document));
addEventListener("beforeprint", () => drawn.forEach((chart) => chart.resize()));
