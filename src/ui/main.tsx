/** Where the page begins: the session's signals and the widgets that draw them. */
import { render } from 'preact';
import { startSession } from '../page/session.ts';
import { App } from './app.tsx';

const root = document.getElementById('app');
if (root) render(<App {...startSession()} />, root);
