/**
 * What draws the charts of a page in a browser, with Chart.js beside it: plain JavaScript, which is put into the page as it is. It reads
 * the figures from the page, and the colours from its style, so that they follow light, dark and paper.
 */
export const drawing = `
"use strict";
const figures = JSON.parse(document.getElementById("figures").textContent);
const number = (value, options) => value.toLocaleString("en", options);
const shown = {
  usd: (value) => (value < 0 ? "-$" : "$") + number(Math.abs(value), { maximumSignificantDigits: 4 }),
  rate: (value) => number(value * 100, { maximumFractionDigits: 1 }) + " %",
  count: (value) => number(value),
  milliseconds: (value) => value < 1000
    ? number(value, { maximumSignificantDigits: 3 }) + " ms"
    : number(value / 1000, { maximumFractionDigits: 1 }) + " s"
};
/* lines that lie on each other are told apart: those on top have gaps, and smaller points */
const dashes = [[], [6, 5], [2, 4], [10, 4, 2, 4]];
const points = ["circle", "rect", "triangle", "rectRot"];
const crowded = 60;
const radius = (values, i) => ({ dataIndex: at }) =>
  values.length <= crowded ? Math.max(2.5, 4.5 - i) : (values[at - 1] ?? values[at + 1] ?? null) === null ? 2 : 0;
const day = (label, years) => new Date(label + "T00:00:00Z").toLocaleDateString("en",
  { timeZone: "UTC", month: "short", day: "numeric", year: years ? "numeric" : undefined });
/* a long name in lines of some letters, three at most */
const folded = (label, letters) => {
  const lines = [""];
  for (const word of label.split(/ +/)) {
    const line = lines[lines.length - 1];
    if (line !== "" && line.length + word.length >= letters) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : line + " " + word;
  }
  const cut = lines.map((line) => line.length > letters ? line.slice(0, letters - 1) + "…" : line);
  return cut.length > 3 ? [...cut.slice(0, 2), cut[2] + " …"] : cut;
};
const options = (figure) => {
  const { kind, labels, over, series, stacked = false, unit } = figure;
  const rows = kind === "rows";
  const years = labels.length > 0 && labels[0].slice(0, 4) !== labels[labels.length - 1].slice(0, 4);
  const values = {
    stacked,
    beginAtZero: true,
    suggestedMax: unit === "rate" ? 1 : undefined,
    ticks: { maxTicksLimit: 6, maxRotation: 0, callback: (value) => shown[unit](value) }
  };
  const names = {
    stacked,
    offset: kind !== "line" || labels.length === 1,
    grid: { display: false },
    ticks: {
      autoSkip: !rows,
      autoSkipPadding: 12,
      maxRotation: 0,
      callback(value) {
        const label = this.getLabelForValue(value);
        return over === "day" ? day(label, years) : folded(label, this.chart.width < 600 ? 16 : 36);
      }
    }
  };
  return {
    indexAxis: rows ? "y" : "x",
    maintainAspectRatio: false,
    interaction: { mode: "index", axis: rows ? "y" : "x", intersect: false },
    scales: rows ? { x: values, y: names } : { x: names, y: values },
    plugins: {
      legend: {
        display: series.length > 1,
        reverse: kind === "line",
        labels: { usePointStyle: true, boxWidth: 8, boxHeight: 8, padding: 16 }
      },
      tooltip: {
        usePointStyle: true,
        itemSort: (one, other) => one.datasetIndex - other.datasetIndex,
        callbacks: {
          label: ({ dataset, parsed }) => dataset.label + ": " + shown[unit](rows ? parsed.x : parsed.y)
        }
      }
    }
  };
};
const drawn = [];
const draw = () => {
  for (const chart of drawn.splice(0)) chart.destroy();
  const style = getComputedStyle(document.documentElement);
  const color = (name) => style.getPropertyValue(name).trim();
  Chart.defaults.color = color("--text");
  Chart.defaults.borderColor = color("--rule");
  Chart.defaults.animation = false;
  Chart.defaults.font.family = "system-ui, sans-serif";
  figures.forEach((figure, at) => {
    const line = figure.kind === "line";
    drawn.push(new Chart(document.getElementById("chart-" + at), {
      type: line ? "line" : "bar",
      data: {
        labels: figure.labels,
        datasets: figure.series.map(({ name, values }, i) => ({
          label: name,
          data: values,
          order: line ? -i : 0,
          borderColor: color("--series-" + (i % 8)),
          backgroundColor: color("--series-" + (i % 8)),
          borderDash: dashes[i % dashes.length],
          pointStyle: points[i % points.length],
          pointRadius: line ? radius(values, i) : 3,
          borderWidth: line ? 2 : 0,
          maxBarThickness: 40,
          clip: 8,
          spanGaps: false,
          tension: 0
        }))
      },
      options: options(figure)
    }));
  });
};
for (const query of ["(prefers-color-scheme: dark)", "print"]) matchMedia(query).addEventListener("change", draw);
draw();
`
