import { CSRF_FIELD } from '../csrf.ts';

/** Stands in every form that changes something. */
export function Csrf({ token }: { token: string }) {
  return <input type="hidden" name={CSRF_FIELD} value={token} />;
}
