const KEYS = [
  ['/', 'search'],
  ['j', 'next row'],
  ['k', 'row before'],
  ['enter', 'open the row'],
  ['x', 'tick the row; shift and click: all up to there'],
  ['esc', 'close, or leave the field'],
  ['?', 'this list'],
] as const;

export function HelpDialog() {
  return (
    <dialog id="help" aria-labelledby="help-title">
      <h2 id="help-title">Keyboard</h2>
      <dl class="keys">
        {KEYS.map(([key, does]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  );
}
