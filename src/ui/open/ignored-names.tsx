/** What is in an archive and leads out of it. */

export function IgnoredNames(props: { names: readonly string[] }) {
  if (props.names.length === 0) return null;
  return (
    <details class="open-ignored">
      <summary>Names in the archive that lead out of it were not followed</summary>
      <ul>
        {props.names.map((name) => (
          <li key={name}>
            <code>{name}</code>
          </li>
        ))}
      </ul>
    </details>
  );
}
