/**
 * What draws the charts of a page in a browser, with Chart.js beside it: plain JavaScript, which is put into the page as it is. It reads
 * the figures from the page, and the colours from its style, so that they follow light and dark.
 */
export const drawing = `
"use strict";
const figures = JSON.parse(document.getElementById("figures").textContent);
const shown = {
  usd: (value) => (value < 0 ? "-$" : "$") + Math.abs(value).toLocaleString("en", { maximumSignificantDigits: 4 }),
  rate: (value) => (value * 100).toLocaleString("en", { maximumFractionDigits: 1 }) + " %",
  count: (value) => value.toLocaleString("en"),
  milliseconds: (value) => value.toLocaleString("en", { maximumSignificantDigits: 3 }) + " ms"
};
const styles = [[], [6, 4], [2, 3], [10, 4, 2, 4]];
const points = ["circle", "rect", "triangle", "rectRot"];
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
    const show = shown[figure.unit];
    drawn.push(new Chart(document.getElementById("chart-" + at), {
      type: figure.kind,
      data: {
        labels: figure.labels,
        datasets: figure.series.map(({ name, values }, i) => ({
          label: name,
          data: values,
          borderColor: color("--series-" + (i % 8)),
          backgroundColor: color("--series-" + (i % 8)),
          borderDash: styles[Math.floor(i / 8) % styles.length],
          pointStyle: points[i % points.length],
          pointRadius: figure.labels.length > 60 ? 0 : 3,
          borderWidth: figure.kind === "line" ? 2 : 0,
          spanGaps: false,
          tension: 0
        }))
      },
      options: {
        maintainAspectRatio: false,
        interaction: { mode: "index", intersect: false },
        scales: {
          x: { stacked: figure.stacked === true },
          y: {
            stacked: figure.stacked === true,
            beginAtZero: true,
            suggestedMax: figure.unit === "rate" ? 1 : undefined,
            ticks: { callback: (value) => show(value) }
          }
        },
        plugins: {
          legend: { display: figure.series.length > 1, labels: { usePointStyle: true } },
          tooltip: { callbacks: { label: ({ dataset, parsed }) => dataset.label + ": " + show(parsed.y) } }
        }
      }
    }));
  });
};
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
draw();
`
