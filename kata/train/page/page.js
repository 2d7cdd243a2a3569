"use strict";
// The page of one training run: the learner's network, computed here as torch computes it, and what each layer makes.
const run = JSON.parse(document.getElementById("run").textContent);
const floats = text => new Float32Array(Uint8Array.from(atob(text), one => one.charCodeAt(0)).buffer);
const bytes = text => Uint8Array.from(atob(text), one => one.charCodeAt(0));
const element = (name, words = {}, ...inside) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(words))
    key in made && key !== "list" ? made[key] = value : made.setAttribute(key, value);
  made.append(...inside);
  return made;
};
const size = shape => shape.reduce((a, b) => a * b, 1);
const tensor = (shape, data = new Float32Array(size(shape))) => ({ shape, data });

// What each step of the network does: a tensor (C, H, W) or (N,) in, one out. Sums are made of double numbers.
const steps = {
  conv({ shape: [, height, width], data }, { shape: [out, channels, kernel], w, b }) {
    const rows = height - kernel + 1, columns = width - kernel + 1, y = tensor([out, rows, columns]);
    for (let o = 0; o < out; o++) for (let r = 0; r < rows; r++) for (let s = 0; s < columns; s++) {
      let sum = b[o];
      for (let c = 0; c < channels; c++) for (let i = 0; i < kernel; i++) for (let j = 0; j < kernel; j++)
        sum += data[(c * height + r + i) * width + s + j] * w[((o * channels + c) * kernel + i) * kernel + j];
      y.data[(o * rows + r) * columns + s] = sum;
    }
    return y;
  },
  relu: x => tensor(x.shape, x.data.map(v => Math.max(v, 0))),
  tanh: x => tensor(x.shape, x.data.map(v => 1.7159 * Math.tanh(2 / 3 * v))),
  grey: (x, { w }) => tensor(x.shape, x.data.map(v => w[0] + w[1] * v)),
  negative: x => tensor(x.shape, x.data.map(v => -v)),
  flatten: x => tensor([x.data.length], x.data),
  pool: x => ofSquares(x, (a, b, c, d) => Math.max(a, b, c, d)),
  subsample: (x, { w, b }) => ofSquares(x, (a, b1, c, d, map) => w[map] * (a + b1 + c + d) + b[map]),
  linear({ data }, { shape: [out, inputs], w, b }) {
    const y = tensor([out]);
    for (let o = 0; o < out; o++) {
      let sum = b[o];
      for (let i = 0; i < inputs; i++) sum += data[i] * w[o * inputs + i];
      y.data[o] = sum;
    }
    return y;
  },
  distance({ data }, { shape: [out, inputs], w }) {
    const y = tensor([out]);
    for (let o = 0; o < out; o++) {
      let sum = 0;
      for (let i = 0; i < inputs; i++) sum += (data[i] - w[o * inputs + i]) ** 2;
      y.data[o] = sum;
    }
    return y;
  },
};
function ofSquares({ shape: [maps, height, width], data }, of) {
  const rows = height >> 1, columns = width >> 1, y = tensor([maps, rows, columns]);
  for (let m = 0; m < maps; m++) for (let r = 0; r < rows; r++) for (let s = 0; s < columns; s++) {
    const at = (m * height + 2 * r) * width + 2 * s;
    y.data[(m * rows + r) * columns + s] = of(data[at], data[at + 1], data[at + width], data[at + width + 1], m);
  }
  return y;
}
const network = run.steps.map(one => ({ ...one, w: one.w && floats(one.w), b: one.b && floats(one.b) }));

function forward(pixels) {
  let x = tensor([1, 32, 32], Float32Array.from(pixels));
  return network.map(step => ({ step, x, y: (x = steps[step.kind](x, step)) }));
}
function softmax(scores) {
  const largest = Math.max(...scores), powers = [...scores].map(score => Math.exp(score - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map(power => power / sum);
}

// A drawing becomes an image as the training data was made: cut out, brought to its size, with grey edges.
function resized(image, height, width, rows, columns) {  // the mean of what lies below each pixel
  const made = new Float32Array(rows * columns);
  for (let r = 0; r < rows; r++) for (let s = 0; s < columns; s++) {
    const [top, bottom] = [r * height / rows, (r + 1) * height / rows];
    const [left, right] = [s * width / columns, (s + 1) * width / columns];
    let sum = 0, area = 0;
    for (let y = Math.floor(top); y < Math.ceil(bottom); y++) for (let x = Math.floor(left); x < Math.ceil(right); x++) {
      const part = (Math.min(y + 1, bottom) - Math.max(y, top)) * (Math.min(x + 1, right) - Math.max(x, left));
      sum += part * image[y * width + x]; area += part;
    }
    made[r * columns + s] = sum / area;
  }
  return made;
}
function bilinear(image, side, wanted) {  // F.interpolate(..., mode="bilinear", align_corners=False)
  const made = new Float32Array(wanted * wanted), clamp = v => Math.min(Math.max(v, 0), side - 1);
  for (let r = 0; r < wanted; r++) for (let s = 0; s < wanted; s++) {
    const y = Math.max((r + .5) * side / wanted - .5, 0), x = Math.max((s + .5) * side / wanted - .5, 0);
    const [y0, x0] = [Math.floor(y), Math.floor(x)], [y1, x1] = [clamp(y0 + 1), clamp(x0 + 1)], [a, b] = [y - y0, x - x0];
    made[r * wanted + s] = (1 - a) * ((1 - b) * image[y0 * side + x0] + b * image[y0 * side + x1])
      + a * ((1 - b) * image[y1 * side + x0] + b * image[y1 * side + x1]);
  }
  return made;
}
function asTrained(ink, side) {  // ink: side x side numbers from 0 to 1
  let [top, bottom, left, right] = [side, -1, side, -1];
  for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) if (ink[y * side + x] > .1) {
    top = Math.min(top, y); bottom = Math.max(bottom, y); left = Math.min(left, x); right = Math.max(right, x);
  }
  if (bottom < 0) return new Float32Array(1024);
  const [height, width] = [bottom - top + 1, right - left + 1], digits = run.data === "digits";
  const box = digits ? 32 : 20, scale = box / Math.max(height, width);
  const rows = Math.max(1, Math.round(height * scale)), columns = Math.max(1, Math.round(width * scale));
  const cut = new Float32Array(height * width);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) cut[y * width + x] = ink[(top + y) * side + left + x];
  const small = resized(cut, height, width, rows, columns), whole = new Float32Array(1024);
  let [down, across] = [(32 - rows) >> 1, (32 - columns) >> 1];
  if (!digits) {  // MNIST: the centre of mass in the middle
    let [mass, y0, x0] = [1e-9, 0, 0];
    small.forEach((v, at) => { mass += v; y0 += v * Math.floor(at / columns); x0 += v * (at % columns); });
    down = Math.min(Math.max(Math.round(15.5 - y0 / mass), 0), 32 - rows);
    across = Math.min(Math.max(Math.round(15.5 - x0 / mass), 0), 32 - columns);
  }
  for (let y = 0; y < rows; y++) for (let x = 0; x < columns; x++)
    whole[(down + y) * 32 + across + x] = small[y * columns + x];
  if (!digits) return whole;
  const counted = resized(whole, 32, 32, 8, 8).map(v => Math.round(Math.min(v, 1) * 16) / 16);  // 8 x 8 in 17 greys
  return bilinear(counted, 8, 32);
}

// What is seen.
const dark = matchMedia("(prefers-color-scheme: dark)");
function colour(value, largest, signed) {
  const share = largest > 0 ? Math.min(Math.abs(value) / largest, 1) : 0, paper = dark.matches ? 23 : 255;
  const ink = !signed ? (dark.matches ? [236, 236, 241] : [27, 27, 31]) : value < 0 ? [59, 120, 235] : [222, 75, 60];
  return ink.map(part => paper + share * (part - paper));
}
function paint(canvas, data, width, largest, signed) {
  canvas.width = width; canvas.height = data.length / width;
  const context = canvas.getContext("2d"), image = context.createImageData(canvas.width, canvas.height);
  data.forEach((value, at) => image.data.set([...colour(value, largest, signed), 255], 4 * at));
  context.putImageData(image, 0, 0);
}
const short = value => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(3));
const $ = id => document.getElementById(id);
let now = { pixels: new Float32Array(1024), stations: [] };

function tiles(y) {  // maps one by one; rows of numbers as blocks
  if (y.shape.length === 3) {
    const [maps, height, width] = y.shape;
    return height * width === 1 ? [{ data: y.data, width: 12 }]
      : Array.from({ length: maps }, (_, m) => ({ data: y.data.subarray(m * height * width, (m + 1) * height * width), width }));
  }
  const count = y.shape[0], width = { 120: 12, 84: 7, 400: 25, 10: 10 }[count] ?? Math.ceil(Math.sqrt(count));
  return [{ data: y.data, width }];
}
function show(pixels, words = "") {
  now = { pixels, stations: forward(pixels) };
  paint($("given"), pixels, 32, 1, false);
  const scores = now.stations.at(-1).y.data, shares = softmax(scores), best = scores.indexOf(Math.max(...scores));
  $("verdict").textContent = `Read as ${best}, with ${(100 * shares[best]).toFixed(1)} %${words}`;
  $("scores").replaceChildren(...[...scores].map((score, digit) => element("tr", {},
    element("th", { scope: "row" }, String(digit)), element("td", {}, short(score)),
    element("td", {}, `${(100 * shares[digit]).toFixed(1)} %`),
    element("td", { className: "bar" }, element("meter", { value: shares[digit], title: `probability of ${digit}` })))));
  $("layers").replaceChildren(...now.stations.filter(({ step }) => step.name).map(layer));
}
function layer({ step, y }) {
  const at = now.stations.findIndex(one => one.y === y), signed = y.data.some(v => v < 0);
  const largest = y.data.reduce((a, v) => Math.max(a, Math.abs(v)), 0);
  let before = 0;
  const maps = tiles(y).map(({ data, width }, number) => {
    const start = before, canvas = element("canvas", { tabIndex: 0, title: `${step.name}, ${number}` });
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `${step.name}, map ${number}: arrow keys explain its numbers`);
    before += data.length;
    paint(canvas, data, width, largest, signed);
    canvas.style.width = `${width * ({ 28: 2, 14: 4 }[width] ?? (width < 10 ? 6 : 5))}px`;
    let place = 0;
    const point = to => { place = Math.min(Math.max(to, 0), data.length - 1); explain(at, start + place, canvas, place); };
    canvas.addEventListener("pointermove", event => {
      const box = canvas.getBoundingClientRect(), rows = data.length / width;
      const row = Math.floor((event.clientY - box.top) / box.height * rows);
      point(Math.min(row, rows - 1) * width + Math.floor((event.clientX - box.left) / box.width * width));
    });
    canvas.addEventListener("focus", () => point(place));
    canvas.addEventListener("keydown", event => {
      const move = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -width, ArrowDown: width }[event.key];
      if (move) { event.preventDefault(); point(place + move); }
    });
    return canvas;
  });
  const what = `${step.name} (${y.shape.join(", ")})`;
  return element("section", { className: "layer" }, element("h3", {}, what), element("div", { className: "maps" }, ...maps));
}

// How one number was computed.
function grid(data, width, largest, words) {
  const canvas = element("canvas", { className: "grid", title: words });
  paint(canvas, data, width, largest, true);
  return element("figure", {}, canvas, element("figcaption", {}, words));
}
const explained = {
  conv(x, y, { shape: [out, channels, kernel], w, b }, at) {
    const [, height, width] = x.shape, [, rows, columns] = y.shape, o = Math.floor(at / (rows * columns));
    const r = Math.floor(at / columns) % rows, s = at % columns, parts = [];
    for (let c = 0; c < channels; c++) {
      const patch = new Float32Array(kernel * kernel), own = w.subarray((o * channels + c) * kernel * kernel, (o * channels + c + 1) * kernel * kernel);
      for (let i = 0; i < kernel; i++) for (let j = 0; j < kernel; j++)
        patch[i * kernel + j] = x.data[(c * height + r + i) * width + s + j];
      parts.push({ c, patch, own, sum: patch.reduce((sum, v, k) => sum + v * own[k], 0) });
    }
    const told = [...parts].sort((one, other) => Math.abs(other.sum) - Math.abs(one.sum)).slice(0, 6);
    const largest = Math.max(...told.flatMap(({ patch }) => [...patch].map(Math.abs)));
    const strongest = Math.max(...told.flatMap(({ own }) => [...own].map(Math.abs)));
    const rest = parts.length - told.length, sums = parts.map(({ sum }) => short(sum)).join(" + ");
    return [`Map ${o} at row ${r}, column ${s}: the patch below the kernel, times the kernel, summed up` +
      (channels > 1 ? ` over ${parts.length} maps${rest ? ` (the ${told.length} strongest are shown)` : ""}` : "") +
      `: ${channels > 12 ? "..." : sums} + bias ${short(b[o])} = ${short(y.data[at])}`,
      ...told.map(({ c, patch, own, sum }) => element("div", { className: "pair" },
        grid(patch, kernel, largest, `patch of ${c}`), " × ", grid(own, kernel, strongest, "kernel"), ` = ${short(sum)}`))];
  },
  linear(x, y, { shape: [, inputs], w, b }, at) {
    const parts = Array.from(x.data, (v, i) => ({ i, v, weight: w[at * inputs + i] }));
    parts.sort((one, other) => Math.abs(other.v * other.weight) - Math.abs(one.v * one.weight));
    const lines = parts.slice(0, 6).map(({ i, v, weight }) =>
      element("li", {}, `number ${i}: ${short(v)} × ${short(weight)} = ${short(v * weight)}`));
    return [`Number ${at}: ${inputs} products and the bias ${short(b[at])} make ${short(y.data[at])}. The largest:`, element("ul", {}, ...lines)];
  },
  distance: (x, y, { shape: [, inputs], w }, at) => [
    `Penalty of ${at}: how far the ${inputs} numbers are from its picture, ${short(y.data[at])}. The numbers, and the picture:`,
    element("div", { className: "pair" }, grid(x.data, 7, 1.7, "numbers"), grid(w.subarray(at * inputs, (at + 1) * inputs), 7, 1.7, "picture"))],
  pool: (x, y, _, at) => [`The largest of ${square(x, y, at).map(short).join(", ")}: ${short(y.data[at])}`],
  subsample(x, y, { w, b }, at) {
    const map = Math.floor(at / (y.shape[1] * y.shape[2])), four = square(x, y, at);
    return [`${short(w[map])} × (${four.map(short).join(" + ")}) + ${short(b[map])} = ${short(y.data[at])}`];
  },
};
function square(x, y, at) {
  const [, height, width] = x.shape, [, rows, columns] = y.shape, map = Math.floor(at / (rows * columns));
  const from = (map * height + 2 * (Math.floor(at / columns) % rows)) * width + 2 * (at % columns);
  return [from, from + 1, from + width, from + width + 1].map(place => x.data[place]);
}
const each = { relu: "the larger of it and 0", tanh: "1.7159 tanh(2/3 x)", negative: "its negative", grey: "its grey, from -0.1 to 1.175" };
function explain(station, at) {
  const { step, x, y } = now.stations[station];
  const told = explained[step.kind]?.(x, y, step, at) ?? [`${short(x.data[at])} becomes ${short(y.data[at])}: ${each[step.kind] ?? "the same"}`];
  $("explained").replaceChildren(element("strong", {}, step.name), element("div", {}, ...told));
}

// Drawing, with mouse, pen or finger.
const pad = $("pad"), side = pad?.width, context = pad?.getContext("2d", { willReadFrequently: true });
let last = null;
function clear() { context.fillStyle = "#fff"; context.fillRect(0, 0, side, side); show(new Float32Array(1024)); }
function inked() {
  const { data } = context.getImageData(0, 0, side, side), ink = new Float32Array(side * side);
  for (let at = 0; at < ink.length; at++) ink[at] = 1 - data[4 * at] / 255;
  return ink;
}
function stroke(event) {
  const box = pad.getBoundingClientRect();
  const here = [(event.clientX - box.left) * side / box.width, (event.clientY - box.top) * side / box.height];
  context.strokeStyle = "#000"; context.lineWidth = side / 9; context.lineCap = context.lineJoin = "round";
  context.beginPath(); context.moveTo(...(last ?? here)); context.lineTo(...here); context.stroke();
  last = here;
  show(asTrained(inked(), side));
}
if (run.live) {
  pad.addEventListener("pointerdown", event => { pad.setPointerCapture(event.pointerId); stroke(event); });
  pad.addEventListener("pointermove", event => { if (last) stroke(event); });
  for (const end of ["pointerup", "pointercancel"]) pad.addEventListener(end, () => { last = null; });
  $("clear").addEventListener("click", clear);
}

// Images that it never saw, and what became of all of them.
function thumbnail(pixels, title, press) {
  const canvas = element("canvas", {});
  paint(canvas, pixels, 32, 1, false);
  return element("button", { title, ariaLabel: title, onclick: press }, canvas);
}
const held = floats(run.images), images = run.labels.map((label, at) => [held.subarray(at * 1024, (at + 1) * 1024), label]);
$("images")?.append(...images.map(([pixels, label], at) =>
  thumbnail(pixels, `test image ${at}: ${label}`, () => show(pixels, `. It is ${label}.`))));
const wrong = run.wrong.map(({ image, is, read }) => ({ pixels: Float32Array.from(bytes(image), v => v / 255), is, read }));
const thumbs = those => those.map(({ pixels, is, read }) => element("figure", {},
  thumbnail(pixels, `${is} read as ${read}`, () => {
    if (run.live) { show(pixels, `. It is ${is}.`); $("top").scrollIntoView(); }
  }),
  element("figcaption", {}, `${is} read as ${read}`)));
$("worst").append(...(wrong.length ? thumbs(wrong.slice(0, 12)) : ["Every test image was classified correctly."]));
for (const [is, row] of run.confusion.entries()) {
  const all = row.reduce((a, b) => a + b, 0);
  $("confusion").append(element("tr", {}, element("th", { scope: "row" }, String(is)), ...row.map((count, read) => {
    const cell = element("td", {}), share = all ? count / all : 0;
    cell.style.background = count ? `color-mix(in srgb, ${is === read ? "var(--good)" : "var(--bad)"} ${20 + 60 * share}%, transparent)` : "";
    const those = wrong.filter(one => one.is === is && one.read === read);
    cell.append(those.length ? element("button", { onclick: () => $("those").replaceChildren(...thumbs(those)) }, String(count)) : String(count || ""));
    return cell;
  })));
}
const first = network.find(step => step.kind === "conv");
$("kernels").append(...Array.from({ length: first.shape[0] }, (_, o) => {
  const area = first.shape[2] ** 2, largest = first.w.reduce((a, v) => Math.max(a, Math.abs(v)), 0);
  return grid(first.w.subarray(o * area, (o + 1) * area), first.shape[2], largest, String(o));
}));
if (run.live) {
  clear();
  if (images.length) show(images[0][0], `. It is ${images[0][1]}.`);
}
