/** The page: what is chosen, what is asked of the server when, and who draws it. */
import {
  ask, choice, count, duration, element, fill, find, moment, number, placeOf, Refusal, shade, shortName, statusOf,
} from './common.js';
import { LineChart, movingAverage, needsLogarithm } from './charts.js';
import { drawComparison } from './comparison.js';
import { HeatMap } from './heatmap.js';
import { RunList } from './runs.js';

const MOST_RUNS = 8;
const LIVE_MILLIS = 1000;
const QUIET_MILLIS = 10_000;

const SPLITS = [['batch', 'minibatch'], ['train', 'training'], ['test', 'test'], ['theory', 'theory']];
const METRICS = [
  ['activation_norm', 'activations ‖zₗ‖'],
  ['gradient_norm', 'gradients ‖∂zₗ‖'],
  ['update_norm_V', 'updates ‖ΔVₗ‖'],
  ['update_norm_U', 'updates ‖ΔUₗ‖'],
  ['update_norm_A', 'updates ‖ΔAₗ‖'],
];
const CURVES = [
  ['loss', 'loss'], ['accuracy', 'accuracy'], ['gradient_norm', 'gradient norm'],
];

/* ---- What is chosen; it lives in the address, so that a link shows the same again ---- */

const choices = {
  run: '', others: [], comparison: '', search: '',
  metric: 'activation_norm', at: 'newest', x: 'iteration', hidden: [],
};

function readAddress() {
  const query = new URLSearchParams(location.hash.slice(1));
  const list = name => (query.get(name) ?? '').split(',').filter(Boolean);
  choices.run = query.get('run') ?? '';
  choices.others = list('with').slice(0, MOST_RUNS - 1);
  choices.comparison = query.get('comparison') ?? '';
  choices.search = query.get('search') ?? '';
  choices.metric = query.get('metric') ?? 'activation_norm';
  choices.at = /^\d+$/.test(query.get('at') ?? '') ? Number(query.get('at')) : 'newest';
  choices.x = query.get('x') === 'seconds' ? 'seconds' : 'iteration';
  choices.hidden = list('hide');
}

function writeAddress() {
  const parts = [];
  const put = (name, value) => {
    if (value !== '' && value !== undefined) {
      parts.push(`${name}=${encodeURIComponent(value).replaceAll('%2C', ',')}`);
    }
  };
  put('run', choices.run);
  put('with', choices.others.join(','));
  put('comparison', choices.comparison);
  put('search', choices.search);
  put('metric', choices.metric === 'activation_norm' ? '' : choices.metric);
  put('at', choices.at === 'newest' ? '' : choices.at);
  put('x', choices.x === 'iteration' ? '' : choices.x);
  put('hide', choices.hidden.join(','));
  history.replaceState(null, '', parts.length ? `#${parts.join('&')}` : location.pathname);
}

/* ---- What is known ---- */

/** By id: summary, curves and profile as the server told them last; gone: why it tells no more. */
const known = new Map();

const shownRuns = () => [choices.run, ...choices.others].filter(Boolean);

function knowledge(id) {
  if (!known.has(id)) {
    known.set(id, {});
  }
  return known.get(id);
}

/* ---- Drawing ---- */

const heatMap = new HeatMap(find('heatmap'), find('heat-cursor'),
  text => {
    find('heat-value').textContent = text || 'Point at a cell, or move with the arrow keys.';
  },
  iteration => choose({ at: iteration }));
const profileChart = new LineChart(find('profile-chart'), find('profile-note'));
const curveCharts = CURVES.map(([metric]) => {
  const place = find(`${metric}-chart`);
  return [metric, new LineChart(place, place.parentElement.querySelector('.readout'))];
});

const list = new RunList(choices, {
  open: id => choose({
    run: id, comparison: '', at: 'newest', others: choices.others.filter(other => other !== id),
  }),
  toggle: (id, on) => {
    if (on && choices.others.length === MOST_RUNS - 1) {
      list.forget(id);
      draw();
      say(`The charts take ${MOST_RUNS} runs at once; take one out first.`);
      return;
    }
    say('');
    choose({
      others: on ? [...choices.others, id] : choices.others.filter(other => other !== id),
    });
  },
  openComparison: id => choose({ comparison: choices.comparison === id ? '' : id }),
  searched: search => choose({ search }),
});

function choose(changes) {
  Object.assign(choices, changes);
  writeAddress();
  draw();
  refresh();
}

function say(text) {
  find('trouble').textContent = text;
  find('trouble').hidden = !text;
}

function draw() {
  list.draw();
  drawNavigation();
  drawComparisonBox();
  const run = choices.run ? knowledge(choices.run) : {};
  const ready = Boolean(run.summary);
  for (const id of ['run', 'heat', 'profile', 'curves']) {
    find(id).hidden = !ready || (id !== 'run' && Boolean(run.summary.problem))
      || (id === 'profile' && !run.summary.live && !run.profile?.iterations.length);
  }
  const nothing = !choices.run && !choices.comparison && list.directory !== undefined;
  find('nothing').hidden = !nothing;
  find('nothing').textContent = nothing
    ? `There are no runs in ${list.directory} yet. Make one with: fathom train` : '';
  document.title = `${ready ? `${run.summary.name} – ` : ''}Depth – DL4J Training UI`;
  if (ready) {
    drawRun(run.summary);
    if (!run.summary.problem) {
      drawHeat(run);
      drawProfile(run);
      drawCurves();
    }
  }
}

function drawNavigation() {
  for (const page of ['overview', 'model', 'system']) {
    find(`to-${page}`).href = choices.run ? `/train/${choices.run}/${page}` : '/train';
  }
}

function drawComparisonBox() {
  const comparison = choices.comparison ? knowledge(choices.comparison).comparison : null;
  find('comparison').hidden = !comparison;
  if (comparison) {
    find('comparison-title').textContent = comparison.name;
    fill(find('comparison-body'), comparison, () => drawComparison(comparison, () => {
      find('search').value = comparison.id;
      choose({ search: comparison.id });
      find('search').focus();
    }));
  }
}

function drawRun(run) {
  const status = statusOf(run);
  find('run-title').textContent = run.name;
  find('run-status').className = `status ${status}`;
  find('run-status').textContent = status;
  const { divergence } = run;
  const trouble = find('divergence');
  trouble.hidden = !divergence && !run.problem && !(run.why && run.status === 'failed');
  trouble.replaceChildren();
  if (divergence) {
    const where = divergence.where === 'loss'
      ? 'in the loss' : `at layer ${count(divergence.layer)}, in the ${divergence.where} pass`;
    trouble.append(
      element('strong', {},
        `Diverged at iteration ${count(divergence.iteration)}: ${divergence.cause} ${where}. `),
      run.why ?? '');
  } else if (!trouble.hidden) {
    trouble.append(run.problem ?? run.why);
  }
  if (run.problem) {
    fill(find('facts'), [], () => []);
    return;
  }
  const length = run.iterations ? ` of ${count(run.iterations)}`
    : run.epochs ? `, ${run.epochs} epochs` : '';
  const facts = [
    ['initializer', run.init],
    ['depth', `${count(run.depth)} ${run.block === 'linear' ? 'linear' : run.activation} blocks`],
    ['width', run.block === 'linear' ? count(run.width)
      : `${count(run.width)}, hidden ${count(run.hiddenWidth)}`],
    ['learning rate', run.schedule === 'constant'
      ? number(run.learningRate) : `${number(run.learningRate)}, ${run.schedule}`],
    ['optimizer', `${run.method}, minibatch ${run.batchSize ? count(run.batchSize) : 'full'}`],
    ['loss', run.loss],
    ['data', run.data],
    ['seed', String(run.seed)],
    ['iteration', `${count(run.newest)}${length}`],
    ['time', run.workSeconds ? duration(run.workSeconds) : '–'],
    ['started', moment(run.started)],
    [run.live ? 'last heard of' : 'ended', moment(run.ended ?? run.written)],
    ['parameters', count(run.parameters)],
    ['kernel', run.kernel],
  ];
  if (run.status === 'interrupted' && run.why) {
    facts.push(['why', run.why]);
  }
  fill(find('facts'), facts, () => facts.map(([name, value]) =>
    element('div', {}, element('dt', {}, name), element('dd', {}, value))));
}

function metricOf(run) {
  const there = run.profile?.metrics ?? [];
  return there.length === 0 || there.includes(choices.metric) ? choices.metric : there[0];
}

function metricName(metric) {
  return METRICS.find(([name]) => name === metric)?.[1] ?? metric;
}

function drawHeat(run) {
  const there = run.profile?.metrics ?? [];
  const options = METRICS.filter(([name]) => there.includes(name))
    .concat(there.filter(name => !METRICS.some(([own]) => own === name)).map(name => [name, name]));
  choice(find('metrics'), options, metricOf(run), metric => choose({ metric }));
  const matrix = run.profile ?? { layers: [], iterations: [], log10: [] };
  if (matrix === run.drawn && heatMap.owner === run) {
    heatMap.mark(iterationShown(matrix));
    return;
  }
  run.drawn = matrix;
  heatMap.owner = run;
  heatMap.show(matrix, run.summary.depth, run.summary.divergence ?? null, metricName(metricOf(run)));
  heatMap.mark(iterationShown(matrix));
  if (heatMap.cell) {
    heatMap.select(heatMap.cell);
    return;
  }
  const progress = matrix.more
    ? `Read ${Math.floor(100 * matrix.read / matrix.size)} % of its log so far.` : '';
  heatMap.say(matrix.problem ?? (progress
    || (matrix.iterations.length === 0 ? 'No norms have been recorded.' : '')));
}

/** The recorded iteration that is chosen: the last that is not after it. */
function iterationShown(matrix) {
  const { iterations } = matrix;
  return choices.at === 'newest' ? iterations.at(-1)
    : iterations.findLast(iteration => iteration <= choices.at) ?? iterations[0];
}

function drawProfile(run) {
  const matrix = run.profile ?? { layers: [], iterations: [], log10: [] };
  const { layers, iterations, log10 } = matrix;
  const slider = find('at');
  const shown = iterationShown(matrix);
  const index = iterations.indexOf(shown);
  slider.max = String(Math.max(0, iterations.length - 1));
  slider.value = String(Math.max(0, index));
  slider.disabled = iterations.length < 2;
  slider.setAttribute('aria-valuetext', `iteration ${shown ?? 'none'}`);
  find('at-value').textContent = shown === undefined ? '–' : count(shown);
  find('newest').checked = choices.at === 'newest';
  const finite = value => typeof value === 'number' ? value : null;
  const curves = [];
  const theory = matrix.theory;
  if (index > 0) {
    curves.push({
      key: 'first', label: `iteration ${count(iterations[0])}`, x: layers,
      y: log10[0].map(finite), colour: '#8a8a8a', width: 1.5,
    });
  }
  if (theory) {
    curves.push({
      key: 'theory', label: 'theory', x: layers, y: theory.log10.map(finite),
      colour: '#d55e00', width: 1.5, dash: [8, 5],
    });
  }
  if (index >= 0) {
    curves.push({
      key: 'now', label: `iteration ${count(shown)}`, x: layers, y: log10[index].map(finite),
      colour: '#0072b2', width: 2, points: layers.length <= 70,
    });
  }
  const all = log10.flat().concat(theory?.log10 ?? []).filter(value => typeof value === 'number');
  const low = all.reduce((a, b) => Math.min(a, b), Infinity);
  const high = all.reduce((a, b) => Math.max(a, b), -Infinity);
  const pad = Math.max(0.05 * (high - low), 0.02);
  const { divergence } = run.summary;
  profileChart.show({
    x: 'layer', time: false, log: true, range: all.length ? [low - pad, high + pad] : null,
    mark: divergence && divergence.where !== 'loss'
      ? { x: divergence.layer, text: `diverged: layer ${count(divergence.layer)}` } : null,
    empty: divergence && iterations.length === 0
      ? 'It diverged before a profile was recorded.' : 'No profile has been recorded yet.',
    curves,
  });
  const odd = index < 0 ? [] : ['zero', 'infinite', 'NaN']
    .map(word => [word, log10[index].filter(value => value === word).length])
    .filter(([, layersOfIt]) => layersOfIt > 0)
    .map(([word, layersOfIt]) => `${word} at ${layersOfIt} of ${layers.length} layers`);
  find('profile-title').textContent =
    `Depth profile: ${metricName(metricOf(run))}${odd.length ? ` (${odd.join(', ')})` : ''}`;
  find('profile-legend').replaceChildren(...curves.toReversed().map(curve =>
    legendItem(curve.colour, curve.dash,
      curve.key === 'theory'
        ? `theory: the initializer's law before training, ‖·‖² × ${factor(theory.perBlock)} a block`
        : curve.label)));
}

/** 1.00001 keeps what parts it from 1. */
const factor = perBlock =>
  Math.abs(perBlock - 1) < 0.01 && perBlock !== 1
    ? `(1 ${perBlock > 1 ? '+' : '−'} ${number(Math.abs(perBlock - 1))})` : number(perBlock);

function legendItem(colour, dash, ...text) {
  const line = element('span', { class: `line${dash ? ' dashed' : ''}`, 'aria-hidden': 'true' });
  line.style.borderTopColor = colour;
  return element('li', {}, line, element('span', {}, ...text));
}

/** Each run's colour: its initializer's, in another shade where several share it. */
function colours(ids) {
  const taken = new Map();
  return new Map(ids.map(id => {
    const place = placeOf(knowledge(id).summary.init);
    const nth = taken.get(place) ?? 0;
    taken.set(place, nth + 1);
    return [id, shade(place, nth)];
  }));
}

function drawCurves() {
  const ids = shownRuns().filter(id => knowledge(id).summary && !knowledge(id).summary.problem);
  const colourOf = colours(ids);
  choice(find('abscissa'), [['iteration', 'by iteration'], ['seconds', 'by time']], choices.x,
    x => choose({ x }));
  drawSplits(ids);
  fill(find('chosen'),
    ids.map(id => [id, colourOf.get(id), id === choices.run, knowledge(id).gone]),
    () => ids.map(id => chosenItem(id, colourOf.get(id), ids.length)));
  for (const [metric, chart] of curveCharts) {
    const curves = [];
    for (const id of ids) {
      const { summary, curves: told } = knowledge(id);
      for (const series of told?.series ?? []) {
        if (series.metric === metric && !choices.hidden.includes(series.split)) {
          const label = `${ids.length > 1 ? `${shortName(summary.name)} ` : ''}${
            SPLITS.find(([split]) => split === series.split)[1]}`;
          curves.push(...look(series, id, label, colourOf.get(id), ids.length === 1));
        }
      }
    }
    const log = metric !== 'accuracy' && needsLogarithm(curves.flatMap(curve =>
      curve.low ? curve.low.concat(curve.high) : curve.y));
    const scaled = log ? curves.map(logarithmic) : curves;
    chart.show({
      x: choices.x === 'seconds' ? 'time at work' : 'iteration', time: choices.x === 'seconds', log,
      range: null, mark: null, empty: 'Nothing measured yet.', curves: scaled,
    });
  }
}

const logarithm = values => values.map(value => value > 0 ? Math.log10(value) : null);

function logarithmic(curve) {
  return {
    ...curve,
    y: logarithm(curve.y),
    ...(curve.low ? { low: logarithm(curve.low), high: logarithm(curve.high) } : {}),
  };
}

function look(series, key, label, colour, alone) {
  // Before the first update has been timed there is no time to draw at.
  const x = choices.x === 'seconds' ? series.seconds.map(time => time ?? 0) : series.iteration;
  const curve = { key, label, x, y: series.mean, colour, width: 2 };
  switch (series.split) {
    case 'batch': {
      const mean = { ...curve, y: movingAverage(series.mean), width: alone ? 1.6 : 1.2 };
      if (!alone) {
        return [{ ...mean, alpha: 0.45 }];
      }
      return series.low
        ? [{ ...mean, low: series.low, high: series.high }]
        : [{ ...curve, label: undefined, width: 0.8, alpha: 0.35 }, mean];
    }
    case 'test':
      return [{ ...curve, dash: [2, 4], points: alone && x.length < 60 }];
    case 'theory':
      return [{ ...curve, width: 1.6, dash: [9, 5] }];
    default:
      return [{ ...curve, width: 2.4, points: alone && x.length < 60 }];
  }
}

function drawSplits(ids) {
  const there = SPLITS.filter(([split]) =>
    ids.some(id => knowledge(id).curves?.series.some(series => series.split === split)));
  const box = find('splits');
  const focused = document.activeElement?.dataset?.split;
  fill(box, [there, choices.hidden], () => [box.querySelector('legend')].concat(there.map(splitTick)));
  box.querySelector(`[data-split="${focused}"]`)?.focus();
}

function splitTick([split, name]) {
  const tick = element('input', {
    type: 'checkbox', 'data-split': split,
    onchange: event => choose({
      hidden: event.target.checked
        ? choices.hidden.filter(other => other !== split) : [...choices.hidden, split],
    }),
  });
  tick.checked = !choices.hidden.includes(split);
  return element('label', {}, tick,
    element('span', { class: `line ${split}`, 'aria-hidden': 'true' }), name);
}

function chosenItem(id, colour, all) {
  const { summary, gone } = knowledge(id);
  const item = legendItem(colour, false,
    element('strong', {}, summary.init),
    ` ${count(summary.depth)} layers, η ${number(summary.learningRate)}, seed ${summary.seed} `,
    element('span', { class: 'pale' }, shortName(summary.name)),
    gone ? element('span', { class: 'status failed' }, 'removed') : null,
    all > 1 && id !== choices.run
      ? element('button', {
        type: 'button', class: 'remove', 'aria-label': `Take out ${summary.name}`,
        onclick: () => choose({ others: choices.others.filter(other => other !== id) }),
      }, '×') : null);
  item.addEventListener('pointerenter', () => curveCharts.forEach(([, chart]) => chart.highlight(id)));
  item.addEventListener('pointerleave', () => curveCharts.forEach(([, chart]) => chart.highlight(null)));
  return item;
}

/* ---- Asking ---- */

let timer = 0;
let asking = false;
let again = false;
let lastList = 0;
let listed = '';
let silent = false;

const needed = id => {
  const { summary, gone, settled } = knowledge(id);
  return !gone && !(settled && summary && !summary.live);
};

/** Asks for all that is shown and may have changed, then waits. */
async function refresh() {
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  clearTimeout(timer);
  try {
    do {
      again = false;
      await step();
    } while (again);
    silent = false;
  } catch (error) {
    if (!(error instanceof TypeError)) {
      console.warn(error);
    }
    silent = true;
    say(error instanceof Refusal
      ? error.message : 'The server does not answer. This page tries again.');
  } finally {
    asking = false;
    wait();
  }
}

async function step() {
  if (choices.search !== listed || Date.now() - lastList > (list.anyLive ? 5000 : QUIET_MILLIS - 500)) {
    listed = choices.search;
    await list.load();
    lastList = Date.now();
    for (const run of list.runs) {
      if (run.live && known.has(run.id)) {
        knowledge(run.id).settled = false; // it was taken up again
      }
    }
    openSomething();
  }
  if (silent) {
    say('');
  }
  const work = shownRuns().filter(needed).map(askRun);
  if (choices.comparison && !knowledge(choices.comparison).settled) {
    work.push(askComparison(choices.comparison));
  }
  if (choices.run) {
    const run = knowledge(choices.run);
    const other = !run.profile
      || (run.profile.metric !== choices.metric && run.profile.metrics.includes(choices.metric));
    if (other && run.summary && !run.summary.problem && !run.gone && !needed(choices.run)) {
      work.push(askProfile(choices.run));
    }
  }
  await Promise.all(work);
  draw();
}

/** The first time: what runs, or else what ran last. */
function openSomething() {
  if (choices.run || choices.comparison) {
    return;
  }
  const first = list.runs.find(run => run.live) ?? list.runs.find(run => !run.problem);
  if (first) {
    choices.run = first.id;
  } else if (list.comparisons.length > 0) {
    choices.comparison = list.comparisons[0].id;
  }
}

async function askRun(id) {
  const run = knowledge(id);
  try {
    // Its status first: what is read after it is all there is if it has ended.
    run.summary = await ask(`/depth/runs/${id}`);
    if (run.summary.problem) {
      run.settled = true;
      return;
    }
    const work = [ask(`/depth/runs/${id}/curves`).then(curves => {
      run.curves = curves;
    })];
    if (id === choices.run) {
      work.push(askProfile(id));
    }
    await Promise.all(work);
    const waiting = run.summary.live || run.summary.status === 'incomplete';
    run.settled = !waiting && !run.curves.more && !(id === choices.run && run.profile?.more);
  } catch (error) {
    if (!(error instanceof Refusal)) {
      throw error;
    }
    run.settled = true;
    if (error.status === 404) {
      run.gone = true;
    }
    say(`${run.summary?.name ?? id}: ${error.message}`);
  }
}

async function askProfile(id) {
  const run = knowledge(id);
  let profile = await ask(`/depth/runs/${id}/profile/${choices.metric}`);
  if (profile.metrics.length > 0 && !profile.metrics.includes(choices.metric)) {
    profile = await ask(`/depth/runs/${id}/profile/${profile.metrics[0]}`);
  }
  run.profile = profile;
}

async function askComparison(id) {
  const known = knowledge(id);
  try {
    known.comparison = await ask(`/depth/comparisons/${id}`);
    known.settled = known.comparison.status !== 'incomplete';
  } catch (error) {
    if (!(error instanceof Refusal)) {
      throw error;
    }
    known.settled = true;
    say(error.message);
  }
}

function wait() {
  clearTimeout(timer);
  if (document.visibilityState === 'hidden') {
    return;
  }
  const live = shownRuns().some(id => {
    const { summary, curves, profile, gone } = knowledge(id);
    return !gone && (summary?.live || curves?.more || profile?.more);
  });
  timer = setTimeout(refresh, live && !silent ? LIVE_MILLIS : silent ? 3000 : QUIET_MILLIS);
}

document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') {
    refresh();
  } else {
    clearTimeout(timer);
  }
});
window.addEventListener('hashchange', () => {
  readAddress();
  find('search').value = choices.search;
  draw();
  refresh();
});
find('at').addEventListener('input', event => {
  const run = knowledge(choices.run);
  const { iterations } = run.profile;
  choices.at = iterations[Number(event.target.value)];
  writeAddress();
  heatMap.mark(choices.at);
  drawProfile(run);
});
find('newest').addEventListener('change', event => {
  const { iterations } = knowledge(choices.run).profile ?? { iterations: [] };
  choose({ at: event.target.checked || iterations.length === 0 ? 'newest' : iterations.at(-1) });
});

readAddress();
find('search').value = choices.search;
refresh();
