/** What all parts of the page share: elements, numbers, colours, answers of the server. */

/** An element; attributes by name, `class` too; text never becomes markup. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) {
      made.addEventListener(key.slice(2), value);
    } else if (value === true) {
      made.setAttribute(key, '');
    } else if (value !== false && value !== null && value !== undefined) {
      made.setAttribute(key, value);
    }
  }
  made.append(...children.filter(child => child !== null && child !== undefined));
  return made;
}

/** Fills an element anew if what it shows has changed: focus and selection stay else. */
export function fill(place, look, make) {
  const text = JSON.stringify(look);
  if (place.dataset.look !== text) {
    place.dataset.look = text;
    place.replaceChildren(...make());
  }
}

export const find = id => document.getElementById(id);

const COUNT = new Intl.NumberFormat('en');

/** 10000 as 10,000. */
export const count = number => COUNT.format(number);

/** Four digits, with a power of ten where that is shorter. */
export function number(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) {
    return value === null || value === undefined ? '–' : String(value);
  }
  if (value === 0) {
    return '0';
  }
  const size = Math.abs(value);
  return size >= 1e-3 && size < 1e5
    ? String(Number(value.toPrecision(4)))
    : value.toExponential(3).replace(/\.?0+e/, 'e').replace('e+', 'e');
}

/** A power of ten that may lie outside of what a double holds. */
export function powerOfTen(log10) {
  if (log10 > -300 && log10 < 300) {
    return number(10 ** log10);
  }
  const exponent = Math.floor(log10);
  return `${Number((10 ** (log10 - exponent)).toPrecision(3))}e${exponent}`;
}

/** 75 as 1 min 15 s. */
export function duration(seconds) {
  const whole = Math.round(seconds);
  if (whole < 60) {
    return `${number(Number(seconds.toPrecision(3)))} s`;
  }
  const [big, small] = whole < 3600
    ? [`${Math.floor(whole / 60)} min`, whole % 60 ? ` ${whole % 60} s` : '']
    : [`${Math.floor(whole / 3600)} h`, ` ${Math.floor(whole / 60) % 60} min`];
  return big + small;
}

/** An instant in the reader's own time. */
export const moment = instant =>
  instant ? new Date(instant).toLocaleString('sv', { dateStyle: 'short', timeStyle: 'medium' }) : '';

/**
 * Okabe & Ito's colours, which stay apart with any kind of colour vision, as in our plots; then
 * darker ones of Paul Tol's.
 */
const PALETTE = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#222222',
  '#882255', '#999933', '#117733', '#aa4499', '#332288', '#888888'];

/** Initializers that are often compared, apart in colour; others come after them. */
const KNOWN = ['mzas', 'xavier', 'fixup', 'rezero', 'orthogonal', 'stable', 'he', 'identity',
  'hardt-ma', 'zero', 'skipinit', 'idinit', 'near-identity', 'xavier-uniform'];

/** The colour of an initializer by its place in the palette, whatever its options. */
export function placeOf(init) {
  const name = init.split(':')[0];
  const known = KNOWN.indexOf(name);
  return known >= 0 ? known % PALETTE.length
    : [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 997, 7) % PALETTE.length;
}

/** Where a run shares its colour with others before it: base, dark, light, darker. */
const SHADES = [0, -0.4, 0.35, -0.65, 0.55, -0.2, 0.2, -0.8];

export const colour = init => PALETTE[placeOf(init)];

/** The nth of several runs whose initializers have the same colour. */
export function shade(place, nth) {
  const base = PALETTE[place];
  const change = SHADES[nth % SHADES.length];
  const towards = change > 0 ? 255 : 0;
  const parts = [1, 3, 5].map(i => parseInt(base.slice(i, i + 2), 16));
  const mixed = parts.map(part => Math.round(part + (towards - part) * Math.abs(change)));
  return `#${mixed.map(part => part.toString(16).padStart(2, '0')).join('')}`;
}

/** A run's name without the time that it starts with, which is told elsewhere. */
export const shortName = name => name.replace(/^\d{8}-\d{6}-(?=.)/, '');

/** The word for how a run stands. */
export const statusOf = run =>
  run.problem ? 'damaged' : run.live ? 'running' : run.status;

/** What the server said instead of an answer. */
export class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

const known = new Map();

/**
 * Asks the server, with the tag of what is known.
 *
 * @return the parsed answer; the same object as before if it has not changed
 * @throws Refusal when it answers with an error, TypeError when it does not answer
 */
export async function ask(path) {
  const response = await fetch(path, { cache: 'no-cache', credentials: 'same-origin' });
  const tag = response.headers.get('ETag');
  const before = known.get(path);
  if (response.ok && tag && before && before.tag === tag) {
    return before.value;
  }
  const value = await response.json();
  if (!response.ok) {
    throw new Refusal(response.status, value.error);
  }
  known.set(path, { tag, value });
  return value;
}

/** A row of buttons of which one is on. */
export function choice(parent, options, chosen, choose) {
  const existing = [...parent.children];
  const same =
    existing.length === options.length &&
    options.every(([value, text], i) =>
      existing[i].dataset.value === value && existing[i].textContent === text);
  if (!same) {
    parent.replaceChildren(
      ...options.map(([value, text]) =>
        element('button', { type: 'button', role: 'radio', 'data-value': value }, text)));
  }
  for (const button of parent.children) {
    const on = button.dataset.value === chosen;
    button.setAttribute('aria-checked', String(on));
    button.tabIndex = on ? 0 : -1;
    button.onclick = () => choose(button.dataset.value);
    button.onkeydown = event => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (step) {
        event.preventDefault();
        const buttons = [...parent.children];
        const next = buttons[(buttons.indexOf(button) + step + buttons.length) % buttons.length];
        next.focus();
        choose(next.dataset.value);
      }
    };
  }
}
