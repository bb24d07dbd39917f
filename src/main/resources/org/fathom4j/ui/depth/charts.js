/** Curves, drawn by uPlot. */
import { count, duration, number, powerOfTen } from './common.js';
import { logarithmicTicks, ticks } from './heatmap.js';

const INK = '#222222';
const GRID = '#e4e4e4';
const ALARM = '#c00000';
const FONT = '11px system-ui, sans-serif';

/** Steps between round times. */
const SECONDS = [1, 2, 5, 10, 15, 30].flatMap(step => [step / 1000, step / 100, step / 10, step])
  .concat([1, 2, 5, 10, 15, 30].map(step => step * 60))
  .concat([1, 2, 3, 6, 12, 24, 48, 96, 240, 480].map(step => step * 3600))
  .sort((a, b) => a - b);
const DECADES_TO_GO_LOGARITHMIC = 1.5;

/** Whether positive numbers span so much that only a logarithm shows them. */
export function needsLogarithm(values) {
  let low = Infinity;
  let high = 0;
  for (const value of values) {
    if (value > 0) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  return high > 0 && Math.log10(high) - Math.log10(low) > DECADES_TO_GO_LOGARITHMIC;
}

/** Mean of each value and those before it, a fiftieth of all together; holes stay holes. */
export function movingAverage(values) {
  const window = Math.max(1, Math.round(values.length / 50));
  return values.map((value, i) => {
    if (value === null) {
      return null;
    }
    const part = values.slice(Math.max(0, i - window + 1), i + 1).filter(each => each !== null);
    return part.reduce((a, b) => a + b, 0) / part.length;
  });
}

/** A round time as short as it can be: 40 s, 2:30 min, 1:05 h. */
function clock(seconds) {
  if (seconds < 60) {
    return `${number(Number(seconds.toPrecision(6)))} s`;
  }
  const whole = Math.round(seconds);
  const [big, small, unit] = whole < 3600
    ? [Math.floor(whole / 60), whole % 60, 'min']
    : [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, 'h'];
  return small ? `${big}:${String(small).padStart(2, '0')} ${unit}` : `${big} ${unit}`;
}

export class LineChart {
  /**
   * @param place the element it fills
   * @param readout where the values under the pointer are told
   */
  constructor(place, readout) {
    this.place = place;
    this.readout = readout;
    this.content = null;
    new ResizeObserver(() => {
      if (this.plot && place.clientWidth) {
        this.plot.setSize(this.size());
      } else if (this.content) {
        this.show(this.content);
      }
    }).observe(place);
  }

  size() {
    return { width: this.place.clientWidth, height: this.place.clientHeight || 260 };
  }

  /**
   * @param content `x`: name of the axis; `time`: whether x is seconds; `log`: whether y is the
   *     decimal logarithm of what is meant; `range`: [low, high] of y, or null; `mark`: {x, text}
   *     of a vertical line, or null; `empty`: what to say if there is nothing to draw; `curves`:
   *     {key, label, x, y, colour, width, dash, alpha, points, low, high} each
   */
  show(content) {
    this.content = content;
    const empty = content.curves.every(curve => curve.y.every(value => value === null));
    this.place.dataset.empty = empty ? content.empty : '';
    if (empty || !this.place.clientWidth) {
      this.destroy();
      return;
    }
    const tables = [];
    const series = [{}];
    const bands = [];
    for (const curve of content.curves) {
      if (curve.low) {
        const at = series.length;
        tables.push([curve.x, curve.high, curve.low]);
        for (let i = 0; i < 2; i++) {
          series.push({ key: curve.key, stroke: 'transparent', width: 0, points: { show: false } });
        }
        bands.push({ series: [at, at + 1], fill: `${curve.colour}2e` });
      }
      tables.push([curve.x, curve.y]);
      series.push({
        key: curve.key,
        label: curve.label,
        stroke: curve.colour,
        width: curve.width,
        dash: curve.dash,
        alpha: curve.alpha ?? 1,
        base: curve.alpha ?? 1,
        points: { show: Boolean(curve.points), size: 5, fill: curve.colour },
      });
    }
    const data = window.uPlot.join(tables);
    const look = JSON.stringify([content.x, content.log, content.range === null, bands,
      content.curves.map(({ key, label, colour, width, dash, alpha, points }) =>
        [key, label, colour, width, dash, alpha, points])]);
    if (this.plot && look === this.look) {
      this.plot.setData(data, !this.zoomed);
      if (this.zoomed) {
        this.plot.redraw(true, true);
      }
    } else {
      this.destroy();
      this.look = look;
      this.plot = new window.uPlot(this.options(series, bands), data, this.place);
      this.plot.over.addEventListener('dblclick', () => {
        this.zoomed = false;
      });
    }
  }

  options(series, bands) {
    const { content } = this;
    const value = content.log ? powerOfTen : number;
    const axis = {
      font: FONT, labelFont: FONT, stroke: INK,
      grid: { stroke: GRID, width: 1 }, ticks: { stroke: GRID, width: 1, size: 5 },
    };
    return {
      ...this.size(),
      legend: { show: false },
      series,
      bands,
      cursor: { points: { size: 7 }, drag: { x: true, y: false } },
      scales: {
        x: { time: false, range: (u, low, high) => high > low ? [low, high] : [low - 1, high + 1] },
        y: {
          range: (u, low, high) => {
            if (this.content.range) {
              return this.content.range;
            }
            if (low === null) {
              return [0, 1];
            }
            const pad = Math.max((high - low) * 0.06, Math.abs(high) * 1e-3, 1e-9);
            return [low - pad, high + pad];
          },
        },
      },
      axes: [
        {
          ...axis,
          label: content.x,
          labelSize: 18,
          size: 30,
          values: (u, values) =>
            values.map(each => content.time ? clock(each) : Number.isInteger(each) ? count(each) : ''),
          space: content.time ? 70 : 60,
          ...(content.time ? { incrs: SECONDS } : {}),
        },
        {
          ...axis,
          size: 58,
          values: (u, values) => values.map(value),
          splits: (u, i, low, high) => {
            const wanted = Math.max(2, u.bbox.height / devicePixelRatio / 40);
            return (content.log ? logarithmicTicks : ticks)(low, high, wanted);
          },
        },
      ],
      hooks: {
        setSelect: [u => {
          this.zoomed = u.select.width > 0;
        }],
        setCursor: [u => this.tell(u)],
        draw: [u => this.drawMark(u)],
      },
    };
  }

  drawMark(u) {
    const { mark } = this.content;
    if (!mark) {
      return;
    }
    const x = u.valToPos(mark.x, 'x', true);
    if (x < u.bbox.left || x > u.bbox.left + u.bbox.width) {
      return;
    }
    const context = u.ctx;
    const ratio = devicePixelRatio;
    context.save();
    context.strokeStyle = ALARM;
    context.fillStyle = ALARM;
    context.lineWidth = 1.5 * ratio;
    context.setLineDash([5 * ratio, 3 * ratio]);
    context.beginPath();
    context.moveTo(x, u.bbox.top);
    context.lineTo(x, u.bbox.top + u.bbox.height);
    context.stroke();
    context.font = `bold ${11 * ratio}px system-ui, sans-serif`;
    const right = x + context.measureText(mark.text).width + 8 * ratio > u.bbox.left + u.bbox.width;
    context.textAlign = right ? 'right' : 'left';
    context.textBaseline = 'top';
    context.fillText(mark.text, x + (right ? -5 : 5) * ratio, u.bbox.top + 4 * ratio);
    context.restore();
  }

  /** Says the values under the pointer: of each curve the nearest before it. */
  tell(u) {
    const { idx } = u.cursor;
    if (idx === null || idx === undefined) {
      this.readout.textContent = '\u00a0';
      return;
    }
    const value = this.content.log ? powerOfTen : number;
    const parts = [];
    for (let i = 1; i < u.series.length; i++) {
      if (u.series[i].label && u.series[i].width > 0) {
        let at = idx;
        while (at >= 0 && (u.data[i][at] === undefined || u.data[i][at] === null)) {
          at--;
        }
        if (at >= 0) {
          parts.push(`${u.series[i].label} ${value(u.data[i][at])}`);
        }
      }
    }
    const x = u.data[0][idx];
    const where = this.content.time ? duration(x) : `${this.content.x} ${count(x)}`;
    this.readout.textContent = `${where}: ${parts.join(', ')}`;
  }

  /** Lets the curves of one run stand out; null for none. */
  highlight(key) {
    if (!this.plot) {
      return;
    }
    this.plot.series.forEach((one, i) => {
      if (i > 0) {
        one.alpha = key === null || one.key === key ? one.base ?? 1 : 0.12;
      }
    });
    this.plot.redraw(false, false);
  }

  destroy() {
    this.plot?.destroy();
    this.plot = null;
    this.zoomed = false;
    this.readout.textContent = '\u00a0';
  }
}
