import { startFakeHec } from '../../server/demo/fake-hec.js';
import { createGate, type Gate } from './gate.js';
import { answerQuestions } from './programs.js';

/** The HTTP Event Collector of tests and demo, in a process of its own; it counts events. */
export interface Hec extends Pick<Gate, 'hold' | 'open' | 'waitFor' | 'reset'> {
  url(): string;
}

export const HEC_TOKEN = '6b2ff3c4-63ba-4d61-8d56-9b1d4b4a3f10';

// The scenario imports the token from here.
if (process.send) {
  const gate = createGate();
  const hec = await startFakeHec({
    tokens: [{ value: HEC_TOKEN }],
    delay: () => gate.pass(),
    onEvents: (events) => gate.count(events.length),
  });
  answerQuestions<Hec>({ ...gate, url: () => hec.url });
}
