import { faults } from '../../faults/faults.js';
import { happensOn } from '../../faults/fault.js';
import { createStage, type Stage } from '../../faults/stage.js';
import { eachDatabase } from '../../helpers/databases.js';

eachDatabase('A process survives', (database) => {
  let stage: Stage;

  beforeEach(() => {
    stage = createStage(database);
  });

  // Also of a test that has run out of time.
  afterEach(() => stage.end());

  for (const fault of faults.filter((one) => one.short && happensOn(one, database)))
    it(fault.title, async function () {
      this.timeout(60_000);
      await fault.run(stage);
    });
});
