/**
 * One step of the schema, forward only. A migration that was released is never edited: the next one changes
 * what it made. `statements` run in order inside one transaction, together with every other pending migration.
 */
export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly statements: readonly string[];
}
