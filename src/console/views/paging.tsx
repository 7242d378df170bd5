/** Where a list goes on: its pages go by keys, so there is a next one and the newest, and no number of them. */
export function Paging({ newest, older }: { newest: string | undefined; older: string | undefined }) {
  return (
    <nav class="paging" aria-label="Pages of the list">
      {newest === undefined ? null : <a href={newest}>Newest</a>}
      {older === undefined ? null : (
        <a href={older} rel="next">
          Older
        </a>
      )}
    </nav>
  );
}
