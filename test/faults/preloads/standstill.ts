import { onCommand } from './commands.js';

/* Blocks the event loop of every thread for so many milliseconds as the command says. */

const nothing = new Int32Array(new SharedArrayBuffer(4));

onCommand(import.meta.url, (text) => void Atomics.wait(nothing, 0, 0, Number(text)));
