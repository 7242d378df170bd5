// What pages gain where scripts run: fresh times, live parts, dialogs, copying, keys, ticking rows. Everything works without it.
'use strict';

const html = document.documentElement;
// The service may be below a path of its host; this file is in a folder of it.
const ROOT = new URL('..', document.currentScript.src).pathname;
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// ── Times: the same words as src/console/format.ts ───────────────────────────────────────────────
const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
];

function relativeTime(at, now) {
  const ms = Date.parse(at) - now;
  const size = Math.abs(ms);
  if (size < 1_000) return 'now';
  const [unit, length] = UNITS.find(([, long]) => size >= long);
  const text = `${Math.floor(size / length)} ${unit}`;
  return ms < 0 ? `${text} ago` : `in ${text}`;
}

// The service's clock counts: the browser's may be wrong.
const ahead = Date.now() - Number(document.body.dataset.now ?? Date.now());

function freshenTimes(root = document) {
  const now = Date.now() - ahead;
  for (const time of all('time[data-relative]', root)) {
    const text = relativeTime(time.dateTime, now);
    if (time.textContent !== text) time.textContent = text;
  }
}
setInterval(freshenTimes, 1_000);

// ── What is there only with a script ────────────────────────────────────────────────────────────────────
function reveal(root = document) {
  for (const button of all('button[data-copy], button[data-help]', root)) button.hidden = false;
}

function toast(text) {
  const shown = document.createElement('p');
  shown.className = 'toast';
  shown.textContent = text;
  document.getElementById('toasts').append(shown);
  setTimeout(() => shown.remove(), 6_000);
}
for (const shown of all('#toasts .toast')) setTimeout(() => shown.remove(), 8_000);

// ── Live parts: fetched again when the stream says that something changed ───────────────────────────────
const LOOK_AGAIN_MS = 1_000;
let stream;
let wanted = false;
let looking = false;
let lookedAt = Date.now();
let staleSince;

function setLive(state, word) {
  const light = document.getElementById('live');
  if (light === null) return;
  light.dataset.state = state;
  light.title = state === 'on' ? 'This page updates live' : 'This page is not updating at the moment';
  light.querySelector('span').textContent = word;
}

function setStale(isStale) {
  staleSince = isStale ? (staleSince ?? new Date(lookedAt)) : undefined;
  html.classList.toggle('is-stale', isStale);
  const note = isStale ? `Data as of ${staleSince.toISOString().slice(11, 19)} UTC.` : '';
  for (const place of all('[data-stale-since]')) place.textContent = note;
}

function setOutage(name, isDown) {
  const notice = document.querySelector(`[data-outage="${name}"]`);
  if (notice !== null) notice.hidden = !isDown;
}

/** Puts the rows in their new order and leaves alone what has not changed, so that focus and selection stay. */
function mergeRows(old, fresh) {
  const byId = new Map([...old.children].map((row) => [row.id, row]));
  let before = old.firstElementChild;
  for (const row of [...fresh.children]) {
    const known = byId.get(row.id);
    byId.delete(row.id);
    if (known !== undefined && known.dataset.version === row.dataset.version) {
      if (known === before) before = before.nextElementSibling;
      else old.insertBefore(known, before);
      continue;
    }
    if (known !== undefined) {
      const hadFocus = known.contains(document.activeElement);
      if (known.classList.contains('selected')) row.classList.add('selected');
      const [wasTicked, tick] = [known, row].map((one) => one.querySelector('input[data-tick]'));
      if (tick && wasTicked) tick.checked = wasTicked.checked;
      if (known.open !== undefined) row.open = known.open;
      if (known === before) before = before.nextElementSibling;
      known.replaceWith(row);
      if (row.nextElementSibling !== before) old.insertBefore(row, before);
      if (hadFocus) row.querySelector('[data-open]')?.focus({ preventScroll: true });
    } else old.insertBefore(row, before);
    row.classList.add('is-new');
  }
  for (const gone of byId.values()) gone.remove();
}

/** An open dialog, a text being typed or selected in a part: it is left as it is until that is over. */
function isInUse(part) {
  const selection = document.getSelection();
  const selects = selection !== null && !selection.isCollapsed && part.contains(selection.anchorNode);
  return selects || part.querySelector('input:not([type=checkbox]):focus, textarea:focus') !== null;
}

function mergePart(old, fresh) {
  if (isInUse(old)) return;
  const [oldRows, freshRows] = [old, fresh].map((part) => part.querySelector('[data-rows]'));
  if (oldRows !== null && freshRows !== null) mergeRows(oldRows, freshRows);
  else if (old.innerHTML !== fresh.innerHTML) {
    const focused = old.contains(document.activeElement) ? document.activeElement.getAttribute('href') : null;
    const open = all('details', old).map((details) => details.open);
    old.replaceChildren(...fresh.childNodes);
    all('details', old).forEach((details, index) => (details.open = open[index] ?? details.open));
    if (focused !== null)
      old.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }
}

/** A page of ours as a document; undefined where it cannot be shown. A login that has ended loads this page again. */
async function fetchPage(url) {
  const reply = await fetch(url, { headers: { 'x-requested-with': 'fetch' } });
  if (reply.status === 401) location.reload();
  const page = new DOMParser().parseFromString(await reply.text(), 'text/html');
  reveal(page);
  freshenTimes(page);
  return { status: reply.status, page: reply.ok ? page : undefined };
}

async function look() {
  if (looking) {
    wanted = true;
    return;
  }
  looking = true;
  wanted = false;
  const began = Date.now();
  const url = location.href;
  try {
    const { status, page } = await fetchPage(url);
    if (page !== undefined && location.href === url) {
      // As the parts are by now, so that one that has not changed is left alone.
      freshenTimes();
      for (const part of all('[data-live]')) {
        const next = page.getElementById(part.id);
        if (next !== null) mergePart(part, next);
      }
      lookedAt = Date.now();
      setOutage('service', false);
      setStale(false);
    } else if (status >= 500) setStale(true);
  } catch {
    setOutage('service', true);
    setStale(true);
  }
  // A slow service is not asked faster than it answers.
  const rest = Math.max(LOOK_AGAIN_MS, 3 * (Date.now() - began));
  setTimeout(() => {
    looking = false;
    if (wanted || html.classList.contains('is-stale')) void look();
  }, rest);
}

// What changes without an onboarding that changes, such as a circuit's next probe, is asked for now and then.
setInterval(() => {
  const every = Number(document.querySelector('[data-refresh]')?.dataset.refresh) * 1_000;
  if (stream !== undefined && !looking && Date.now() - lookedAt >= every) void look();
}, 500);

function follow() {
  if (document.getElementById('live') === null || stream !== undefined || document.hidden) return;
  stream = new EventSource(`${ROOT}live`);
  let isFirst = true;
  stream.addEventListener('open', () => {
    setLive('on', 'live');
    setOutage('service', false);
    // What happened while the page was hidden.
    if (!isFirst || Date.now() - lookedAt > LOOK_AGAIN_MS) void look();
    isFirst = false;
  });
  stream.addEventListener('change', () => void look());
  stream.addEventListener('health', ({ data }) => {
    const { redis, ledger } = JSON.parse(data);
    setOutage('redis', redis !== 'ok');
    setOutage('ledger', ledger !== 'ok');
    if (ledger !== 'ok') setStale(true);
    else if (html.classList.contains('is-stale')) void look();
  });
  stream.addEventListener('error', () => {
    setLive('off', 'reconnecting');
    if (stream?.readyState !== EventSource.CLOSED) {
      void look();
      return;
    }
    stream = undefined;
    void look();
    setTimeout(follow, 3_000);
  });
}

/** A hidden page holds no connection: browsers have six of them for a service. */
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) {
    follow();
    return;
  }
  stream?.close();
  stream = undefined;
  setLive('off', 'paused');
});

// ── A page that could not be shown tries again ──────────────────────────────────────────────────────────
if (document.querySelector('[data-retry]') !== null) {
  setInterval(async () => {
    const answer = await fetchPage(location.href).catch(() => undefined);
    if (answer?.status !== 503) location.reload();
  }, 3_000);
}

// ── Dialogs: a page that asks comes here instead of being gone to ───────────────────────────────────────
const dialog = document.getElementById('dialog');

async function openDialog(href) {
  const { page } = await fetchPage(href);
  const action = page?.getElementById('page-action');
  if (action === null || action === undefined) location.assign(href);
  else {
    document.getElementById('dialog-content').replaceChildren(action);
    dialog.showModal();
    dialog.querySelector('[autofocus]')?.focus();
  }
}

document.addEventListener('click', (event) => {
  const target = event.target instanceof Element ? event.target : null;
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey;
  const copy = target?.closest('[data-copy]');
  if (copy) {
    void navigator.clipboard.writeText(copy.dataset.copy).then(
      () => {
        copy.classList.add('is-done');
        setTimeout(() => copy.classList.remove('is-done'), 1_200);
      },
      () => toast('Copying is not available: browsers allow it only over https and on localhost.'),
    );
  } else if (target?.closest('[data-help]')) document.getElementById('help').showModal();
  else if (target?.closest('dialog [data-close]')) {
    event.preventDefault();
    dialog.close();
  } else if (plain && target?.closest('a[data-dialog]')) {
    event.preventDefault();
    void openDialog(target.closest('a[data-dialog]').href);
  }
});

// A form is sent once, however often its button is pressed.
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.method !== 'post') return;
  if (form.dataset.sent === 'true') event.preventDefault();
  form.dataset.sent = 'true';
});
window.addEventListener('pageshow', () => all('form[data-sent]').forEach((form) => delete form.dataset.sent));

// ── Keys ────────────────────────────────────────────────────────────────────────────────────────────────
function select(step) {
  const rows = all('[data-rows] > *');
  if (rows.length === 0) return;
  const at = rows.findIndex((row) => row.classList.contains('selected'));
  const next = at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + step));
  rows.forEach((row, index) => row.classList.toggle('selected', index === next));
  rows[next].querySelector('[data-open]')?.focus({ preventScroll: true });
  rows[next].scrollIntoView({ block: 'nearest' });
}

const KEYS = {
  '/': () => document.querySelector('[data-search]')?.focus(),
  j: () => select(1),
  k: () => select(-1),
  x: () => document.querySelector('[data-rows] > .selected input[data-tick]')?.click(),
  '?': () => document.getElementById('help').showModal(),
};

document.addEventListener('keydown', (event) => {
  const field =
    event.target instanceof Element && event.target.closest('input:not([type=checkbox]), textarea, select');
  if (field && event.key === 'Escape') field.blur();
  if (field || event.metaKey || event.ctrlKey || event.altKey || document.querySelector('dialog[open]'))
    return;
  const act = KEYS[event.key];
  if (act === undefined) return;
  event.preventDefault();
  act();
});

// The whole row leads where its link leads, except while text is selected in it.
document.addEventListener('click', (event) => {
  const row = event.target instanceof Element ? event.target.closest('[data-rows] > *') : null;
  if (
    row === null ||
    event.target.closest('a, button, input, details, .col-tick') ||
    !document.getSelection().isCollapsed
  )
    return;
  row.querySelector('[data-open]')?.click();
});

// ── Ticking rows of a list: shift for all up to another, and how many are ticked ─────────────────────────
const boxes = () => all('[data-rows] input[data-tick]');
let lastTicked;

function showTicked() {
  const ticked = boxes().filter((box) => box.checked).length;
  const text = ticked === 0 ? '' : ` (${ticked})`;
  // Written only when it differs: what watches the page below would hear of it and write again.
  for (const place of all('[data-selected]')) if (place.textContent !== text) place.textContent = text;
  for (const button of all('[data-selection] button')) button.disabled = ticked === 0;
  const whole = document.querySelector('input[data-tick-all]');
  if (whole === null) return;
  whole.hidden = false;
  whole.checked = ticked > 0 && ticked === boxes().length;
  whole.indeterminate = ticked > 0 && !whole.checked;
}

document.addEventListener('click', (event) => {
  const box = event.target;
  if (!(box instanceof HTMLInputElement)) return;
  if (box.matches('[data-tick-all]')) for (const one of boxes()) one.checked = box.checked;
  else if (box.matches('[data-tick]')) {
    const shown = boxes();
    const [from, to] = [shown.indexOf(lastTicked), shown.indexOf(box)].sort((one, other) => one - other);
    if (event.shiftKey && from >= 0) for (const one of shown.slice(from, to + 1)) one.checked = box.checked;
    lastTicked = box;
  } else return;
  showTicked();
});

// Rows come, go and are replaced.
new MutationObserver(showTicked).observe(document.getElementById('main'), { childList: true, subtree: true });
window.addEventListener('pageshow', showTicked);

// ── Searching while one types ───────────────────────────────────────────────────────────────────────────
const filters = document.querySelector('form[data-filters]');
let typing;
let searched = location.search;

async function search() {
  clearTimeout(typing);
  // An empty field is not filtered by, and need not stand in the address.
  const given = [...new FormData(filters)].filter(([, value]) => value !== '');
  const url = new URL(`?${new URLSearchParams(given)}`, filters.action);
  history.pushState(null, '', url);
  searched = url.search;
  const results = document.getElementById('results');
  results.ariaBusy = 'true';
  try {
    const fresh = (await fetchPage(url)).page?.getElementById('results');
    // Something else was typed meanwhile.
    if (location.href !== url.href) return;
    if (!fresh) throw new Error('The response is not a list.');
    results.replaceWith(fresh);
  } catch {
    toast('The service did not respond. The list may be out of date.');
  }
}

filters?.addEventListener('submit', (event) => {
  event.preventDefault();
  void search();
});
filters?.addEventListener('input', ({ target }) => {
  clearTimeout(typing);
  if (target.matches('[data-search], select')) typing = setTimeout(search, 250);
});
window.addEventListener('popstate', () => {
  if (location.search !== searched) location.reload();
});

// ── Importing a file: it stays in the browser, and is sent to be checked, and again to be imported ───────
const importForm = document.querySelector('form[data-import]');

function sendFile(path) {
  const [file] = importForm.elements.file.files;
  if (file === undefined || importForm.ariaBusy === 'true') return;
  const options = [...new FormData(importForm)].filter(
    ([name, value]) => typeof value === 'string' && value !== '' && name !== 'csrf',
  );
  // fetch cannot tell how far an upload is. The service reads as fast as it writes rows, so that this is the import's progress.
  const request = new XMLHttpRequest();
  request.open('POST', `${path}?${new URLSearchParams(options)}`);
  request.setRequestHeader('content-type', 'text/csv');
  request.setRequestHeader('x-csrf-token', importForm.elements.csrf.value);
  request.setRequestHeader('x-requested-with', 'fetch');
  const setBusy = (isBusy) => {
    importForm.ariaBusy = String(isBusy);
    document.getElementById('sending').hidden = !isBusy;
    for (const button of all('button', importForm)) button.disabled = isBusy;
  };
  const showSent = ({ loaded, total }) => {
    const sending = document.getElementById('sending');
    const mb = (bytes) => (bytes / 1_000_000).toFixed(1);
    sending.querySelector('progress').value = total === 0 ? 1 : loaded / total;
    sending.querySelector('span').textContent = `${mb(loaded)} of ${mb(total)} MB`;
  };
  request.upload.addEventListener('progress', showSent);
  request.addEventListener('error', () => {
    setBusy(false);
    toast('The file was not sent: it changed since it was chosen, or the service did not respond.');
  });
  request.addEventListener('load', () => {
    setBusy(false);
    if (request.status === 401) location.reload();
    else if (new URL(request.responseURL).pathname.startsWith(`${ROOT}imports/imp_`))
      location.assign(request.responseURL);
    else showPart(new DOMParser().parseFromString(request.responseText, 'text/html'));
  });
  setBusy(true);
  showSent({ loaded: 0, total: file.size });
  request.send(file);
}

/** The part for the file, or why there is none. */
function showPart(page) {
  const fresh = page.getElementById('import-part') ?? page.querySelector('main .problem');
  document.getElementById('import-part').replaceChildren(...(fresh?.childNodes ?? []));
  document.querySelector('#import-part h2')?.focus();
}

if (importForm !== null) {
  importForm.hidden = false;
  const choose = importForm.elements.file;
  choose.addEventListener('change', () => sendFile(`${ROOT}imports/check`));
  importForm.addEventListener('submit', (event) => {
    event.preventDefault();
    sendFile(event.submitter?.dataset.confirm === undefined ? `${ROOT}imports/check` : `${ROOT}imports`);
  });
  // What is confirmed is what was checked.
  importForm.addEventListener('input', ({ target }) => {
    const confirm = importForm.querySelector('[data-confirm]');
    if (confirm !== null && target !== choose) confirm.disabled = true;
  });
  for (const type of ['dragenter', 'dragover', 'dragleave', 'drop'])
    importForm.addEventListener(type, (event) => {
      event.preventDefault();
      importForm.classList.toggle('is-over', type === 'dragenter' || type === 'dragover');
    });
  importForm.addEventListener('drop', ({ dataTransfer }) => {
    if (dataTransfer.files.length === 0) return;
    choose.files = dataTransfer.files;
    sendFile(`${ROOT}imports/check`);
  });
}

reveal();
freshenTimes();
showTicked();
follow();
// On a phone the pages lie in a row that scrolls.
document
  .querySelector('.sidebar nav [aria-current]')
  ?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
