import { Agent } from 'node:http';
import { Queue, Worker } from 'bullmq';
import got from 'got';
import { Redis } from 'ioredis';
import { createPool } from 'mysql2/promise';
import { answerQuestions } from '../programs.js';
import { CONCURRENCY, type Peer } from './peer.js';

/*
 * What a team would build in a day: jobs in Redis, sent with got, and a row in MariaDB for each attempt. Redis keeps
 * nothing on disk here, so that this program promises less than Hookwatch does.
 */
interface Job {
  url: string;
  body: string;
}

const QUEUE = 'deliveries';
const JOBS_A_CALL = 1_000;
const [redisUrl = '', databaseUrl = ''] = process.argv.slice(2);
const connect = (): Redis => new Redis(redisUrl, { maxRetriesPerRequest: null });
const pool = createPool({ uri: databaseUrl, connectionLimit: 20 });
const queue = new Queue<Job>(QUEUE, {
  connection: connect(),
  defaultJobOptions: {
    ...{ attempts: 10, backoff: { type: 'exponential', delay: 5_000 } },
    ...{ removeOnComplete: { count: 1_000 }, removeOnFail: { count: 1_000 } },
  },
});
const client = got.extend({
  ...{ method: 'POST', agent: { http: new Agent({ keepAlive: true }) }, throwHttpErrors: false },
  ...{ retry: { limit: 0 }, timeout: { request: 15_000 } },
  headers: { 'content-type': 'application/json' },
});

await pool.query(`create table attempts (
  id bigint auto_increment primary key, job_id varchar(64) not null, url text not null, body mediumtext not null,
  status int not null, response mediumtext not null, total_ms double null, created_at datetime(3) not null)`);

const worker = new Worker<Job>(
  QUEUE,
  async ({ id, data: { url, body } }) => {
    const response = await client(url, { body });
    await pool.execute(
      'insert into attempts (job_id, url, body, status, response, total_ms, created_at) values (?, ?, ?, ?, ?, ?, ?)',
      [
        id ?? null,
        url,
        body,
        response.statusCode,
        response.body,
        response.timings.phases.total ?? null,
        new Date(),
      ],
    );
    if (!response.ok) throw new Error(`The receiver answered ${response.statusCode}`);
  },
  { connection: connect(), concurrency: CONCURRENCY },
);
let prepared = 0;

answerQuestions<Peer>({
  async prepare(urls, body, count) {
    await worker.pause();
    prepared = count;
    for (let added = 0; added < count; added += JOBS_A_CALL) {
      const size = Math.min(JOBS_A_CALL, count - added);
      const jobs = Array.from({ length: size }, (_, index) => ({
        name: 'deliver',
        data: { url: urls[index % urls.length]!, body },
      }));
      await queue.addBulk(jobs);
    }
  },
  deliver: () =>
    new Promise((resolve) => {
      let completed = 0;
      const count = (): void => {
        if ((completed += 1) < prepared) return;
        worker.off('completed', count);
        resolve();
      };
      worker.on('completed', count);
      void worker.resume();
    }),
});
