import { sql, type RawBuilder, type SqlBool } from 'kysely';

/**
 * Whether a column holds one of these texts. One parameter, however many there are: the embedded database does not come
 * back from a statement whose expression tree has several hundred members.
 * @param column a name that the code wrote
 */
export function oneOf(column: string, texts: readonly string[]): RawBuilder<SqlBool> {
  return sql<SqlBool>`${sql.ref(column)} = any (${texts}::text[])`;
}
