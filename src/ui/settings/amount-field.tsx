/** A limit in bytes, typed in a larger unit, that holds from the button on; empty takes it away. */
import { useState } from 'preact/hooks';
import { type Amount, checkAmount } from '../../page/setting-checks.ts';
import { TextField } from './text-field.tsx';

export interface AmountFieldProps {
  readonly amount: Amount;
  readonly label: string;
  readonly placeholder: string;
  readonly hint: string;
  readonly button: string;
  /** Bytes; undefined for no limit. */
  readonly value: number | undefined;
  readonly save: (value: number | undefined) => void;
}

export function AmountField({ amount, button, value, save, ...field }: AmountFieldProps) {
  const [text, setText] = useState(value === undefined ? '' : String(value / amount.bytesPerUnit));
  const [wrong, setWrong] = useState<string | undefined>(undefined);

  function submit(event: Event) {
    event.preventDefault();
    const checked = checkAmount(text, amount);
    if ('wrong' in checked) setWrong(checked.wrong);
    else save(checked.value);
  }

  return (
    <form class="settings-form" onSubmit={submit} noValidate aria-label={field.label}>
      <TextField
        {...field}
        value={text}
        wrong={wrong}
        onInput={(next) => {
          setText(next);
          setWrong(undefined);
        }}
      />
      <div class="settings-buttons">
        <button type="submit" class="button">
          {button}
        </button>
      </div>
    </form>
  );
}
