/** The inspect worker: reads the layers of the open image and answers what the page asks of its files. Wiring only. */
import { expose } from 'comlink';
import { createInspector } from './inspector.ts';

expose(createInspector());
