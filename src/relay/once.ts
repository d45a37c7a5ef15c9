/** The function, of which only the first call does anything. */
export function once<Arguments extends readonly unknown[]>(act: (...values: Arguments) => void): typeof act {
  let done = false;
  return (...values) => {
    if (done) return;
    done = true;
    act(...values);
  };
}
