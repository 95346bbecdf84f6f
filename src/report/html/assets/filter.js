// Filters: kept in the address, `#ID?text=…&impact=breaks,degrades&from=0&to=1&service=…&scenario=…`.
const NOTHING = { text: '', impacts: new Set(['breaks', 'degrades', 'drifts', 'cosmetic']), from: -1, to: -1, service: '', scenario: '' };
let filter = { ...NOTHING };
const findings = all('.finding');
const groups = all('.group');
const form = one('#filters');

/** Lower-case text of a row that a filter looks into. */
const words = new Map();
function text(n) {
  if (!words.has(n)) {
    const { texts, scenarios, rows } = data();
    const row = rows[n];
    const parts = row.parts.map(([clouds, value]) => `${clouds.join(' ')} ${texts[value]}`);
    words.set(n, [`${row.id}/${row.values}`, row.rule, row.title, row.operation, row.place, row.summary, row.cause, row.hits, ...parts,
      ...row.scenarios.map((s) => scenarios[s])].join('\n').toLowerCase());
  }
  return words.get(n);
}

/** The worst that a finding does to who moves as the filter says: 0 to 4; -1 where it is of other clouds. */
function worst(row) {
  const fits = (a, b) => (filter.from < 0 || filter.from === a) && (filter.to < 0 || filter.to === b);
  let level = -1;
  for (const [a, b, forward, back] of row.moves) {
    if (fits(a, b)) level = Math.max(level, forward);
    if (fits(b, a)) level = Math.max(level, back);
  }
  return level;
}

function apply() {
  const { rows, services, scenarios } = data();
  const terms = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  const scenario = scenarios.indexOf(filter.scenario);
  const narrow = filter.from >= 0 || filter.to >= 0;
  const counts = { breaks: 0, degrades: 0, drifts: 0, cosmetic: 0, none: 0 };
  let shown = 0;
  for (const finding of findings) {
    const n = Number(finding.dataset.row);
    const row = rows[n];
    const level = worst(row);
    const fits = level >= (narrow ? 1 : 0)
      && (filter.service === '' || services[row.service] === filter.service)
      && (filter.scenario === '' || row.scenarios.includes(scenario))
      && terms.every((term) => text(n).includes(term));
    const counted = row.group !== 'unconfirmed' && row.group !== 'waived';
    if (fits && counted) counts[LEVELS[level]] += 1;
    const hide = !fits || (level > 0 && !filter.impacts.has(LEVELS[level])) || (level === 0 && filter.impacts.size < 4);
    finding.hidden = hide;
    if (!hide) shown += 1;
  }
  for (const group of groups) {
    const visible = all('.finding:not([hidden])', group).length;
    group.hidden = visible === 0;
    one('.count', group).textContent = visible;
  }
  one('#shown').textContent = shown === findings.length ? `${shown}` : `${shown} of ${findings.length}`
    + (filter.scenario ? ` in ${filter.scenario}` : '');
  one('#none').hidden = shown > 0;
  for (const button of all('#impacts button')) {
    button.setAttribute('aria-pressed', filter.impacts.has(button.dataset.impact));
    one('.n', button).textContent = counts[button.dataset.impact];
  }
  for (const button of all('#ways button')) {
    button.setAttribute('aria-pressed', Number(button.dataset.from) === filter.from && Number(button.dataset.to) === filter.to);
  }
  for (const way of ['from', 'to']) if (one(`select#${way}`)) one(`select#${way}`).value = filter[way];
  one('#service').value = filter.service;
  if (one('#text').value !== filter.text) one('#text').value = filter.text;
  one('#clear').hidden = address() === '';
}

function address() {
  const query = new URLSearchParams();
  if (filter.text) query.set('text', filter.text);
  if (filter.impacts.size < 4) query.set('impact', [...filter.impacts].join(','));
  for (const name of ['from', 'to']) if (filter[name] >= 0) query.set(name, filter[name]);
  for (const name of ['service', 'scenario']) if (filter[name]) query.set(name, filter[name]);
  return query.size > 0 ? `?${query}` : '';
}

/** What is open and the filters, into the address, without a step in the history. */
function keep(id = one('.finding[open]:not([hidden])')?.id ?? '') {
  try {
    history.replaceState(null, '', `#${id}${address()}`);
  } catch {
    // a page from a file may be forbidden to
  }
}

function change(more) {
  filter = { ...filter, ...more };
  apply();
  keep();
}

/** What the page says without any filter; the data is not read for it. */
function whole() {
  one('#shown').textContent = findings.length;
  for (const button of all('#impacts button')) {
    one('.n', button).textContent = one(`.group[data-group=${button.dataset.impact}] .count`)?.textContent ?? 0;
  }
}

/** Takes over what the address says: filters, and a finding to open. */
function follow() {
  const [id, query = ''] = location.hash.slice(1).split('?');
  const asked = new URLSearchParams(query);
  const cloud = (name) => {
    const n = Number(asked.get(name) ?? -1);
    return Number.isInteger(n) && n >= 0 && n < data().clouds.length ? n : -1;
  };
  if (location.hash.includes('?') || id === '') {
    const impacts = (asked.get('impact') ?? '').split(',').filter((impact) => NOTHING.impacts.has(impact));
    filter = {
      text: asked.get('text') ?? '',
      impacts: impacts.length > 0 ? new Set(impacts) : NOTHING.impacts,
      from: cloud('from'),
      to: cloud('to'),
      service: data().services.includes(asked.get('service')) ? asked.get('service') : '',
      scenario: data().scenarios.includes(asked.get('scenario')) ? asked.get('scenario') : '',
    };
  }
  apply();
  const target = id ? document.getElementById(decode(id)) : null;
  if (target?.classList.contains('finding')) {
    if (target.hidden) {
      filter = { ...NOTHING };
      apply();
    }
    target.open = true;
    one('summary', target).focus({ preventScroll: true });
    target.scrollIntoView({ block: 'start' });
  } else if (id === '' && query !== '') {
    one('#findings').scrollIntoView();
  }
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

one('#text').addEventListener('input', (event) => change({ text: event.target.value }));
one('#service').addEventListener('change', (event) => change({ service: event.target.value }));
for (const way of ['from', 'to']) one(`select#${way}`)?.addEventListener('change', (event) => change({ [way]: Number(event.target.value) }));
one('#impacts').addEventListener('click', (event) => {
  const impact = event.target.closest('button')?.dataset.impact;
  if (!impact) return;
  const impacts = new Set(filter.impacts);
  if (!impacts.delete(impact)) impacts.add(impact);
  change({ impacts });
});
one('#ways')?.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (button) change({ from: Number(button.dataset.from), to: Number(button.dataset.to) });
});
one('#clear').addEventListener('click', () => change(NOTHING));
form.addEventListener('submit', (event) => event.preventDefault());
document.addEventListener('toggle', (event) => {
  if (event.target.classList?.contains('finding')) keep(event.target.open ? event.target.id : undefined);
}, true);
addEventListener('hashchange', follow);
