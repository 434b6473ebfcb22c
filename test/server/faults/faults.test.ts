import { faults } from '../../faults/faults.js';
import { happensOn } from '../../faults/fault.js';
import { eachDatabase } from '../../helpers/databases.js';

eachDatabase('A process survives', (database) => {
  for (const fault of faults.filter((one) => one.short && happensOn(one, database)))
    it(fault.title, async function () {
      this.timeout(60_000);
      await fault.run(database);
    });
});
