/** The name, and the way home. */
export function Wordmark() {
  return (
    <a class="wordmark" href="#/" aria-label="Pulltab, home">
      <svg width="20" height="20" viewBox="0 0 32 32" fill="none" aria-hidden="true">
        <path
          class="wordmark-tab"
          fill-rule="evenodd"
          d="M16 2c6 0 10 4.6 10 10.4 0 4-1.6 6.4-3.2 9.2-1 1.8-1.6 3.4-1.8 5A3.5 3.5 0 0 1 17.5 30h-3a3.5 3.5 0 0 1-3.5-3.4c-.2-1.6-.8-3.2-1.8-5C7.6 18.8 6 16.4 6 12.4 6 6.6 10 2 16 2Zm0 4.5c-3.5 0-5.7 2.7-5.7 6 0 2.9 2.3 5 5.7 5s5.7-2.1 5.7-5c0-3.3-2.2-6-5.7-6Zm0 15.5a2 2 0 1 0 0 4 2 2 0 0 0 0-4Z"
        />
      </svg>
      <span>pulltab</span>
    </a>
  );
}
