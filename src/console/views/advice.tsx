import type { Advice } from '../../domain/advice.ts';
import { Command } from './values.tsx';

const SIDES: Readonly<Record<Advice['side'], string>> = {
  ours: 'Owner: us',
  aws: 'Owner: AWS',
  customer: 'Owner: customer',
};

/** Who has to move. */
export const AdviceSide = ({ advice }: { advice: Advice }) => <span class="chip">{SIDES[advice.side]}</span>;

/** Leads to the page on it, here in the console. */
export const RunbookLink = ({ runbook }: Pick<Advice, 'runbook'>) => (
  <a href={runbook.replace(/^docs(.*)\.md$/, '$1')}>Runbook</a>
);

/** What an error means and what to do about it, in order. */
export function AdviceText({ advice: { meaning, todo, replayNote, template, runbook } }: { advice: Advice }) {
  return (
    <div class="stack advice">
      <p>{meaning}</p>
      <ol class="todo">
        {todo.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      <p>{replayNote}</p>
      {template === undefined ? null : (
        <details>
          <summary>Show request text</summary>
          <Command text={template} what="text" />
        </details>
      )}
      <p class="faint">
        <RunbookLink runbook={runbook} />
      </p>
    </div>
  );
}
