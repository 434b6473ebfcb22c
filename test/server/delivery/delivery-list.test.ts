import { expect } from 'chai';
import { deliveriesAlong, listDeliveries } from '../../../server/delivery/delivery-list.js';
import type { DeliveryFilter } from '../../../server/delivery/delivery.input.js';
import type { Storage } from '../../../server/storage/data-source.js';
import type { Delivery } from '../../../server/storage/entities/delivery.js';
import type { LongList } from '../../../server/storage/long-list.js';
import { eachDatabase } from '../../helpers/databases.js';
import { addDeliveries, addQueue } from '../../helpers/queued.js';
import { openTestStorage } from '../../helpers/storage.js';

/** More than is looked through at a time. */
const LONG = 2_600;

eachDatabase('A long list of deliveries', (database) => {
  let storage: Storage;
  /** Two webhooks with the ids of their deliveries, which were made by turns. */
  const [one, other] = [
    { webhookId: '', ids: [] as string[] },
    { webhookId: '', ids: [] as string[] },
  ];
  let all: string[];

  before(async () => {
    storage = await openTestStorage(await database.createUrl());
    for (const webhook of [one, other]) webhook.webhookId = await addQueue(storage);
    for (let made = 0; made < LONG; made += 650)
      for (const { webhookId, ids } of [one, other])
        ids.push(...(await addDeliveries(storage, webhookId, 650)));
    all = [...one.ids, ...other.ids].sort();
  });

  after(() => storage.dispose());

  const list = (filter: DeliveryFilter = {}): Promise<LongList<Delivery>> =>
    listDeliveries(storage.read, [''], filter);

  const along = (webhookIds: string[]): LongList<Delivery> =>
    deliveriesAlong(
      storage.read,
      webhookIds.map((webhookId) => ({ webhookId })),
      {},
      (query) => query,
    );

  async function idsOf(
    source: LongList<Delivery>,
    range: { direction: 'ASC' | 'DESC'; limit: number; above?: string; below?: string },
  ): Promise<string[]> {
    const rows = await source.read({ above: null, below: null, ...range });
    return rows.map(({ id }) => id);
  }

  const setStatus = (ids: string[], status: string): Promise<unknown> =>
    storage.write((manager) =>
      manager.query(
        `update deliveries set status = ?, next_attempt_at = ? where id in (${ids.map(() => '?').join(', ')})`,
        [...[status, status === 'PENDING' ? 1 : null, ...ids]],
      ),
    );

  it('is read from either end and between two of its rows, however much is looked through', async () => {
    const wanted = [all[0]!, all[1_700]!, all[3_900]!, all.at(-1)!];
    await setStatus(wanted, 'FAILED');
    const failed = await list({ statuses: ['FAILED'] });
    const newestFirst = [...wanted].reverse();
    expect(await idsOf(failed, { direction: 'ASC', limit: 10 })).to.deep.equal(wanted);
    expect(await idsOf(failed, { direction: 'DESC', limit: 10 })).to.deep.equal(newestFirst);
    expect(await idsOf(failed, { direction: 'DESC', limit: 2 })).to.deep.equal(newestFirst.slice(0, 2));
    const between = { above: wanted[0]!, below: wanted[3]! };
    expect(await idsOf(failed, { direction: 'ASC', limit: 10, ...between })).to.deep.equal(
      wanted.slice(1, 3),
    );
    expect(await idsOf(failed, { direction: 'DESC', limit: 1, ...between })).to.deep.equal([wanted[2]]);
    expect(await failed.count()).to.equal(4);
    const ofOne = await list({ webhookIds: [one.webhookId], statuses: ['FAILED', 'HELD'] });
    const failedOfOne = wanted.filter((id) => one.ids.includes(id));
    expect(await idsOf(ofOne, { direction: 'ASC', limit: 10 })).to.deep.equal(failedOfOne);
    expect(await idsOf(ofOne, { direction: 'DESC', limit: 1 })).to.deep.equal(failedOfOne.slice(-1));
    expect(await ofOne.count()).to.equal(failedOfOne.length);
    const pendingToo = await list({ webhookIds: [one.webhookId], statuses: ['FAILED', 'PENDING'] });
    expect(await pendingToo.count()).to.equal(LONG);
    await setStatus(wanted, 'PENDING');
  });

  it('is one list though several ways lead to it', async () => {
    const both = along([one.webhookId, other.webhookId]);
    expect(await idsOf(both, { direction: 'DESC', limit: LONG })).to.deep.equal(all.slice(-LONG).reverse());
    expect(await idsOf(both, { direction: 'ASC', limit: 1_000, above: all[500]! })).to.deep.equal(
      all.slice(501, 1_501),
    );
    expect(await both.count()).to.equal(2 * LONG);
    expect(await along([other.webhookId]).count()).to.equal(LONG);
    expect(await along([]).count()).to.equal(0);
    expect(await idsOf(along([]), { direction: 'ASC', limit: 5 })).to.deep.equal([]);
    expect(await (await list({ webhookIds: [one.webhookId, one.webhookId] })).count()).to.equal(LONG);
  });

  it('leaves turns to others while it is counted', async () => {
    let turns = 0;
    let isCounted = false;
    const count = (): void => {
      turns += 1;
      if (!isCounted) setImmediate(count);
    };
    setImmediate(count);
    expect(await (await list()).count()).to.equal(2 * LONG);
    isCounted = true;
    expect(turns).to.be.at.least(2);
  });

  it('holds what was queued between two times, whatever the clocks say', async () => {
    const day = 86_400_000;
    const [row] = await storage.read.query<Array<{ created_at: number | string }>>(
      'select created_at from deliveries where id = ?',
      [all[0]],
    );
    const createdAt = Number(row!.created_at);
    const between = async (from: number, to: number): Promise<number> =>
      (await list({ createdAfter: new Date(from), createdBefore: new Date(to) })).count();
    expect(await between(createdAt, createdAt + day)).to.equal(2 * LONG);
    expect(await between(createdAt - day, createdAt)).to.equal(0);
    const since = await list({ createdAfter: new Date(createdAt), createdBefore: new Date(createdAt + day) });
    const rest = { above: all[10]!, below: all[13]! };
    expect(await idsOf(since, { direction: 'ASC', limit: 9, ...rest })).to.deep.equal(all.slice(11, 13));
    await storage.write((manager) =>
      manager.query('update deliveries set created_at = ? where id = ?', [createdAt - day / 2, all[5]]),
    );
    expect(await between(createdAt - day, createdAt)).to.equal(1);
  });
});
