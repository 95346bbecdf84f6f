// What a finding opens to. Everything from a cloud is set as text, never as markup.
const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

let parsed;
/** The embedded data, read when it is first needed. */
function data() {
  parsed ??= JSON.parse(one('#data').textContent);
  return parsed;
}

function make(tag, name, ...children) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const bdi = (text) => make('bdi', '', text);
const heading = (text) => make('h4', '', text);
const LEVELS = ['none', 'cosmetic', 'drifts', 'degrades', 'breaks'];
const SHAPES = ['·', '○', '●', '▲', '■'];
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const badge = (level) => make('span', `impact ${LEVELS[level]}`, `${SHAPES[level]} ${LEVELS[level]}`);
const MOVES = 12;

function named([names, more]) {
  const list = make('ul', 'steps', ...names.map((name) => make('li', '', name)));
  if (more > 0) list.append(make('li', '', `… and ${more} more`));
  return list;
}

/** Each part of the clouds with its value. */
function sides(row) {
  const body = make('tbody');
  row.parts.forEach(([clouds, value], n) => {
    const name = row.parts.length > 2 || clouds.length > 1 ? `${LETTERS[n] ?? n}  ${clouds.join(', ')}` : clouds[0];
    const head = make('th', '', bdi(name));
    head.scope = 'row';
    body.append(make('tr', '', head, make('td', '', bdi(data().texts[value] || '(empty)'))));
  });
  return make('div', 'wide', make('table', 'sides', body));
}

/** The impact on who moves, both ways, pair by pair. */
function moves(row) {
  const body = make('tbody');
  const name = (n) => bdi(data().clouds[n]);
  for (const [a, b, forward, back] of row.moves.slice(0, MOVES)) {
    body.append(make('tr', '', make('td', '', name(a), ' → ', name(b)), make('td', '', badge(forward)), make('td', '', 'back: ', badge(back))));
  }
  const more = row.moves.length - MOVES;
  return [make('table', '', body), more > 0 ? make('p', '', `… and ${more} more pairs`) : null];
}

function marked(text, marks) {
  const place = new Set(marks.place);
  const other = new Set(marks.other);
  const lines = text.split('\n').map((line, n) => {
    const kind = place.has(n) ? ' place' : other.has(n) ? ' other' : '';
    return make('span', `line${kind}`, line);
  });
  return make('pre', 'answer', ...lines);
}

function copy(text) {
  const button = make('button', 'copy', 'Copy');
  button.type = 'button';
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = 'Copied';
    } catch {
      button.textContent = 'Select and copy by hand';
    }
  });
  return button;
}

function commands(side) {
  const text = side.curl.map((n) => data().texts[n]).join('\n');
  if (text === '') return null;
  const variables = make('dl');
  for (const [name, value] of Object.entries(side.variables)) variables.append(make('dt', '', name), make('dd', '', value));
  return make('details', 'commands', make('summary', '', 'See it again, as commands', copy(text)), make('pre', '', text), variables);
}

function side(side) {
  const texts = data().texts;
  const [request, answer] = [texts[side.request], texts[side.answer]];
  const column = make('div', 'side', make('h4', '', bdi(side.cloud)));
  if (request === '' && answer === '') {
    column.append(make('p', '', 'Nothing was exchanged.'));
  } else {
    column.append(make('pre', 'request', request), marked(answer, side.marks));
  }
  column.append(commands(side) ?? '');
  return column;
}

function shot(shot, n) {
  const title = make('summary', '', 'Example ', make('code', '', `${shot.scenario}#${shot.step}`), ' ', make('code', '', shot.place));
  const box = make('details', 'shot', title);
  const fill = () => {
    if (box.open && !one('.pair', box)) box.append(make('div', 'pair', ...shot.sides.map(side)));
  };
  box.addEventListener('toggle', fill);
  box.open = n === 0;
  fill();
  return box;
}

function link(address) {
  if (!/^https?:\/\//.test(address)) return document.createTextNode(address);
  const anchor = make('a', '', address);
  anchor.href = address;
  anchor.rel = 'noopener noreferrer';
  return anchor;
}

/** The plots of the steps that a finding was seen in, as the page has them. */
function plots(row) {
  const steps = new Set(row.steps[0]);
  return all('.measure').filter((plot) => steps.has(plot.dataset.step)).slice(0, 3).map((plot) => plot.cloneNode(true));
}

function detail(row) {
  const text = (n) => data().texts[n];
  const left = make('div', '', sides(row), ...row.notes.map((note) => make('p', 'note', note)), make('p', '', text(row.explanation)),
    make('p', '', `Hits ${row.hits}.${row.cause}`));
  if (row.witness !== undefined) left.append(heading('A client that meets it'), make('pre', '', text(row.witness)));
  const right = make('div', '', heading('On who moves'), ...moves(row).filter(Boolean), heading('Where'), make('p', '', row.seen), named(row.steps));
  if (row.consequences[0].length > 0) right.append(heading('Follow from it, or could not be seen because of it'), named(row.consequences));
  const links = make('p', 'links', 'Rule ', make('code', '', row.rule), ' · key ', make('code', '', `${row.id}/${row.values}`), ' · ');
  const self = make('a', '', 'link to this finding');
  self.href = `#${row.anchor}`;
  links.append(self, ...row.references.flatMap((address) => [' · ', link(address)]));
  return make('div', 'detail', make('div', 'about', left, right), ...plots(row), ...row.examples.map(shot), links);
}

document.addEventListener('toggle', (event) => {
  const finding = event.target;
  if (finding.classList?.contains('finding') && finding.open && !one('.detail', finding)) {
    finding.append(detail(data().rows[finding.dataset.row]));
  }
}, true);
