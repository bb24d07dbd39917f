/** The list of runs and comparisons. */
import { ask, colour, count, element, find, moment, number, shortName, statusOf } from './common.js';

export class RunList {
  /**
   * @param choices what is chosen: run, others, search, comparison
   * @param actions open(run), toggle(run, on), openComparison(id), searched(text)
   */
  constructor(choices, actions) {
    this.choices = choices;
    this.actions = actions;
    this.runs = [];
    this.comparisons = [];
    this.pages = 1;
    const field = find('search');
    field.value = choices.search;
    let wait = 0;
    field.addEventListener('input', () => {
      clearTimeout(wait);
      wait = setTimeout(() => {
        this.pages = 1;
        actions.searched(field.value);
      }, 150);
    });
    find('more-runs').addEventListener('click', () => {
      this.pages++;
      actions.searched(field.value);
    });
  }

  /** Asks for the list as it is now. */
  async load() {
    const search = encodeURIComponent(this.choices.search);
    let runs = [];
    let answer = await ask(`/depth/runs?search=${search}`);
    this.comparisons = answer.comparisons;
    this.directory = answer.directory;
    this.total = answer.total;
    this.inComparisons = answer.inComparisons;
    runs = answer.runs;
    for (let page = 1; page < this.pages && answer.next; page++) {
      answer = await ask(`/depth/runs?search=${search}&from=${answer.next}`);
      runs = runs.concat(answer.runs);
    }
    this.runs = runs;
    find('more-runs').hidden = !answer.next;
    this.draw();
  }

  /** Has a run drawn anew, as it is chosen or not. */
  forget(id) {
    for (const item of find('runs').children) {
      if (item.dataset.key === id) {
        item.dataset.look = '';
      }
    }
  }

  get anyLive() {
    return this.runs.some(run => run.live);
  }

  draw() {
    if (this.total === undefined) {
      return;
    }
    const runs = this.total === 1 ? '1 run' : `${count(this.total)} runs`;
    const shown = this.runs.length < this.total ? `${count(this.runs.length)} of ` : '';
    find('runs-count').textContent = shown + runs
      + (this.inComparisons ? `, and ${count(this.inComparisons)} in comparisons: search for them` : '');
    update(find('comparisons'), this.comparisons.map(one => this.comparison(one)));
    update(find('runs'), this.runs.map(run => this.run(run)));
  }

  comparison(one) {
    const on = this.choices.comparison === one.id;
    return {
      key: one.id,
      look: JSON.stringify([one, on]),
      make: () =>
        element('li', { class: on ? 'chosen' : '' },
          element('button',
            {
              type: 'button', class: 'open', 'aria-pressed': String(on),
              onclick: () => this.actions.openComparison(one.id),
            },
            element('span', { class: 'name' }, shortName(one.name)),
            element('span', { class: 'what' },
              `comparison${one.runs ? ` of ${count(one.runs)} runs` : ''}`
                + (one.started ? `, ${moment(one.started)}` : '')),
            one.status || one.problem
              ? element('span', { class: `status ${one.problem ? 'damaged' : one.status}` },
                one.problem ? 'damaged' : one.status)
              : null)),
    };
  }

  run(run) {
    const focus = this.choices.run === run.id;
    const among = focus || this.choices.others.includes(run.id);
    return {
      key: run.id,
      look: JSON.stringify([run, focus, among]),
      make: () => this.item(run, focus, among),
    };
  }

  item(run, focus, among) {
    const status = statusOf(run);
    const tick = element('input', {
      type: 'checkbox', 'aria-label': `Compare ${run.name}`, title: 'Draw with the others',
      onchange: event => this.actions.toggle(run.id, event.target.checked),
    });
    tick.checked = among;
    tick.disabled = focus;
    const swatch = element('span', { class: 'swatch', 'aria-hidden': 'true' });
    swatch.style.backgroundColor = run.init ? colour(run.init) : 'transparent';
    const what = run.init
      ? [`${run.init}, ${count(run.depth)} layers, η ${number(run.learningRate)}, seed ${run.seed}`,
        element('br'), `${moment(run.started)}${run.comparison ? ', of a comparison' : ''}`]
      : ['its record cannot be read'];
    return element('li', { class: focus ? 'chosen' : '' },
      tick,
      element('button',
        {
          type: 'button', class: 'open', 'aria-pressed': String(focus),
          title: run.name,
          onclick: () => this.actions.open(run.id),
        },
        element('span', { class: 'name' }, swatch, shortName(run.name)),
        element('span', { class: 'what' }, ...what),
        element('span', { class: `status ${status}` }, status)));
  }
}

/** Replaces only what has changed, so that focus and scrolling stay where they are. */
function update(list, items) {
  const before = new Map([...list.children].map(child => [child.dataset.key, child]));
  let place = list.firstElementChild;
  for (const item of items) {
    let child = before.get(item.key);
    before.delete(item.key);
    if (!child || child.dataset.look !== item.look) {
      const made = item.make();
      made.dataset.key = item.key;
      made.dataset.look = item.look;
      if (child) {
        const focused = child.contains(document.activeElement)
          ? [...child.querySelectorAll('input, button')].indexOf(document.activeElement)
          : -1;
        if (child === place) {
          place = made;
        }
        child.replaceWith(made);
        if (focused >= 0) {
          made.querySelectorAll('input, button')[focused]?.focus();
        }
      }
      child = made;
    }
    if (child !== place) {
      list.insertBefore(child, place);
    } else {
      place = place.nextElementSibling;
    }
  }
  before.forEach(child => child.remove());
}
