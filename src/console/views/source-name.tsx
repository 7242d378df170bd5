/** A source's name: what all of a partner's names share is dim, and the end, which tells them apart, is never cut off. */
export function SourceName({ name }: { name: string }) {
  const cut = name.lastIndexOf('/', name.lastIndexOf('/') - 1) + 1;
  return (
    <span class="source" title={name}>
      <span class="source-head">{name.slice(0, cut)}</span>
      <span class="source-tail">{name.slice(cut)}</span>
    </span>
  );
}
