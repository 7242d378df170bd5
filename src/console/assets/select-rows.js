// Ticking rows of a list: `x` for the one under the cursor, shift for all up to another, and how many are ticked.
'use strict';

{
  const boxes = () => [...document.querySelectorAll('[data-rows] input[data-tick]')];
  let last;

  const show = () => {
    const ticked = boxes().filter((box) => box.checked).length;
    for (const bar of document.querySelectorAll('[data-selection]')) {
      const text = ticked === 0 ? '' : ` (${ticked})`;
      // Written only when it differs: what watches the page below would hear of it and write again.
      for (const place of bar.querySelectorAll('[data-selected]'))
        if (place.textContent !== text) place.textContent = text;
      for (const button of bar.querySelectorAll('button')) button.disabled = ticked === 0;
    }
    const all = document.querySelector('input[data-tick-all]');
    if (all === null) return;
    all.hidden = false;
    all.checked = ticked > 0 && ticked === boxes().length;
    all.indeterminate = ticked > 0 && !all.checked;
  };

  document.addEventListener('click', (event) => {
    const box = event.target;
    if (!(box instanceof HTMLInputElement)) return;
    if (box.matches('[data-tick-all]')) for (const one of boxes()) one.checked = box.checked;
    else if (box.matches('[data-tick]')) {
      const shown = boxes();
      const [from, to] = [shown.indexOf(last), shown.indexOf(box)].sort((one, other) => one - other);
      if (event.shiftKey && from >= 0) for (const one of shown.slice(from, to + 1)) one.checked = box.checked;
      last = box;
    } else return;
    show();
  });

  document.addEventListener('keydown', (event) => {
    const typing =
      event.target instanceof Element &&
      event.target.closest('input:not([type=checkbox]), textarea, select, dialog');
    if (event.key !== 'x' || typing || event.metaKey || event.ctrlKey || event.altKey) return;
    const box = document.querySelector('[data-rows] > .selected input[data-tick]');
    if (box === null) return;
    event.preventDefault();
    box.click();
  });

  // Rows come, go and are replaced.
  const list = document.querySelector('[data-rows]');
  if (list !== null)
    new MutationObserver(show).observe(document.querySelector('main'), { childList: true, subtree: true });
  window.addEventListener('pageshow', show);
  show();
}
