/** The way to an archive for a keyboard and for a finger. */
import './file-button.css';

export function FileButton(props: { name: string; primary?: boolean; open: (file: File) => void }) {
  return (
    <label class={`button file-button ${props.primary === true ? 'button-primary' : 'button-small'}`}>
      {props.name}
      <input
        type="file"
        class="unseen"
        onChange={(event) => {
          const input = event.currentTarget;
          const file = input.files?.[0];
          // The same file chosen again is news too: it may have changed.
          input.value = '';
          if (file !== undefined) props.open(file);
        }}
      />
    </label>
  );
}
