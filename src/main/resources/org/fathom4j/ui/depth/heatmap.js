/** Norms as colours: layers downwards, iterations to the right. */
import { count, powerOfTen } from './common.js';

/** Viridis, as in our plots. */
const VIRIDIS = ['#440154', '#482878', '#3e4a89', '#31688e', '#26828e', '#1f9e89', '#35b779',
  '#6dcd59', '#b4de2c', '#fde725'];
const STOPS = VIRIDIS.map(text => [1, 3, 5].map(i => parseInt(text.slice(i, i + 2), 16)));

const ALARM = '#c00000';
const ZERO = '#b9b9b9';
const EMPTY = '#f4f4f4';
const INK = '#222222';
const PALE = '#595959';
const FONT = '11px system-ui, sans-serif';
const MARGIN = { left: 58, right: 78, top: 12, bottom: 36 };

/** The colour of a place between 0, dark, and 1, light. */
function viridis(place) {
  const where = Math.min(Math.max(place, 0), 1) * (STOPS.length - 1);
  const below = Math.min(Math.floor(where), STOPS.length - 2);
  const part = where - below;
  const mixed = STOPS[below].map((value, i) =>
    Math.round(value + (STOPS[below + 1][i] - value) * part));
  return `rgb(${mixed.join(',')})`;
}

/** Round numbers between two others, some `wanted` of them. */
export function ticks(low, high, wanted) {
  const span = high - low;
  if (!(span > 0)) {
    return [low];
  }
  const rough = span / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(factor => factor * power).find(each => each >= rough);
  const first = Math.ceil(low / step - 1e-9);
  const found = [];
  for (let i = first; i * step <= high + step * 1e-9; i++) {
    found.push(Number((i * step).toPrecision(12)));
  }
  return found;
}

/** Decimal logarithms of round numbers between two others, some `wanted` of them. */
export function logarithmicTicks(low, high, wanted) {
  if (high - low >= 3) {
    return ticks(low, high, wanted).filter(Number.isInteger);
  }
  if (high - low <= 0.8) {
    return ticks(10 ** low, 10 ** high, wanted).filter(value => value > 0).map(Math.log10);
  }
  const found = [];
  for (let power = Math.floor(low); power <= high; power++) {
    found.push(...[1, 2, 5].map(factor => power + Math.log10(factor)));
  }
  return found.filter(value => value >= low && value <= high);
}

/** Borders of cells: half way between neighbours. */
function borders(values, low, high) {
  const found = [low];
  for (let i = 1; i < values.length; i++) {
    found.push((values[i - 1] + values[i]) / 2);
  }
  found.push(high);
  return found;
}

function nearest(edges, value) {
  let index = 0;
  while (index < edges.length - 2 && value >= edges[index + 1]) {
    index++;
  }
  return index;
}

export class HeatMap {
  /**
   * @param canvas the picture
   * @param cursor a canvas over it, for what moves
   * @param say told the text about the cell under the pointer
   * @param choose told the iteration that was clicked
   */
  constructor(canvas, cursor, say, choose) {
    this.canvas = canvas;
    this.cursor = cursor;
    this.say = say;
    this.choose = choose;
    this.cell = null;
    canvas.addEventListener('pointermove', event => this.point(event));
    canvas.addEventListener('pointerleave', () => this.select(null));
    canvas.addEventListener('click', event => {
      this.point(event);
      this.pick();
    });
    canvas.addEventListener('keydown', event => this.key(event));
    canvas.addEventListener('blur', () => this.select(null));
    new ResizeObserver(() => this.draw()).observe(canvas.parentElement);
  }

  /**
   * @param matrix layers, iterations, log10 as the server tells them
   * @param depth layers of the network
   * @param divergence where it diverged; null if it did not
   */
  show(matrix, depth, divergence, name) {
    this.matrix = matrix;
    this.depth = depth;
    this.divergence = divergence;
    this.name = name;
    const finite = matrix.log10.flat().filter(value => typeof value === 'number');
    let low = finite.reduce((a, b) => Math.min(a, b), Infinity);
    let high = finite.reduce((a, b) => Math.max(a, b), -Infinity);
    if (finite.length === 0) {
      [low, high] = [NaN, NaN];
    } else if (high - low < 0.1) {
      const middle = (low + high) / 2;
      [low, high] = [middle - 0.05, middle + 0.05];
    }
    this.low = low;
    this.high = high;
    this.zeros = matrix.log10.some(column => column.includes('zero'));
    this.alarms =
      matrix.log10.some(column => column.includes('NaN') || column.includes('infinite'));
    if (this.cell && !matrix.iterations[this.cell.i]) {
      this.cell = null;
    }
    this.draw();
  }

  /** Marks the iteration whose profile is shown. */
  mark(iteration) {
    this.marked = iteration;
    this.drawCursor();
  }

  layout() {
    const box = this.canvas.parentElement.getBoundingClientRect();
    const width = Math.max(200, Math.round(box.width));
    const height = Math.max(160, Math.round(box.height));
    const ratio = window.devicePixelRatio || 1;
    for (const canvas of [this.canvas, this.cursor]) {
      if (canvas.width !== Math.round(width * ratio) ||
          canvas.height !== Math.round(height * ratio)) {
        canvas.width = Math.round(width * ratio);
        canvas.height = Math.round(height * ratio);
        canvas.style.width = `${width}px`;
        canvas.style.height = `${height}px`;
      }
    }
    const { layers, iterations } = this.matrix;
    const end = this.divergence ? this.divergence.iteration : 0;
    const lastIteration = Math.max(iterations.at(-1) ?? 0, end);
    const firstIteration = Math.min(iterations[0] ?? lastIteration, lastIteration);
    const step = iterations.length > 1
      ? (iterations.at(-1) - iterations[0]) / (iterations.length - 1)
      : Math.max(1, lastIteration - firstIteration);
    // Cells of the first and the last column are as wide as a typical one.
    const low = Math.max(firstIteration - step / 2, firstIteration > 0 ? 0 : -0.5);
    const high = Math.max((iterations.at(-1) ?? lastIteration) + step / 2,
      end + (end ? step / 2 : 0));
    const last = Math.max(this.depth, layers.at(-1) ?? 0, 1);
    const half = layers.length > 1 ? (layers[1] - layers[0]) / 2 : 0.5;
    const plot = {
      x: MARGIN.left, y: MARGIN.top,
      width: width - MARGIN.left - MARGIN.right,
      height: height - MARGIN.top - MARGIN.bottom,
    };
    this.plot = plot;
    this.size = { width, height, ratio };
    this.columns = borders(iterations, low, (iterations.at(-1) ?? lastIteration) + step / 2);
    this.rows = borders(layers, (layers[0] ?? 0) - half, last + half);
    const top = Math.min(this.rows[0], 0);
    const bottom = this.rows.at(-1);
    this.toX = iteration => plot.x + (iteration - low) / (high - low) * plot.width;
    this.toY = layer => plot.y + (layer - top) / (bottom - top) * plot.height;
    this.fromX = x => low + (x - plot.x) / plot.width * (high - low);
    this.fromY = y => top + (y - plot.y) / plot.height * (bottom - top);
    this.range = { low: Math.max(0, low), high, first: 0, last };
  }

  colourOf(value) {
    if (value === 'zero') {
      return ZERO;
    }
    if (typeof value === 'string') {
      return ALARM;
    }
    return viridis((value - this.low) / (this.high - this.low));
  }

  draw() {
    if (!this.matrix || !this.canvas.parentElement.clientWidth) {
      return;
    }
    this.layout();
    const { plot, size } = this;
    const context = this.canvas.getContext('2d');
    context.setTransform(size.ratio, 0, 0, size.ratio, 0, 0);
    context.clearRect(0, 0, size.width, size.height);
    context.fillStyle = EMPTY;
    context.fillRect(plot.x, plot.y, plot.width, plot.height);
    const { layers, iterations, log10 } = this.matrix;
    const xs = this.columns.map(this.toX).map(Math.round);
    const ys = this.rows.map(this.toY).map(Math.round);
    for (let i = 0; i < iterations.length; i++) {
      for (let k = 0; k < layers.length; k++) {
        if (log10[i][k] !== null) {
          context.fillStyle = this.colourOf(log10[i][k]);
          context.fillRect(xs[i], ys[k], xs[i + 1] - xs[i], ys[k + 1] - ys[k]);
        }
      }
    }
    this.drawAxes(context);
    this.drawLegend(context);
    if (this.divergence) {
      this.drawDivergence(context);
    }
    this.canvas.setAttribute('aria-label', this.description());
    this.drawCursor();
  }

  drawAxes(context) {
    const { plot } = this;
    context.font = FONT;
    context.strokeStyle = PALE;
    context.fillStyle = INK;
    context.lineWidth = 1;
    context.strokeRect(plot.x - 0.5, plot.y - 0.5, plot.width + 1, plot.height + 1);
    context.textBaseline = 'middle';
    context.textAlign = 'right';
    for (const layer of ticks(0, this.range.last, Math.max(2, plot.height / 45))) {
      const y = this.toY(layer);
      context.fillRect(plot.x - 5, Math.round(y), 4, 1);
      context.fillText(count(layer), plot.x - 8, y);
    }
    context.textBaseline = 'top';
    context.textAlign = 'center';
    for (const iteration of ticks(this.range.low, this.range.high, Math.max(2, plot.width / 75))) {
      if (Number.isInteger(iteration)) {
        const x = this.toX(iteration);
        context.fillRect(Math.round(x), plot.y + plot.height + 1, 1, 4);
        context.fillText(count(iteration), x, plot.y + plot.height + 7);
      }
    }
    context.fillStyle = PALE;
    context.fillText('iteration', plot.x + plot.width / 2, plot.y + plot.height + 22);
    context.save();
    context.translate(10, plot.y + plot.height / 2);
    context.rotate(-Math.PI / 2);
    context.textBaseline = 'middle';
    context.fillText('layer', 0, 0);
    context.restore();
  }

  drawLegend(context) {
    const { plot } = this;
    const x = plot.x + plot.width + 14;
    let bottom = plot.y + plot.height;
    context.textAlign = 'left';
    context.textBaseline = 'middle';
    const note = (fill, text) => {
      context.fillStyle = fill;
      context.fillRect(x, bottom - 12, 12, 12);
      context.fillStyle = INK;
      context.fillText(text, x + 17, bottom - 6);
      bottom -= 20;
    };
    if (this.alarms) {
      note(ALARM, 'not finite');
    }
    if (this.zeros) {
      note(ZERO, 'zero');
    }
    if (!Number.isFinite(this.low)) {
      return;
    }
    const height = bottom - plot.y;
    for (let i = 0; i < height; i++) {
      context.fillStyle = viridis(1 - i / Math.max(1, height - 1));
      context.fillRect(x, plot.y + i, 12, 1);
    }
    context.fillStyle = INK;
    const place = value => plot.y + (this.high - value) / (this.high - this.low) * height;
    for (const value of logarithmicTicks(this.low, this.high, Math.max(2, height / 40))) {
      const y = place(value);
      if (y >= plot.y - 1 && y <= bottom + 1) {
        context.fillRect(x + 12, Math.round(y), 3, 1);
        context.fillText(powerOfTen(value), x + 18, y);
      }
    }
  }

  drawDivergence(context) {
    const { plot, divergence } = this;
    const x = Math.min(Math.max(this.toX(divergence.iteration), plot.x), plot.x + plot.width);
    const y = this.toY(divergence.layer);
    context.strokeStyle = ALARM;
    context.lineWidth = 1.5;
    context.setLineDash([5, 3]);
    context.beginPath();
    context.moveTo(plot.x, y);
    context.lineTo(plot.x + plot.width, y);
    context.stroke();
    context.setLineDash([]);
    context.lineWidth = 3;
    context.beginPath();
    for (const side of [-1, 1]) {
      context.moveTo(x - 6, y - 6 * side);
      context.lineTo(x + 6, y + 6 * side);
    }
    context.stroke();
    const text = `diverged: layer ${count(divergence.layer)}`;
    context.font = `bold ${FONT}`;
    const width = context.measureText(text).width + 10;
    const left = x - plot.x > width + 16 ? x - width - 12 : x + 12;
    const top = y - plot.y > 26 ? y - 22 : y + 6;
    context.fillStyle = 'rgba(255,255,255,0.92)';
    context.fillRect(left, top, width, 16);
    context.fillStyle = ALARM;
    context.textAlign = 'left';
    context.textBaseline = 'middle';
    context.fillText(text, left + 5, top + 8.5);
  }

  description() {
    const { iterations, layers } = this.matrix;
    if (iterations.length === 0) {
      return `${this.name}: nothing recorded yet.`;
    }
    const range = Number.isFinite(this.low)
      ? `, from ${powerOfTen(this.low)} to ${powerOfTen(this.high)}` : '';
    return `Heat map of the ${this.name} at ${layers.length} layers, 0 to ${count(this.depth)}, and `
      + `${iterations.length} iterations up to ${count(iterations.at(-1))}${range}. `
      + 'Arrow keys move over its cells.';
  }

  point(event) {
    if (!this.plot || this.matrix.iterations.length === 0) {
      return;
    }
    const box = this.canvas.getBoundingClientRect();
    const x = event.clientX - box.left;
    const y = event.clientY - box.top;
    const { plot } = this;
    const inside = x >= plot.x && x < plot.x + plot.width && y >= plot.y && y < plot.y + plot.height
      && x < this.toX(this.columns.at(-1));
    this.select(inside
      ? { i: nearest(this.columns, this.fromX(x)), k: nearest(this.rows, this.fromY(y)) }
      : null);
  }

  key(event) {
    const { iterations, layers } = this.matrix ?? { iterations: [] };
    if (iterations.length === 0) {
      return;
    }
    const [i, k] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[
      event.key] ?? [];
    if (i !== undefined) {
      event.preventDefault();
      const cell = this.cell ?? { i: iterations.length - 1 - i, k: -k };
      this.select({
        i: Math.min(Math.max(cell.i + i, 0), iterations.length - 1),
        k: Math.min(Math.max(cell.k + k, 0), layers.length - 1),
      });
    } else if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      this.pick();
    }
  }

  pick() {
    if (this.cell) {
      this.choose(this.matrix.iterations[this.cell.i]);
    }
  }

  select(cell) {
    this.cell = cell;
    this.drawCursor();
    if (!cell) {
      this.say('');
      return;
    }
    const value = this.matrix.log10[cell.i][cell.k];
    const text = value === null ? 'not recorded'
      : typeof value === 'string' ? value : powerOfTen(value);
    this.say(`layer ${count(this.matrix.layers[cell.k])}, iteration `
      + `${count(this.matrix.iterations[cell.i])}: ${text}`);
  }

  drawCursor() {
    if (!this.plot) {
      return;
    }
    const { plot, size } = this;
    const context = this.cursor.getContext('2d');
    context.setTransform(size.ratio, 0, 0, size.ratio, 0, 0);
    context.clearRect(0, 0, size.width, size.height);
    const marked = this.matrix.iterations.indexOf(this.marked);
    if (marked >= 0) {
      const x = this.toX((this.columns[marked] + this.columns[marked + 1]) / 2);
      context.fillStyle = INK;
      context.beginPath();
      context.moveTo(x, plot.y - 1);
      context.lineTo(x - 5, plot.y - 9);
      context.lineTo(x + 5, plot.y - 9);
      context.fill();
    }
    if (this.cell) {
      const left = this.toX(this.columns[this.cell.i]);
      const right = this.toX(this.columns[this.cell.i + 1]);
      const top = this.toY(this.rows[this.cell.k]);
      const bottom = this.toY(this.rows[this.cell.k + 1]);
      const box = [left - 1, top - 1, Math.max(3, right - left + 2), Math.max(3, bottom - top + 2)];
      context.lineWidth = 3;
      context.strokeStyle = '#ffffff';
      context.strokeRect(...box);
      context.lineWidth = 1.5;
      context.strokeStyle = INK;
      context.strokeRect(...box);
    }
  }
}
