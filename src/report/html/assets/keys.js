// Keys, the matrix, light and dark; then the first showing.
const visible = () => findings.filter((finding) => !finding.hidden);

function step(by) {
  const list = visible();
  const here = list.indexOf(document.activeElement?.closest?.('.finding'));
  const next = list[here < 0 ? (by > 0 ? 0 : list.length - 1) : here + by];
  if (next) {
    one('summary', next).focus({ preventScroll: true });
    next.scrollIntoView({ block: 'nearest' });
  }
}

function leave() {
  const input = one('#text');
  if (document.activeElement === input) {
    if (input.value === '') input.blur();
    else change({ text: '' });
    return;
  }
  const finding = document.activeElement?.closest?.('.finding[open]') ?? one('.finding[open]:not([hidden])');
  if (finding) {
    finding.open = false;
    one('summary', finding).focus();
  } else if (address() !== '') {
    change(NOTHING);
  }
}

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || one('#keys').open) return;
  if (event.key === 'Escape') return leave();
  if (event.target.matches('input, select, textarea')) return;
  const act = { '/': () => one('#text').focus(), j: () => step(1), k: () => step(-1), '?': () => one('#keys').showModal() }[event.key];
  if (act) {
    event.preventDefault();
    act();
  }
});

function fold(service, closed) {
  service.classList.toggle('closed', closed);
  one('button', service)?.setAttribute('aria-expanded', !closed);
}
const services = all('.matrix tbody');
for (const service of services) {
  fold(service, all('.matrix .scenario').length > 30);
  one('button', service)?.addEventListener('click', () => fold(service, !service.classList.contains('closed')));
}

one('#help').addEventListener('click', () => one('#keys').showModal());
one('#theme').addEventListener('click', () => {
  const root = document.documentElement.classList;
  const dark = root.contains('dark') || (!root.contains('light') && matchMedia('(prefers-color-scheme: dark)').matches);
  root.toggle('dark', !dark);
  root.toggle('light', dark);
});

form.hidden = false;
if (location.hash.length > 1) follow();
else whole();
