/**
 * One step of the schema, forward only. A released migration is never edited: a later one changes what it created.
 * `statements` run in order, in one transaction with every other pending migration.
 */
export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly statements: readonly string[];
}
