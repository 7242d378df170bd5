/**
 * What an operator does after a bad morning. `answer` is typed at the question, `afterMs` is what they wait before, and
 * `<replay>` is the replay that began last.
 */
export const STEPS = [
  { title: 'What has failed, and does a replay make sense?', command: 'onboard failures' },
  { title: 'One group: what it means and what comes next', command: 'onboard failures InternalException' },
  {
    title: 'What a replay would take',
    command: 'onboard replay --error-code InternalException --reason "AWS has recovered" --dry-run',
  },
  {
    title: 'The replay itself asks first',
    command: 'onboard replay --error-code InternalException --reason "AWS has recovered"',
    answer: 'y',
  },
  {
    title: 'Another group, slowly and in the background',
    command:
      'onboard replay --error-code ServiceUnavailable --rate 2 --reason "AWS has recovered" --yes --no-follow',
  },
  { title: 'A look meanwhile', command: 'onboard watch --once', afterMs: 4_000 },
  { title: 'Until it has ended', command: 'onboard replays follow <replay>' },
  {
    title: 'The rest of what passes',
    command: 'onboard replay --error-code ConcurrentModificationException --reason "it has passed" --yes',
  },
  {
    title: 'And of what did not reach AWS',
    command: 'onboard replay --error-code ConnectionFailed --reason "the proxy is back" --yes',
  },
  {
    title: 'And of what AWS throttled',
    command: 'onboard replay --error-code ThrottlingException --reason "the import is over" --yes',
  },
  { title: 'What is left', command: 'onboard failures' },
  { title: 'In figures: nothing waits any more', command: 'onboard stats' },
  { title: 'And who did it', command: 'onboard audit --action startReplay --from 1h' },
];
