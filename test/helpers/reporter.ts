import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';

/** Mocha's specification reporter that also writes its counts as JSON into the file of the option `counts`. */
export default class Reporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const { counts } = options.reporterOptions as { counts: string };
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () =>
      writeFileSync(counts, JSON.stringify(this.stats)),
    );
  }
}
