/** What a comparison found: initializations down, depths across. */
import { count, element, number } from './common.js';

// Of the marks that a search left on a learning rate.
const MEANINGS = {
  'edge': '(edge): the best learning rate that was tried; a better one may lie beyond, or some seed diverges with it.',
  'none-learnt': 'none learnt: no learning rate that was tried learnt; the runs have the smallest of them, in brackets.',
};

const OUTCOMES = ['learns', 'stalls', 'underflows', 'diverges'];

/** The answer for a comparison as elements. */
export function drawComparison(comparison, showRuns) {
  const parts = [];
  const links = element('p', { class: 'links' });
  if (comparison.report) {
    links.append(element('a', {
      class: 'report', target: '_blank', rel: 'noopener',
      href: `/depth/comparisons/${comparison.id}/report`,
    }, 'Open the report'));
  }
  links.append(comparison.there
    ? element('button', { type: 'button', class: 'plain', onclick: showRuns },
      `List its ${comparison.there === 1 ? 'run' : `${count(comparison.there)} runs`}`)
    : element('span', { class: 'pale' }, 'Its runs are not here.'));
  parts.push(links);
  if (comparison.problem) {
    parts.push(element('p', { class: 'trouble' }, comparison.problem));
  }
  if (comparison.cells) {
    parts.push(table(comparison));
    for (const [standing, meaning] of Object.entries(MEANINGS)) {
      if (comparison.cells.some(cell => cell.standing === standing)) {
        parts.push(element('p', { class: 'pale' }, meaning));
      }
    }
    if (comparison.more) {
      parts.push(element('p', { class: 'pale' }, 'The report has more cells.'));
    }
  } else {
    parts.push(element('p', { class: 'pale' },
      'It has no table yet: that is written when its runs have ended.'));
  }
  return parts;
}

function table(comparison) {
  const inits = [...new Set(comparison.cells.map(cell => cell.init))];
  const depths = [...new Set(comparison.cells.map(cell => cell.depth))].sort((a, b) => a - b);
  const byPlace = new Map(comparison.cells.map(cell => [`${cell.depth} ${cell.init}`, cell]));
  return element('div', { class: 'wide', tabindex: '0', role: 'group', 'aria-label': 'Outcomes' },
    element('table', { class: 'outcomes' },
      element('caption', {},
        'Training accuracy, mean over the runs that were done, and learning rate η'),
      element('thead', {},
        element('tr', {},
          element('th', { scope: 'col' }, 'initializer'),
          ...depths.map(depth => element('th', { scope: 'col' }, `${count(depth)} layers`)))),
      element('tbody', {},
        ...inits.map(init =>
          element('tr', {},
            element('th', { scope: 'row' }, init),
            ...depths.map(depth => place(byPlace.get(`${depth} ${init}`))))))));
}

function place(cell) {
  if (!cell) {
    return element('td', {}, '–');
  }
  const counts = Object.entries(cell.outcomes);
  const worst = OUTCOMES.filter(outcome => outcome in cell.outcomes).pop() ?? '';
  const words = counts.length === 1
    ? counts[0][0] : counts.map(([outcome, runs]) => `${outcome} ${runs}`).join(', ');
  const known = cell.train_accuracy !== undefined && cell.train_accuracy !== null;
  return element('td', { class: counts.length === 1 ? worst : `${worst} mixed` },
    element('strong', {}, known ? cell.train_accuracy.toFixed(3) : '–'),
    element('span', {}, words),
    element('span', { class: 'rate' }, rate(cell)));
}

function rate(cell) {
  const value = number(cell.learningRate);
  switch (cell.standing) {
    case 'none-learnt': return `none learnt (${value})`;
    case 'edge': return `η ${value} (edge)`;
    default: return `η ${value}`;
  }
}
