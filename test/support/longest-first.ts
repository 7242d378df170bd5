import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Those whose tests take long come first, so that none of them is left over at the end; files of one tier stay together. */
const TIERS = ['e2e', 'chaos', 'contract', 'service', 'arch', 'unit'];

/** Files that take far longer than their size says. */
const LONG = [
  'kill-and-restart',
  'stop-and-start',
  'demo',
  'ledger-pglite',
  'ledger-postgres',
  'outcome-table',
  'circuit',
];

/** The same order on a clean clone as on a machine that remembers how long the files took. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort(
      (one, other) =>
        groupOf(one) - groupOf(other) || tierOf(one) - tierOf(other) || rankOf(one) - rankOf(other),
    );
  }
}

const groupOf = ({ project }: TestSpecification): number => project.config.sequence.groupOrder;
const tierOf = ({ moduleId }: TestSpecification): number =>
  TIERS.findIndex((tier) => moduleId.includes(`/test/${tier}/`));

function rankOf({ moduleId }: TestSpecification): number {
  const rank = LONG.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
  return rank === -1 ? LONG.length : rank;
}
