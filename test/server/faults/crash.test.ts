import { expect } from 'chai';
import { runCrashTest } from '../../faults/crash-test.js';
import { eachDatabase } from '../../helpers/databases.js';

const EVENTS = 1_000;

eachDatabase('A process that is killed with -9 three times', (database) => {
  it('loses none of the events that it confirmed, and repeats some under the same id', async function () {
    this.timeout(120_000);
    const seed = Date.now() % 1_000_000;
    const report: string[] = [`seed ${seed}`];

    const { lost, changed, statuses } = await runCrashTest({
      ...{ databaseUrl: await database.createUrl(), webhook: { provider: 'CUSTOM' } },
      ...{ events: EVENTS, kills: 3, seed },
      report: (line) => report.push(line),
    });

    expect({ lost, changed, statuses }, report.join('\n')).to.deep.equal({
      ...{ lost: 0, changed: 0, statuses: { SUCCEEDED: EVENTS } },
    });
  });
});
