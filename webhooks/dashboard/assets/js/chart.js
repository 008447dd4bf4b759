// A stacked bar chart of tokens over time. Beside it stands a table with the same figures: a canvas says nothing to a
// screen reader.

import uPlot from "../vendor/uplot/uPlot.esm.js";
import { approximate } from "./decimal.js";
import { h } from "./dom.js";
import * as format from "./format.js";

const height = () => (innerWidth <= 640 ? 230 : 290);

export const swatchOf = (row, i) => (row.rest ? "s0" : `s${i + 1}`);

export function bucketName(start, unit) {
  if (unit === "month") return format.month(start);
  if (unit === "hour") return `${format.dayMonth(start)}, ${format.clock(start)}`;
  return format.day(start);
}

export class Chart {
  element = h("div", { class: "chart" });
  #tip = h("div", { class: "chart-tip", hidden: true });
  #plot;
  #drawn;
  #data;

  constructor() {
    this.element.append(this.#tip);
    this.element.addEventListener("mouseleave", () => { this.#tip.hidden = true; });
    new ResizeObserver(() => this.#resize()).observe(this.element);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.redraw());
  }

  // draw draws what usage.chart gives, unless it is what is there already.
  draw(data) {
    const signature = JSON.stringify([data.unit, data.starts, data.rows, data.refunded], (_, v) => (typeof v === "bigint" ? String(v) : v));
    if (signature === this.#drawn) return;
    this.#drawn = signature;
    this.#data = data;
    this.redraw();
  }

  // redraw is for other colors, too.
  redraw() {
    this.#plot?.destroy();
    this.#plot = undefined;
    this.#tip.hidden = true;
    if (!this.#data || !this.element.isConnected || this.element.clientWidth === 0) return;
    const { starts, rows, refunded } = this.#data;
    const sums = starts.map(() => 0n);
    const stacked = rows.map((row) => row.values.map((value, i) => approximate(sums[i] += value)));
    const order = [...rows.keys()].reverse();
    const below = refunded.map((value) => (value === 0n ? null : -approximate(value)));
    const top = Math.max(1, ...sums.map(approximate));
    const bottom = Math.min(0, ...below.map((value) => value ?? 0));
    const bars = uPlot.paths.bars({ size: [0.72, 44], radius: 0 });
    this.#plot = new uPlot({
      width: this.element.clientWidth, height: height(), padding: [14, 6, 0, 0],
      legend: { show: false }, cursor: { drag: { x: false, y: false }, points: { show: false }, y: false },
      scales: { x: { time: false, range: [-0.6, starts.length - 0.4] }, y: { range: [bottom * 1.1, top * 1.06] } },
      axes: [this.#xAxis(), this.#yAxis()],
      series: [{}, ...order.map((i) => ({ ...this.#fill(swatchOf(rows[i], i)), paths: bars })), { ...this.#fill("sr"), paths: bars }],
      hooks: { setCursor: [(plot) => this.#point(plot)] },
    }, [starts.map((_, i) => i), ...order.map((i) => stacked[i]), below], this.element);
  }

  #resize() {
    if (!this.#plot) return this.redraw();
    if (this.element.clientWidth > 0) this.#plot.setSize({ width: this.element.clientWidth, height: height() });
  }

  // color is that of a class, with light and dark decided.
  #color(name) {
    const probe = h("span", { class: name });
    this.element.append(probe);
    const color = getComputedStyle(probe).color;
    probe.remove();
    return color;
  }

  #fill(name) {
    return { fill: this.#color(name), stroke: "transparent", width: 0, points: { show: false } };
  }

  #axis() {
    return {
      stroke: this.#color("axis-color"), font: `12px ${getComputedStyle(this.element).fontFamily}`,
      grid: { stroke: this.#color("grid-color"), width: 1 }, ticks: { show: false },
    };
  }

  #xAxis() {
    const { starts, unit } = this.#data;
    const name = unit === "hour" ? format.clock : unit === "month" ? format.month : format.dayMonth;
    return { ...this.#axis(), grid: { show: false }, size: 34, space: unit === "month" ? 76 : 58, incrs: [1, 2, 3, 4, 6, 7, 12, 14, 28],
      values: (_, at) => at.map((i) => (starts[i] ? name(starts[i]) : "")) };
  }

  #yAxis() {
    const short = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });
    return { ...this.#axis(), size: 54, gap: 8, values: (_, at) => at.map((v) => short.format(v).replace("-", "−")) };
  }

  // point shows what is under the pointer.
  #point(plot) {
    const i = plot.cursor.idx;
    const { starts, unit, rows, charged, refunded } = this.#data;
    if (i === null || i === undefined || !starts[i]) {
      this.#tip.hidden = true;
      return;
    }
    const line = (swatch, name, value) => h("div", { class: "row" }, h("span", { class: `swatch ${swatch}` }), h("span", {}, name), h("span", {}, value));
    this.#tip.replaceChildren(
      h("strong", {}, bucketName(starts[i], unit)),
      ...rows.map((row, n) => [row, n]).filter(([row]) => row.values[i] !== 0n).map(([row, n]) => line(swatchOf(row, n), row.name, format.amount(row.values[i]))).reverse(),
      line("s0", "Charged", format.amount(charged[i])),
      ...(refunded[i] === 0n ? [] : [line("sr", "Refunded", format.amount(refunded[i]))]),
    );
    this.#tip.hidden = false;
    const left = plot.valToPos(i, "x") + plot.bbox.left / devicePixelRatio;
    const width = this.#tip.offsetWidth;
    const wanted = left + 18 + width > this.element.clientWidth ? left - width - 18 : left + 18;
    this.#tip.style.left = `${Math.max(0, wanted)}px`;
  }
}
