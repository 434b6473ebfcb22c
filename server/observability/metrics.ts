import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { FastifyInstance } from 'fastify';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What is asked at each scrape; null: not known now. */
export interface Readings {
  pending: number | null;
  held: number | null;
  /** How long the oldest due delivery has been due, in ms. */
  oldestDueMs: number | null;
  inFlight: number;
  leased: number;
  liveSubscribers: number;
}

/** An ended request, as far as it is counted. */
export interface CountedAttempt {
  outcome: string;
  httpStatus: number | null;
  errorClass: string | null;
  totalMs: number;
}

/** The numbers of one process, for Prometheus; they name no account, webhook or receiver. */
export interface Metrics {
  published(events: number): void;
  attempted(attempt: CountedAttempt): void;
  /** Counts a round by the status it gave its delivery. */
  roundEnded(status: string): void;
  databaseFailed(): void;
  /** All of it, in Prometheus' text format. */
  text(readings: Readings): Promise<string>;
  dispose(): void;
}

/** Upper bounds of the histogram, in seconds; requests end at 15 s unless DELIVERY_TIMEOUT is longer. */
const DURATIONS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30];

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const counter = (name: string, help: string, labelNames: string[] = []): Counter =>
    new Counter({ name, help, labelNames, registers });
  const gauge = (name: string, help: string): Gauge => new Gauge({ name, help, registers });

  const published = counter('hookwatch_events_published_total', 'Events stored by publishEvents.');
  const attempts = counter(
    'hookwatch_attempts_total',
    'Requests that ended, by outcome and by reply: 2xx to 5xx, or the error class where none came.',
    ['outcome', 'reply'],
  );
  const durations = new Histogram({
    name: 'hookwatch_attempt_duration_seconds',
    help: 'How long requests took, from look-up to the last byte of the reply.',
    labelNames: ['outcome'],
    buckets: DURATIONS,
    registers,
  });
  const rounds = counter(
    'hookwatch_rounds_total',
    'Rounds that ended, by the status they gave their delivery: SUCCEEDED, FAILED, PENDING or HELD.',
    ['status'],
  );
  const failures = counter('hookwatch_database_errors_total', 'Transactions that failed in the database.');
  const gauges: Record<keyof Readings, Gauge> = {
    pending: gauge('hookwatch_deliveries_pending', 'Deliveries that are due or wait for a retry.'),
    held: gauge('hookwatch_deliveries_held', 'Deliveries that wait for a person.'),
    oldestDueMs: gauge(
      'hookwatch_oldest_due_seconds',
      'How long the webhook that has waited longest for a claim has been due; 0: nothing is due.',
    ),
    inFlight: gauge('hookwatch_worker_in_flight', 'Requests on the wire.'),
    leased: gauge('hookwatch_worker_leased', 'Deliveries that this worker has claimed and not yet recorded.'),
    liveSubscribers: gauge('hookwatch_live_subscribers', 'Open subscriptions to live attempts.'),
  };
  const memory = gauge('process_resident_memory_bytes', 'Resident memory of the process.');
  const cpu = gauge('process_cpu_seconds_total', 'CPU time of the process, user and system.');
  const loop = gauge(
    'hookwatch_event_loop_delay_seconds',
    'The 99th percentile of the event loop’s delay since the last scrape.',
  );
  const delay = monitorEventLoopDelay({ resolution: 100 });
  delay.enable();

  function measureProcess(): void {
    const { user, system } = process.cpuUsage();
    memory.set(process.memoryUsage.rss());
    cpu.set((user + system) / 1e6);
    loop.set(delay.count > 0 ? Math.max(0, delay.percentile(99) / 1e9 - 0.1) : 0);
    delay.reset();
  }

  return {
    published: (events) => published.inc(events),
    attempted({ outcome, httpStatus, errorClass, totalMs }) {
      const reply = httpStatus === null ? (errorClass ?? '') : `${Math.floor(httpStatus / 100)}xx`;
      attempts.inc({ outcome, reply });
      durations.observe({ outcome }, totalMs / 1000);
    },
    roundEnded: (status) => rounds.inc({ status }),
    databaseFailed: () => failures.inc(),
    text(readings) {
      measureProcess();
      for (const key of Object.keys(gauges) as Array<keyof Readings>) {
        const value = readings[key] ?? NaN;
        gauges[key].set(key === 'oldestDueMs' ? value / 1000 : value);
      }
      return registry.metrics();
    },
    dispose: () => void delay.disable(),
  };
}

export interface MetricsEndpoint {
  metrics: Metrics;
  read: () => Promise<Readings>;
  /** Who may read them, by the Authorization header: throughput is nobody else's business. */
  isAllowed: (authorization: string | undefined) => Promise<boolean>;
}

/** Serves /metrics to an operator's API token. */
export function serveMetrics(app: FastifyInstance, { metrics, read, isAllowed }: MetricsEndpoint): void {
  app.get('/metrics', async (request, reply) => {
    if (!(await isAllowed(request.headers.authorization)))
      return reply
        .code(401)
        .header('www-authenticate', 'Bearer')
        .send({ status: 'refused', reason: 'Send an API token with the scope READ that an operator made.' });
    return reply
      .type('text/plain; version=0.0.4; charset=utf-8')
      .header('cache-control', 'no-store')
      .send(await metrics.text(await read()));
  });
}
