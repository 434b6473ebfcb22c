import { onCommand } from './commands.js';

/* A wall clock that goes wrong by so many milliseconds as the command says; the steady clock stays as it is. */

const realNow = Date.now;
let wrongByMs = 0;
const now = (): number => realNow() + wrongByMs;

globalThis.Date = new Proxy(Date, {
  construct: (target, parameters, newTarget) =>
    Reflect.construct(target, parameters.length === 0 ? [now()] : parameters, newTarget) as object,
  get: (target, key, receiver) => (key === 'now' ? now : (Reflect.get(target, key, receiver) as unknown)),
});

onCommand(import.meta.url, (text) => (wrongByMs = Number(text)));
